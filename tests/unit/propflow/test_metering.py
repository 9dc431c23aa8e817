"""What a tenant may spend in a month cannot be passed, and what came to nothing is given back."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from support.schema import migrated

from propflow import metering
from propflow.bindings.d1 import Statement

NOVEMBER = int(datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)
DECEMBER = NOVEMBER + 1_000


@pytest.fixture
def core() -> sqlite3.Connection:
    connection = migrated("core")
    for tenant, plan in (("ten_free", "free"), ("ten_all", "business")):
        connection.execute(
            "INSERT INTO tenants (id, name, plan, created_at, updated_at) VALUES (?, 'T', ?, 0, 0)", (tenant, plan)
        )
    connection.execute(
        "INSERT INTO tenants (id, name, mode, live_id, created_at, updated_at) "
        "VALUES ('ten_test', 'T', 'test', 'ten_free', 0, 0)"
    )
    return connection


def run(core: sqlite3.Connection, statement: Statement) -> int:
    """How many rows it changed; numbers are bound as REAL, as D1 does."""
    values = [float(value) if isinstance(value, int) else value for value in statement.params]
    before = core.total_changes
    core.execute(statement.sql, values).fetchall()
    return core.total_changes - before


def used(core: sqlite3.Connection, tenant: str, now: int = NOVEMBER) -> metering.Spent:
    statement = metering.standing(tenant, "ai_calls", now)
    row = core.execute(statement.sql, statement.params).fetchone()
    return metering.Spent(used=row[0], limit=row[1])


def test_exactly_the_plans_amount_can_be_reserved(core: sqlite3.Connection) -> None:
    taken = [run(core, metering.reserve("ten_free", "ai_calls", 1, NOVEMBER)) for _ in range(25)]
    assert taken == [1] * 10 + [0] * 15
    assert used(core, "ten_free") == metering.Spent(used=10, limit=10)


def test_several_at_once_fit_or_not_as_a_whole(core: sqlite3.Connection) -> None:
    assert [run(core, metering.reserve("ten_free", "ai_calls", amount, NOVEMBER)) for amount in (7, 4, 3, 1)] == [
        1, 0, 1, 0,
    ]  # fmt: skip
    assert run(core, metering.reserve("ten_free", "messages", 1_001, NOVEMBER)) == 0


def test_a_limit_that_is_null_does_not_exist(core: sqlite3.Connection) -> None:
    assert run(core, metering.reserve("ten_all", "ai_calls", 10_000_000, NOVEMBER)) == 1
    assert run(core, metering.reserve("ten_all", "ai_calls", 10_000_000, NOVEMBER)) == 1
    assert used(core, "ten_all") == metering.Spent(used=20_000_000, limit=None)


def test_a_new_month_begins_at_nothing(core: sqlite3.Connection) -> None:
    assert run(core, metering.reserve("ten_free", "ai_calls", 10, NOVEMBER)) == 1
    assert run(core, metering.reserve("ten_free", "ai_calls", 10, DECEMBER)) == 1
    assert run(core, metering.reserve("ten_free", "ai_calls", 1, DECEMBER)) == 0
    assert metering.resets_at(NOVEMBER) == DECEMBER
    assert metering.period(metering.resets_at(DECEMBER)) == "2027-01"


def test_a_test_space_and_a_stranger_have_nothing_to_spend(core: sqlite3.Connection) -> None:
    assert run(core, metering.reserve("ten_test", "ai_calls", 1, NOVEMBER)) == 0
    assert run(core, metering.reserve("ten_none", "ai_calls", 1, NOVEMBER)) == 0


def test_what_is_given_back_can_be_spent_again_and_never_more(core: sqlite3.Connection) -> None:
    run(core, metering.reserve("ten_free", "ai_calls", 10, NOVEMBER))
    run(core, metering.release("ten_free", "ai_calls", 1, metering.period(NOVEMBER)))
    assert [run(core, metering.reserve("ten_free", "ai_calls", 1, NOVEMBER)) for _ in range(2)] == [1, 0]
    run(core, metering.release("ten_free", "ai_calls", 99, metering.period(NOVEMBER)))
    assert used(core, "ten_free").used == 0


def test_a_plan_that_shrank_gives_nothing_more(core: sqlite3.Connection) -> None:
    run(core, metering.reserve("ten_all", "ai_calls", 11, NOVEMBER))
    core.execute("UPDATE tenants SET plan = 'free' WHERE id = 'ten_all'")
    assert run(core, metering.reserve("ten_all", "ai_calls", 1, NOVEMBER)) == 0


def test_what_was_spent_is_added_to_its_day(core: sqlite3.Connection) -> None:
    for now in (NOVEMBER, NOVEMBER, DECEMBER):
        run(core, metering.settle("ten_free", "messages", 2, now))
    rows = core.execute("SELECT day, amount FROM usage_days WHERE tenant_id = 'ten_free' ORDER BY day").fetchall()
    assert rows == [("2026-11-30", 4), ("2026-12-01", 2)]


@pytest.mark.parametrize(("known", "changes"), [("ten_free", 1), ("ten_none", 0)])
def test_each_statement_takes_a_condition(core: sqlite3.Connection, known: str, changes: int) -> None:
    when = ("EXISTS (SELECT 1 FROM tenants WHERE id = ?5)", known)
    assert run(core, metering.reserve("ten_free", "ai_calls", 1, NOVEMBER, *when)) == changes
    assert run(core, metering.settle("ten_free", "ai_calls", 1, NOVEMBER, *when)) == changes
    run(core, metering.reserve("ten_free", "ai_calls", 1, NOVEMBER))
    assert run(core, metering.release("ten_free", "ai_calls", 1, metering.period(NOVEMBER), *when)) == changes
