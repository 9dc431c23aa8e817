"""Work that all tenants share is found tenant by tenant: one with very much of it keeps nobody else's waiting."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import cast

import msgspec
import pytest
from support.in_memory import InMemory

from calsync.pushes import repository as pushes
from calsync.schedule import repository as schedule
from propflow import audit, outbox
from propflow.bindings.d1 import Statement, sql
from propflow.bindings.queues import Queue
from propflow.outbox import Destination

NOW = 1_800_000_000_000
GREEDY, MODEST = "ten_a_greedy", [f"ten_modest_{number:02}" for number in range(50)]
MUCH = 12_000
TENANTS = "INSERT INTO tenants (id, name, plan, created_at, updated_at) VALUES (?1, 'T', 'business', 0, 0)"
PROPERTIES = """
INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at)
VALUES (?1, 'prop_1', 'P', 'Europe/Zurich', 'EUR', 0, 0)"""
UNITS = """
INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)
VALUES (?1, 'unit_1', 'prop_1', 'U', 2, 100, 0, 0)"""
NUMBERS = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)"
FEEDS = f"""
{NUMBERS} INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)
SELECT ?1, 'feed_' || n, 'unit_1', 'F', 'h.example', '', ?3 + n, 0, 0 FROM n"""
TARGETS = f"""
{NUMBERS} INSERT INTO push_targets (tenant_id, id, unit_id, kind, name, host, sealed, next_attempt_at, created_at,
  updated_at)
SELECT ?1, 'push_' || n, 'unit_1', 'webhook', 'N', 'h.example', '', ?3 + n, 0, 0 FROM n"""
OUTBOX = f"""
{NUMBERS} INSERT INTO outbox (tenant_id, id, type, message, audit, waiting, next_attempt_at, created_at)
SELECT ?1, 'obx_' || n, 't', json_object('tenant_id', ?1), '{{}}', 20, ?3 + n, 0 FROM n"""


class Due(msgspec.Struct):
    tenant_id: str


def fill(core: sqlite3.Connection, tenant: str, count: int, since: int) -> None:
    for text in (TENANTS, PROPERTIES, UNITS):
        core.execute(text, (tenant,))
    for text in (FEEDS, TARGETS, OUTBOX):
        core.execute(text, (tenant, count, since))


@pytest.fixture(scope="module")
def crowded() -> InMemory:
    """Fifty tenants to whom one thing of each kind is due, and one to whom very many are that have waited longer."""
    core = InMemory("core")
    core.db.execute("BEGIN")
    fill(core.db, GREEDY, MUCH, 0)
    for name in MODEST:
        fill(core.db, name, 1, NOW - 1_000)
    core.db.execute("COMMIT")
    return core


CASES = {
    "feeds": (schedule.due(NOW, "2027-01-15", 500, 5_000, ["h.example"]), 500),
    "pushes": (pushes.due(NOW, 200), 200),
    "messages": (sql(outbox.DUE, NOW, 500), 500),
    "audit entries": (audit.due(NOW, 200), 200),
}


@pytest.mark.parametrize(("statement", "limit"), CASES.values(), ids=CASES)
def test_what_is_due_to_fifty_is_found_beside_one_with_very_much(
    crowded: InMemory, statement: Statement, limit: int
) -> None:
    found = asyncio.run(crowded.run(statement)).rows(Due)
    shares = Counter(one.tenant_id for one in found)
    assert {name: shares[name] for name in MODEST} == dict.fromkeys(MODEST, 1)
    assert 0 < shares[GREEDY] <= limit - len(MODEST)
    assert [one.tenant_id for one in found[: len(MODEST) + 1]].count(GREEDY) == 1, "one of each after the other"


def steps(core: sqlite3.Connection, statement: Statement) -> int:
    """How much the database works for a statement."""
    counted = [0]

    def count() -> None:
        counted[0] += 1

    core.set_progress_handler(count, 100)
    core.execute(statement.sql, [float(one) if isinstance(one, int) else one for one in statement.params]).fetchall()
    core.set_progress_handler(None, 0)
    return counted[0]


@pytest.mark.parametrize(("statement", "limit"), CASES.values(), ids=CASES)
def test_finding_it_costs_no_more_however_much_one_has(crowded: InMemory, statement: Statement, limit: int) -> None:
    alike = InMemory("core")
    alike.db.execute("BEGIN")
    fill(alike.db, GREEDY, limit, 0)
    for name in MODEST:
        fill(alike.db, name, 1, NOW - 1_000)
    alike.db.execute("COMMIT")
    assert steps(crowded.db, statement) <= steps(alike.db, statement) * 1.2


@pytest.mark.parametrize("kind", ["messages", "audit entries"])
def test_what_was_put_aside_for_somebody_suspended_is_not_looked_through(kind: str) -> None:
    core, (statement, _) = InMemory("core"), CASES[kind]
    core.db.execute("BEGIN")
    for name in MODEST:
        fill(core.db, name, 1, NOW - 1_000)
    core.db.execute("COMMIT")
    before = steps(core.db, statement)
    core.db.execute("BEGIN")
    core.db.execute(OUTBOX, ("ten_suspended", MUCH, NOW + outbox.PARKED))
    core.db.execute("UPDATE outbox SET waiting = 4 WHERE tenant_id = 'ten_suspended'")
    core.db.execute("COMMIT")
    assert steps(core.db, statement) <= before * 1.2


@pytest.mark.parametrize(("statement", "limit"), CASES.values(), ids=CASES)
def test_who_is_alone_gets_all_of_it(statement: Statement, limit: int) -> None:
    core = InMemory("core")
    fill(core.db, GREEDY, 600, 0)
    found = asyncio.run(core.run(statement)).rows(Due)
    assert len(found) == limit
    assert asyncio.run(InMemory("core").run(statement)).rows(Due) == []


class Sent(list[str]):
    async def send(self, bodies: Sequence[str]) -> None:
        self.extend(bodies)


def test_a_sweep_sends_what_waits_for_each_tenant(crowded: InMemory) -> None:
    sent = Sent()
    asyncio.run(outbox.sweep(crowded, {Destination.CALSYNC: cast("Queue", sent)}, now=NOW))
    assert {msgspec.json.decode(body)["tenant_id"] for body in sent} == {GREEDY, *MODEST}
