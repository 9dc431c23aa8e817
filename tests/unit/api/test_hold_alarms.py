"""Each hold has an alarm, also under a test clock: it rings by the real time and asks what time it is for the hold."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory
from support.schema import with_unit

from api.core.commit import BatchReply, BatchRequest, commit
from api.core.context import Bindings, Caller, Context
from api.edge.answers import answer
from propflow.clock import HOUR, MINUTE

NOW = 1_800_000_000_000
CLOCK = NOW + 400 * 24 * HOUR


@pytest.mark.parametrize("clock_at", [None, CLOCK])
def test_a_hold_wakes_its_unit_when_its_time_has_passed(clock_at: int | None) -> None:
    asked: list[BatchRequest] = []

    async def call(name: str, method: str, request: BatchRequest, reply: type[BatchReply]) -> BatchReply:
        asked.append(request)
        return BatchReply()

    bindings = SimpleNamespace(settings=SimpleNamespace(locks_units=True), unit_locks=SimpleNamespace(call=call))
    caller = Caller(tenant_id="ten_1", principal_id="p", credential="c", credential_id="k", clock_at=clock_at)
    now = NOW if clock_at is None else clock_at
    ctx = Context(bindings=cast("Bindings", bindings), caller=caller, request_id="r", now=now, real_now=NOW)
    statement = cast("Any", SimpleNamespace())
    batch = BatchRequest(tenant_id="ten_1", unit_id="unit_1", statements=[statement], wake_at=NOW + MINUTE)
    asyncio.run(commit(ctx, answer(201, {}), [statement], unit_id="unit_1", wake_at=now + MINUTE))
    assert asked == [batch]


class Storage:
    """What an object stores, and when it is to wake."""

    def __init__(self) -> None:
        self.alarm: int | None = None
        self.kv = {"unit": '{"tenant_id":"ten_1","unit_id":"unit_1"}'}

    async def setAlarm(self, at: int) -> None:  # noqa: N802  as the platform calls it
        self.alarm = at


class DurableObject:
    def __init__(self, ctx: Any, env: Any) -> None:
        self.ctx, self.env = ctx, env


@pytest.mark.parametrize(
    ("clock_at", "live", "again"),
    [(None, 0, None), (NOW - 1, 1, NOW + HOUR), (NOW + HOUR, 0, None), (NOW - 30 * HOUR, 1, NOW + HOUR)],
)
def test_what_a_test_clock_keeps_is_looked_at_again_and_never_at_once(
    monkeypatch: pytest.MonkeyPatch, clock_at: int | None, live: int, again: int | None
) -> None:
    monkeypatch.setitem(sys.modules, "workers", cast("Any", SimpleNamespace(DurableObject=DurableObject)))
    from api.objects import unit_lock

    core, storage = InMemory("core"), Storage()
    with_unit(core.db)
    core.db.execute("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('live', 'T', 0, 0)")
    core.db.execute("UPDATE tenants SET mode = 'test', live_id = 'live', clock_at = ? WHERE id = 'ten_1'", (clock_at,))
    core.db.execute(
        "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at, created_at,"
        " updated_at) VALUES ('ten_1', 'occ_1', 'unit_1', '2027-05-01', '2027-05-02', 'hold', 'hold_1', ?, 0, 0)",
        (NOW,),
    )
    monkeypatch.setattr(unit_lock, "Env", lambda _: SimpleNamespace(database=lambda _: core, objects=lambda _: None))
    monkeypatch.setattr(unit_lock, "now_ms", lambda: NOW)
    asyncio.run(unit_lock.UnitLock(SimpleNamespace(storage=storage), None).alarm())
    assert core.number("occupancies WHERE live = 1") == live
    assert storage.alarm == again
