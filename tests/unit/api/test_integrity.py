"""The integrity job finds every fault that is seeded behind the guards' back, and nothing where nothing is wrong."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec
import pytest
from support.schema import migrated, with_unit

from api.operations.integrity import repository, service
from api.operations.integrity.repository import WALKS
from propflow.bindings.d1 import Database, Meta, Result, Statement
from propflow.clock import DAY, HOUR, MINUTE

NOW = 1_800_000_000_000
FRESH, OLD = NOW - DAY, NOW - 3 * DAY


class Core:
    """The host's SQLite in the place of D1; numbers are bound as REAL, as D1 does."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.row_factory = sqlite3.Row

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        return [self._run(one) for one in statements]

    async def run(self, statement: Statement) -> Result:
        return self._run(statement)

    def _run(self, statement: Statement) -> Result:
        values = [float(value) if isinstance(value, int) else value for value in statement.params]
        before = self.connection.total_changes
        rows = [dict(row) for row in self.connection.execute(statement.sql, values)]
        meta = Meta(changes=self.connection.total_changes - before, rows_read=1)
        return Result(results=msgspec.Raw(json.dumps(rows).encode()), meta=meta)


def insert(core: sqlite3.Connection, table: str, **row: Any) -> None:
    times = {"created_at": FRESH, "updated_at": FRESH} if table not in NO_TIMES else {}
    given = {"tenant_id": "ten_1"} | times | row
    given = {name: value for name, value in given.items() if value is not ...}
    marks = ", ".join("?" * len(given))
    core.execute(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({marks})", list(given.values()))


NO_TIMES = {"unit_parts", "invoice_sequences"}


def unit(core: sqlite3.Connection, name: str) -> None:
    insert(core, "units", id=name, property_id="prop_1", name="U", max_guests=2, nightly_amount=1)


def nights(core: sqlite3.Connection, name: str, kind: str, ref: str, start: str, end: str, on: str = "unit_1") -> None:
    expires = {"expires_at": NOW} if kind == "hold" else {}
    insert(core, "occupancies", id=name, unit_id=on, start_date=start, end_date=end, kind=kind, ref_id=ref, **expires)


def booking(core: sqlite3.Connection, number: int, start: str, end: str, status: str, on: str = "unit_1") -> None:
    nights(core, f"occ_b{number}", "booking", f"bkg_{number}", start, end, on)
    insert(
        core, "bookings", id=f"bkg_{number}", unit_id=on, occupancy_id=f"occ_b{number}", status=status, check_in=start,
        check_out=end, guests=1, guest_name="G", total_amount=1, currency="EUR", lines="[]",
    )  # fmt: skip


def invoice(core: sqlite3.Connection, number: int) -> None:
    insert(
        core, "invoices", id=f"inv_{number}", kind="invoice", series="INV", number=number, source_key=f"s{number}",
        booking_id="bkg_1", status="issued", total_amount=1, currency="EUR", lines="[]", updated_at=...,
    )  # fmt: skip


def event(core: sqlite3.Connection, position: int, object_id: str, sequence: int) -> None:
    insert(
        core, "events", position=position, id=f"evt_{position}", type="t", object_id=object_id, sequence=sequence,
        changed="{}", previous="{}", actor="a", request_id="r", updated_at=...,
    )  # fmt: skip


def fact(core: sqlite3.Connection, name: str, created_at: int, waiting: int = 2) -> None:
    insert(
        core, "outbox", id=name, type="t", message="{}", waiting=waiting, next_attempt_at=0, created_at=created_at,
        updated_at=...,
    )  # fmt: skip


def lease(core: sqlite3.Connection, number: int, status: str, end: str | None) -> None:
    insert(
        core, "leases", id=f"lse_{number}", unit_id="unit_1", occupancy_id=f"occ_l{number}", status=status,
        start_date=f"203{number}-01-01", end_date=end, renter_name="R", rents="[]", currency="EUR", period="month",
    )  # fmt: skip


def entry(core: sqlite3.Connection, number: int, state: str, stay: tuple[str, str], word: str | None = None) -> None:
    insert(
        core, "feed_events", feed_id="feed_1", uid=f"u{number}", start_date=stay[0], end_date=stay[1], kind="stay",
        state=state, word=word, occupancy_id=f"occ_i{number}",
    )  # fmt: skip


def sound() -> sqlite3.Connection:
    """One of everything, as the product would leave it."""
    core = with_unit(with_unit(migrated("core")), "ten_2", "unit_9")
    for number, status in enumerate(["confirmed", "pending", "checked_in", "checked_out", "no_show", "cancelled"], 1):
        booking(core, number, f"2027-0{number}-01", f"2027-0{number}-05", status)
    core.execute("UPDATE occupancies SET end_date = '2027-04-03' WHERE id = 'occ_b4'")
    core.execute("UPDATE occupancies SET live = 0 WHERE id IN ('occ_b5', 'occ_b6')")
    nights(core, "occ_h1", "hold", "hold_1", "2027-08-01", "2027-08-03")
    for number, end in ((0, "2030-06-01"), (2, None)):
        nights(core, f"occ_l{number}", "lease", f"lse_{number}", f"203{number}-01-01", end or "9999-12-31")
        lease(core, number, "active", end)
    nights(core, "occ_o1", "owner", "blk_1", "2027-09-01", "2027-09-03")
    insert(core, "blocks", id="blk_1", unit_id="unit_1", occupancy_id="occ_o1", kind="owner")
    insert(core, "feeds", id="feed_1", unit_id="unit_1", name="F", host="h", url_sealed="u", next_due_at=0)
    for number, state in enumerate(["imported", "conflict", "removed"]):
        stay = (f"2028-0{number + 1}-01", f"2028-0{number + 1}-03")
        if state != "removed":
            nights(core, f"occ_i{number}", "ical", "feed_1", *stay)
        said = (stay[0], "2028-02-08") if state == "conflict" else stay
        entry(core, number, state, said)
    # One waits for a night that somebody has, one was kept with nights it had; the entry of the last one is forgotten.
    for number, state, word in ((3, "waiting", None), (4, "imported", "keep")):
        stay = (f"2028-0{number + 1}-01", f"2028-0{number + 1}-03")
        nights(core, f"occ_i{number}", "ical", "feed_1", *stay)
        entry(core, number, state, ("2028-11-01", "2028-11-02") if word else (stay[0], "2028-04-04"), word)
    nights(core, "occ_i1~2028-02-05", "ical", "feed_1", "2028-02-05", "2028-02-08")
    core.execute("UPDATE occupancies SET stay_id = 'occ_i1' WHERE id = 'occ_i1~2028-02-05'")
    for number, start, end in ((2, "2028-02-03", "2028-02-05"), (3, "2028-04-03", "2028-04-04")):
        nights(core, f"occ_o{number}", "owner", f"blk_{number}", start, end)
        insert(core, "blocks", id=f"blk_{number}", unit_id="unit_1", occupancy_id=f"occ_o{number}", kind="owner")
    for number, start, end in ((1, "2028-02-01", "2028-02-08"), (3, "2028-04-01", "2028-04-04")):
        insert(
            core, "waiting_stays", id=f"occ_i{number}", unit_id="unit_1", feed_id="feed_1", uid=f"u{number}",
            source="s", start_date=start, end_date=end, settled_at=1, created_at=..., updated_at=...,
        )  # fmt: skip
    nights(core, "occ_i5", "ical", "feed_1", "2025-12-08", "2025-12-10")
    for name in ("unit_v", "unit_a", "unit_b"):
        unit(core, name)
    for part in ("unit_a", "unit_b"):
        insert(core, "unit_parts", combined_id="unit_v", part_id=part, since="2027-01-01")
    booking(core, 7, "2027-02-01", "2027-02-05", "confirmed", "unit_v")
    booking(core, 8, "2026-02-01", "2026-02-05", "checked_out", "unit_v")  # before the rooms were parts
    booking(core, 9, "2026-09-01", "2026-09-03", "confirmed", "unit_a")  # which changes its unit twice
    nights(core, "occ_b9b", "booking", "bkg_9", "2026-09-03", "2026-09-05", "unit_1")
    nights(core, "occ_b9c", "booking", "bkg_9", "2026-09-05", "2026-09-08", "unit_a")
    later = [
        {"unit_id": "unit_1", "occupancy_id": "occ_b9b", "start": "2026-09-03"},
        {"unit_id": "unit_a", "occupancy_id": "occ_b9c", "start": "2026-09-05"},
    ]
    core.execute(
        "UPDATE bookings SET check_out = '2026-09-08', later_parts = ? WHERE id = 'bkg_9'", [json.dumps(later)]
    )
    for number in (1, 2, 3):
        invoice(core, number)
    insert(core, "invoice_sequences", series="INV", n=3)
    for position, (object_id, sequence) in enumerate([("a", 1), ("a", 2), ("b", 1), ("a", 3)], 1):
        event(core, position, object_id, sequence)
    fact(core, "obx_1", NOW - DAY)
    fact(core, "obx_2", OLD, waiting=0)
    insert(
        core, "quotes", id="quo_1", unit_id="unit_1", check_in="2027-01-01", check_out="2027-01-02", guests=1,
        total_amount=1, currency="EUR", lines="[]", expires_at=NOW, updated_at=...,
    )  # fmt: skip
    insert(core, "users", id="usr_1", email="e", name="N", tenant_id=...)
    insert(core, "memberships", user_id="usr_1", role="owner")
    return core


@pytest.fixture
def core() -> Iterator[sqlite3.Connection]:
    """The same without any guard: no triggers, no foreign keys."""
    connection = sound()
    connection.execute("PRAGMA foreign_keys = OFF")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def look(core: sqlite3.Connection, at: int = NOW) -> list[tuple[str, str]]:
    """One whole pass, a minute for each run; the open findings."""
    for minute in range(100):
        asyncio.run(service.run(cast(Database, Core(core)), at + minute * MINUTE))
        if core.execute("SELECT finished_at FROM integrity_passes").fetchone()[0] is not None:
            break
    rows = core.execute("SELECT kind, object_id FROM integrity_findings WHERE resolved_at IS NULL ORDER BY 1, 2")
    return [(str(kind), str(object_id)) for kind, object_id in rows]


COUNTER = "INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES"
FAULTS: list[tuple[str, str, str]] = [
    # kind, object, what does it
    ("nights_overlap", "occ_b1", "UPDATE occupancies SET start_date = '2027-01-04', end_date = '2027-01-09' "
     "WHERE id = 'occ_h1'"),
    ("nights_overlap", "occ_l2", "INSERT INTO occupancies SELECT tenant_id, 'occ_x', unit_id, '2050-01-01', "
     "'2050-01-02', 1, 'hold', 'hold_x', source, 1, NULL, 1, 1, NULL FROM occupancies WHERE id = 'occ_l2'"),
    ("nights_overlap", "occ_b1", "UPDATE occupancies SET start_date = '2027-01-01', end_date = '2027-01-02' "
     "WHERE id = 'occ_h1'"),
    ("nights_elsewhere", "occ_h1", "UPDATE occupancies SET unit_id = 'unit_9' WHERE id = 'occ_h1'"),
    ("nights_without_owner", "occ_b1", "DELETE FROM bookings WHERE id = 'bkg_1'"),
    ("nights_without_owner", "occ_b6", "UPDATE occupancies SET live = 1 WHERE id = 'occ_b6'"),
    ("nights_without_owner", "occ_l0", "DELETE FROM leases WHERE id = 'lse_0'"),
    ("nights_without_owner", "occ_l0", "UPDATE leases SET status = 'cancelled', occupancy_id = NULL "
     "WHERE id = 'lse_0'"),
    ("nights_without_owner", "occ_o1", "DELETE FROM blocks WHERE id = 'blk_1'"),
    ("nights_without_owner", "occ_i0", "UPDATE feed_events SET state = 'removed' WHERE uid = 'u0'"),
    ("nights_without_owner", "occ_i1", "DELETE FROM feed_events WHERE uid = 'u1'"),
    ("nights_without_owner", "occ_i1~2028-02-05", "UPDATE feed_events SET state = 'removed' WHERE uid = 'u1'"),
    ("nights_without_owner", "occ_i3", "UPDATE feed_events SET state = 'removed' WHERE uid = 'u3'"),
    ("nights_without_owner", "occ_i4", "UPDATE feed_events SET state = 'replaced' WHERE uid = 'u4'"),
    ("nights_without_owner", "occ_i5", "UPDATE occupancies SET end_date = '2025-12-11' WHERE id = 'occ_i5'"),
    ("part_missing", "occ_b7", "DELETE FROM occupancies WHERE id = 'occ_b7:unit_b'"),
    ("part_missing", "occ_b7", "UPDATE occupancies SET live = 0 WHERE id = 'occ_b7:unit_a'"),
    ("part_differs", "occ_b7:unit_a", "UPDATE occupancies SET end_date = '2027-02-06' WHERE id = 'occ_b7:unit_a'"),
    ("part_differs", "occ_b7:unit_a", "UPDATE occupancies SET ref_id = 'bkg_1' WHERE id = 'occ_b7:unit_a'"),
    ("part_differs", "occ_b7:unit_b", "UPDATE occupancies SET live = 0 WHERE id = 'occ_b7'"),
    ("booking_without_nights", "bkg_1", "UPDATE occupancies SET live = 0 WHERE id = 'occ_b1'"),
    ("booking_without_nights", "bkg_2", "DELETE FROM occupancies WHERE id = 'occ_b2'"),
    ("booking_without_nights", "bkg_3", "UPDATE occupancies SET ref_id = 'bkg_1' WHERE id = 'occ_b3'"),
    ("booking_nights_differ", "bkg_1", "UPDATE occupancies SET end_date = '2027-01-06' WHERE id = 'occ_b1'"),
    ("booking_nights_differ", "bkg_2", "UPDATE bookings SET unit_id = 'unit_a' WHERE id = 'bkg_2'"),
    ("booking_nights_differ", "bkg_4", "UPDATE occupancies SET end_date = '2027-04-06' WHERE id = 'occ_b4'"),
    ("nights_without_owner", "occ_b9b", "UPDATE bookings SET later_parts = '[]' WHERE id = 'bkg_9'"),
    ("booking_nights_differ", "bkg_9", "UPDATE bookings SET later_parts = '[]' WHERE id = 'bkg_9'"),
    ("booking_nights_differ", "bkg_9", "UPDATE occupancies SET live = 0 WHERE id = 'occ_b9b'"),
    ("booking_nights_differ", "bkg_9", "UPDATE occupancies SET end_date = '2026-09-09' WHERE id = 'occ_b9c'"),
    ("booking_nights_differ", "bkg_9", "UPDATE occupancies SET unit_id = 'unit_b' WHERE id = 'occ_b9c'"),
    ("booking_nights_differ", "bkg_9", "UPDATE occupancies SET ref_id = 'bkg_1' WHERE id = 'occ_b9b'"),
    ("booking_elsewhere", "bkg_1", "UPDATE bookings SET unit_id = 'unit_9' WHERE id = 'bkg_1'"),
    ("lease_without_nights", "lse_0", "UPDATE occupancies SET live = 0 WHERE id = 'occ_l0'"),
    ("lease_without_nights", "lse_2", "UPDATE occupancies SET end_date = '2040-01-01' WHERE id = 'occ_l2'"),
    ("lease_elsewhere", "lse_0", "UPDATE leases SET unit_id = 'unit_9' WHERE id = 'lse_0'"),
    ("block_without_nights", "blk_1", "DELETE FROM occupancies WHERE id = 'occ_o1'"),
    ("block_elsewhere", "blk_1", "UPDATE blocks SET unit_id = 'unit_9' WHERE id = 'blk_1'"),
    ("feed_event_without_nights", "feed_1 u0", "UPDATE occupancies SET live = 0 WHERE id = 'occ_i0'"),
    ("feed_event_without_nights", "feed_1 u4", "UPDATE feed_events SET word = NULL WHERE uid = 'u4'"),
    ("feed_event_without_nights", "feed_1 u4", "UPDATE occupancies SET live = 0 WHERE id = 'occ_i4'"),
    ("feed_event_not_waiting", "feed_1 u1", "DELETE FROM waiting_stays WHERE id = 'occ_i1'"),
    ("feed_event_not_waiting", "feed_1 u3", "UPDATE waiting_stays SET end_date = '2028-04-05' WHERE id = 'occ_i3'"),
    ("night_of_a_stay_open", "occ_i1", "UPDATE occupancies SET live = 0 WHERE id = 'occ_i1'"),
    ("night_of_a_stay_open", "occ_i1", "UPDATE occupancies SET live = 0 WHERE id = 'occ_i1~2028-02-05'"),
    ("night_of_a_stay_open", "occ_i1", "UPDATE occupancies SET end_date = '2028-02-04' WHERE id = 'occ_o2'"),
    ("night_of_a_stay_open", "occ_i3", "UPDATE occupancies SET live = 0 WHERE id = 'occ_o3'"),
    ("night_of_a_stay_open", "occ_i3", "UPDATE waiting_stays SET unit_id = 'unit_v' WHERE id = 'occ_i3'"),
    ("stay_left_in_an_import", "occ_i3", "UPDATE waiting_stays SET importing = 1 WHERE id = 'occ_i3'"),
    ("unit_elsewhere", "unit_a", "UPDATE units SET property_id = 'prop_2' WHERE id = 'unit_a'"),
    ("quote_elsewhere", "quo_1", "UPDATE quotes SET tenant_id = 'ten_2' WHERE id = 'quo_1'"),
    ("message_stuck", "obx_1", f"UPDATE outbox SET created_at = {OLD} WHERE id = 'obx_1'"),
    ("message_stuck", "obx_1", f"UPDATE outbox SET created_at = {OLD}, next_attempt_at = {NOW + HOUR}, attempts = 8"),
    ("message_stuck", "obx_1", f"UPDATE outbox SET created_at = {OLD}, tenant_id = 'usr_1'"),
    ("invoice_gap", "inv_3", "DELETE FROM invoices WHERE id = 'inv_2'"),
    ("invoice_series_differs", "INV", "DELETE FROM invoices WHERE id = 'inv_3'"),
    ("invoice_series_differs", "INV", "UPDATE invoice_sequences SET n = 5"),
    ("invoice_elsewhere", "inv_1", "UPDATE invoices SET booking_id = 'bkg_x' WHERE id = 'inv_1'"),
    ("event_gap", "3", "UPDATE events SET position = 9 WHERE position = 2"),
    ("event_gap", "4", "DELETE FROM events WHERE position = 3"),
    ("event_sequence_gap", "4", "UPDATE events SET sequence = 4 WHERE position = 4"),
    ("units_miscounted", "ten_1", "UPDATE usage_counters SET used = 9 WHERE meter = 'units'"),
    ("units_miscounted", "ten_1", "DELETE FROM usage_counters WHERE meter = 'units'"),
    ("properties_miscounted", "ten_1", "UPDATE usage_counters SET used = 9 WHERE meter = 'properties'"),
    ("feeds_miscounted", "ten_1", "UPDATE usage_counters SET used = 9 WHERE meter = 'feeds'"),
    ("push_targets_miscounted", "ten_1", f"{COUNTER} ('ten_1', 'push_targets', '', 1)"),
    ("files_miscounted", "ten_1", f"{COUNTER} ('ten_1', 'files', '', 1)"),
    ("storage_bytes_miscounted", "ten_1", f"{COUNTER} ('ten_1', 'storage_bytes', '', 1)"),
    ("users_miscounted", "ten_1", "DELETE FROM memberships"),
]  # fmt: skip


def test_where_nothing_is_wrong_nothing_is_found(core: sqlite3.Connection) -> None:
    assert look(core) == []


@pytest.mark.parametrize(("kind", "object_id", "seed"), FAULTS)
def test_every_fault_is_found(core: sqlite3.Connection, kind: str, object_id: str, seed: str) -> None:
    assert core.execute(seed).rowcount > 0
    assert (kind, object_id) in look(core)


@pytest.mark.parametrize(
    "why",
    [
        f"UPDATE outbox SET next_attempt_at = {NOW + 2 * DAY}, attempts = 0",
        f"UPDATE outbox SET next_attempt_at = {NOW - HOUR}, attempts = 1",
        "UPDATE tenants SET suspended_at = 1, suspended_reason = 'x'",
    ],
    ids=["it was put off", "its turn has just come", "its tenant is suspended"],
)
def test_what_waits_on_purpose_is_not_stuck(core: sqlite3.Connection, why: str) -> None:
    core.execute(f"UPDATE outbox SET created_at = {OLD}, attempts = 20")
    core.execute(why)
    assert look(core) == []


def test_every_kind_has_a_seed() -> None:
    kinds = {kind for walk in WALKS for kind in re.findall(r"THEN\s+'([a-z_]+)'", walk.fault)}
    assert kinds == {kind for kind, _, _ in FAULTS}


def test_what_is_repaired_is_resolved_and_opens_again(core: sqlite3.Connection) -> None:
    wrong, right = ("UPDATE usage_counters SET used = 9 WHERE meter = 'units' AND tenant_id = 'ten_1'",
                    "UPDATE usage_counters SET used = 4 WHERE meter = 'units' AND tenant_id = 'ten_1'")  # fmt: skip
    seen = []
    for day, change in enumerate((wrong, wrong, right, wrong)):
        core.execute(change)
        look(core, NOW + day * DAY)
        [row] = core.execute("SELECT found_at, seen_at, resolved_at FROM integrity_findings WHERE object_id = 'ten_1'")
        seen.append(tuple(row))
    second, third, fourth = (NOW + day * DAY for day in (1, 2, 3))
    assert seen == [(NOW, NOW, None), (NOW, second, None), (NOW, second, third), (fourth, fourth, None)]


def test_a_pass_goes_on_where_it_stopped_and_begins_once_a_day(
    core: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ROWS", 3)
    for _, _, seed in FAULTS[:1] + FAULTS[-1:]:
        core.execute(seed)
    found = look(core)
    assert {kind for kind, _ in found} == {"nights_overlap", "users_miscounted"}
    rows = sum(core.execute(f"SELECT count(*) FROM {walk.table}").fetchone()[0] for walk in WALKS)
    began, seen = core.execute("SELECT began_at, rows_seen FROM integrity_passes").fetchone()
    assert (began, seen) == (NOW, rows)
    asyncio.run(service.run(cast(Database, Core(core)), NOW + DAY - 1))
    assert core.execute("SELECT began_at FROM integrity_passes").fetchone()[0] == NOW


# A part of the table; of one row, a few.
LISTED = {"SCAN json_each VIRTUAL TABLE INDEX 1:", "SCAN part VIRTUAL TABLE INDEX 1:"}
SCANNED = {"SCAN c", "SCAN following", "SCAN CONSTANT ROW", "SCAN placed", "SCAN night"} | LISTED


def test_every_look_up_goes_by_an_index(core: sqlite3.Connection) -> None:
    for walk in WALKS:
        for statement in repository.part(walk, "", 500, NOW, NOW):
            plan = core.execute("EXPLAIN QUERY PLAN " + statement.sql, list(statement.params)).fetchall()
            assert {row[3] for row in plan if row[3].startswith("SCAN")} <= SCANNED, walk.table
            key = ",".join(walk.key)
            begin = f"SEARCH {walk.table} USING PRIMARY KEY ({key if len(walk.key) == 1 else f'({key})'}>"
            assert any(row[3].startswith(begin) for row in plan), walk.table


def test_an_imported_night_is_looked_up_among_all_entries_of_its_feed(core: sqlite3.Connection) -> None:
    [walk] = [one for one in WALKS if one.table == "occupancies"]
    statement = repository.part(walk, "", 500, NOW, NOW)[0]
    plan = core.execute("EXPLAIN QUERY PLAN " + statement.sql, list(statement.params)).fetchall()
    by_end = "SEARCH f USING INDEX feed_events_by_end (tenant_id=? AND feed_id=? AND end_date=?)"
    assert by_end in [row[3] for row in plan]
