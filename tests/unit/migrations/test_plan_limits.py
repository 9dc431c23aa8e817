"""What a plan limits is counted and refused by the database itself."""

import sqlite3
from typing import Any

import pytest
from support.schema import migrate, migrated, with_unit

TENANT = "ten_1"
FEED = (
    "INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)"
    " VALUES ('ten_1', ?, 'unit_1', 'F', 'h', 's', 0, 0, 0)"
)
TARGET = (
    "INSERT INTO push_targets (tenant_id, id, unit_id, kind, name, host, sealed, next_attempt_at, created_at,"
    " updated_at) VALUES ('ten_1', ?, 'unit_1', 'webhook', 'T', 'h', 's', 0, 0, 0)"
)
FILE = (
    "INSERT INTO files (tenant_id, id, unit_id, kind, file_name, content_type, size, status, created_by,"
    " upload_ends_at, due_at, created_at, updated_at)"
    " VALUES ('ten_1', 'doc_' || ?, 'unit_1', 'other', 'f', 'text/plain', 10, 'pending', 'usr_1', 0, 0, 0, 0)"
)
PROPERTY = (
    "INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at)"
    " VALUES ('ten_1', ?, 'P', 'Europe/Zurich', 'EUR', 0, 0)"
)
KINDS = {"feeds": FEED, "push_targets": TARGET, "files": FILE, "properties": PROPERTY, "storage_bytes": FILE}
ENDS = {
    "feeds": "UPDATE feeds SET deleted_at = 1",
    "push_targets": "DELETE FROM push_targets",
    "files": "UPDATE files SET status = 'deleted'",
    "storage_bytes": "UPDATE files SET status = 'deleted'",
    "properties": "UPDATE properties SET status = 'archived' WHERE id <> 'prop_1'",
}


@pytest.fixture
def core() -> sqlite3.Connection:
    return with_unit(migrated("core"))


def used(core: sqlite3.Connection, meter: str) -> int:
    row: Any = core.execute(
        "SELECT used FROM usage_counters WHERE tenant_id = ? AND meter = ? AND period = ''", (TENANT, meter)
    ).fetchone()
    return 0 if row is None else int(row[0])


def limit(core: sqlite3.Connection, meter: str, most: int) -> None:
    core.execute(f"UPDATE plans SET max_{meter} = ? WHERE id = 'free'", (most,))


@pytest.mark.parametrize("meter", KINDS)
def test_one_more_than_the_plan_has_is_refused_until_another_goes(core: sqlite3.Connection, meter: str) -> None:
    step, before = (10, 0) if meter == "storage_bytes" else (1, used(core, meter))
    limit(core, meter, before + 2 * step)
    for name in ("a", "b"):
        core.execute(KINDS[meter], (name,))
    assert used(core, meter) == before + 2 * step
    with pytest.raises(sqlite3.IntegrityError, match=f"^limit_{meter}$"):
        core.execute(KINDS[meter], ("c",))
    core.execute(ENDS[meter])
    assert used(core, meter) == before
    core.execute(KINDS[meter], ("c",))


@pytest.mark.parametrize("meter", KINDS)
def test_a_plan_that_has_none_refuses_the_first_one_too(core: sqlite3.Connection, meter: str) -> None:
    core.execute("DELETE FROM usage_counters")
    limit(core, meter, 0)
    with pytest.raises(sqlite3.IntegrityError, match=f"^limit_{meter}$"):
        core.execute(KINDS[meter], ("a",))


@pytest.mark.parametrize("meter", KINDS)
def test_whoever_has_more_than_a_smaller_plan_keeps_it(core: sqlite3.Connection, meter: str) -> None:
    for name in ("a", "b", "c"):
        core.execute(KINDS[meter], (name,))
    limit(core, meter, 1)
    core.execute("UPDATE feeds SET name = 'other'")
    core.execute("UPDATE properties SET name = 'other'")
    core.execute("UPDATE files SET status = 'ready', etag = 'e'")
    core.execute(ENDS[meter])


def test_a_property_that_returns_needs_room(core: sqlite3.Connection) -> None:
    core.execute(PROPERTY, ("a",))
    core.execute("UPDATE properties SET status = 'archived' WHERE id = 'a'")
    limit(core, "properties", 1)
    with pytest.raises(sqlite3.IntegrityError, match=r"^limit_properties$"):
        core.execute("UPDATE properties SET status = 'active' WHERE id = 'a'")


def test_a_row_that_goes_after_its_end_is_not_taken_off_twice(core: sqlite3.Connection) -> None:
    core.execute(FEED, ("a",))
    core.execute(FILE, ("a",))
    for meter in ("feeds", "files"):
        core.execute(ENDS[meter])
        core.execute(f"DELETE FROM {meter}")
        assert used(core, meter) == 0
    assert used(core, "storage_bytes") == 0


def test_whoever_had_only_what_does_not_count_has_a_counter_that_is_right_ever_after() -> None:
    core = with_unit(migrated("core", until="0038"))
    core.execute("UPDATE units SET status = 'archived'")
    core.execute("UPDATE properties SET status = 'archived'")
    core.execute(FEED, ("a",))
    core.execute(FILE, ("a",))
    for meter in ("feeds", "files"):
        core.execute(ENDS[meter])
    migrate(core, "core", since="0038")
    assert [used(core, meter) for meter in ("properties", "feeds", "files", "storage_bytes")] == [0, 0, 0, 0]
    for status, count in (("active", 1), ("archived", 0), ("active", 1)):
        core.execute("UPDATE properties SET status = ?", (status,))
        assert used(core, "properties") == count


def answered(core: sqlite3.Connection, key: str, body: str) -> None:
    core.execute(
        "INSERT INTO idempotency_keys (tenant_id, principal_id, key_hash, fingerprint, status, headers, body,"
        " created_at) VALUES ('ten_1', 'usr_1', ?, 'f', 200, '{}', ?, 0)",
        (key, body),
    )


def test_long_answers_count_while_they_are_kept(core: sqlite3.Connection) -> None:
    answered(core, "short", "x" * 4096)
    assert used(core, "answer_bytes") == 0
    answered(core, "long", "x" * 5000)
    core.execute("INSERT INTO kept_answers VALUES ('ten_1', 'ans_1', 70000, 0)")
    assert used(core, "answer_bytes") == 75_000
    core.execute("DELETE FROM idempotency_keys")
    core.execute("DELETE FROM kept_answers")
    assert used(core, "answer_bytes") == 0
