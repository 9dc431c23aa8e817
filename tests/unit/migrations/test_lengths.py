"""No column keeps a value of any length that somebody outside chooses."""

import re
import sqlite3

import pytest
from support.schema import migrated

# Why a column needs no bound of its own, by its name.
OURS = {
    "ids, dates and digests that the server makes": re.compile(
        r"(id|.+_id|key_hash|state_hash|token_hash|previous_hash|content_hash|sha256|nonce|fingerprint|created_by|"
        r"reverted_by|resolved_by|invited_by|accepted_by|actor|since|revision|series|source_key|day|month|"
        r"check_in|check_out|start_date|end_date|previous_start|previous_end|said_on|moved_to|booking_id|hint)"
    ),
    "words of a list that the code has": re.compile(
        r"(change|type|template|metered|meter|period|job|kind|queue|plan|subscription_status|channel|currency|after)"
    ),
    "JSON of parts that the schemas bound one by one, or that the server makes of them": re.compile(
        r"(scopes|networks|property_ids|lines|sale|guest_list|cancellation_policy|invoiced_elsewhere|imported_nights|"
        r"later_parts|ours|changed|previous|message|audit|charges|tags|custom_fields|beds|amenities|rents|rules|"
        r"features|detail|content|nights)"
    ),
}
APART = {
    ("calendar_exports", "body"): "a calendar that we write, of at most 4,000 entries",
    ("calendar_exports", "etag"): "the digest of it",
    ("feed_events", "reason"): "a word of the code",
    ("feed_decisions", "reason"): "a word of the code",
    ("google_sign_ins", "verifier_sealed"): "a secret of ours",
    ("idempotency_keys", "body"): "16 KiB by `kept_answers`; longer ones from before are kept for 72 hours",
    ("occupancies", "source"): "what `feeds` and `bookings` bound",
    ("plans", "name"): "of the catalogue",
    ("upkeep_runs", "error"): "cut by the upkeep",
}


@pytest.fixture(scope="module")
def core() -> sqlite3.Connection:
    return migrated("core")


def texts(core: sqlite3.Connection) -> list[tuple[str, str]]:
    tables = [row[0] for row in core.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    return [
        (table, row[1]) for table in tables for row in core.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"
    ]


def bounded(core: sqlite3.Connection, table: str, column: str) -> bool:
    """Whether a CHECK or the triggers for both, what comes and what changes, look at it."""
    [made] = core.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    if re.search(rf"length\({column}\)|\b{column} (IN|GLOB)\b", made):
        return True
    guards = core.execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? AND instr(sql, 'too_long') > 0"
        " AND instr(sql, ?) > 0",
        (table, f"length(NEW.{column}) > "),
    ).fetchone()
    return int(guards[0]) == 2


def test_every_text_has_a_bound_or_is_made_by_us(core: sqlite3.Connection) -> None:
    found = [
        f"{table}.{column}"
        for table, column in texts(core)
        if not bounded(core, table, column)
        and (table, column) not in APART
        and not any(pattern.fullmatch(column) for pattern in OURS.values())
    ]
    assert found == []


def test_no_exception_is_left_over(core: sqlite3.Connection) -> None:
    assert [place for place in APART if place not in texts(core) or bounded(core, *place)] == []


def test_what_is_too_long_is_refused_and_what_was_stays(core: sqlite3.Connection) -> None:
    entry = (
        "INSERT INTO pushed_entries (tenant_id, target_id, uid, end_date, content_hash, etag) VALUES (?, ?, ?, ?, ?, ?)"
    )
    core.execute("PRAGMA foreign_keys = OFF")
    with pytest.raises(sqlite3.IntegrityError, match=r"^too_long$"):
        core.execute(entry, ("ten_1", "push_1", "u", "2027-05-01", "h", "e" * 301))
    core.execute(entry, ("ten_1", "push_1", "u", "2027-05-01", "h", "e" * 300))
    with pytest.raises(sqlite3.IntegrityError, match=r"^too_long$"):
        core.execute("UPDATE pushed_entries SET etag = ?", ("e" * 60_000,))
    [[trigger]] = core.execute("SELECT sql FROM sqlite_schema WHERE name = 'pushed_entries_do_not_grow_too_long'")
    core.execute("DROP TRIGGER pushed_entries_do_not_grow_too_long")
    core.execute("UPDATE pushed_entries SET etag = ?", ("e" * 60_000,))
    core.execute(trigger)
    core.execute("UPDATE pushed_entries SET etag = etag, content_hash = 'i'")
    core.execute("UPDATE pushed_entries SET etag = NULL")
