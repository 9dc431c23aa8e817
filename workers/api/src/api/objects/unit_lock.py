"""UnitLock: orders the attempts on one unit and bounds their line. D1 judges; nothing is wrong when this is bypassed.

It stores nothing that D1 does not know: only which unit it is, so that its alarm can close holds that have run out.
"""

import asyncio
from typing import Any

import msgspec
from workers import DurableObject

from api.core import watchers
from api.core.commit import BatchReply, BatchRequest
from api.occupancies import repository as occupancies
from api.occupancies.repository import NextExpiry
from api.operations.test_clock import repository as test_clock
from api.operations.test_clock.repository import ClockRow
from propflow import log, rpc
from propflow.bindings import meter
from propflow.bindings.d1 import ConstraintFailed
from propflow.bindings.env import Env
from propflow.clock import HOUR, now_ms
from propflow.errors import Unavailable
from propflow.json_text import json_text

LONGEST_LINE = 64  # attempts on one unit that may wait
CLOCKED_PAUSE = HOUR  # between looks at holds that a test clock keeps; when it is taken away an alarm is still set


class Unit(msgspec.Struct, frozen=True):
    """Which unit this object stands for."""

    tenant_id: str
    unit_id: str


class UnitLock(DurableObject):
    """One object per unit, called `unit:{unitId}`."""

    def __init__(self, ctx: Any, env: Any) -> None:
        super().__init__(ctx, env)
        self._order = asyncio.Lock()
        self._waiting = 0
        self._core = Env(self.env).database("DB_CORE")

    async def commit(self, text: str) -> str:
        """`BatchRequest` → `BatchReply`; Unavailable when too many wait."""
        return await rpc.serve(text, BatchRequest, self._commit)

    async def _commit(self, request: BatchRequest) -> BatchReply:
        if self._waiting >= LONGEST_LINE:
            raise Unavailable("unit_busy", "Too many attempts on this unit at once. Try again.", retry_after=1)
        spent = meter.start()
        if request.wake_at is not None:
            # First, or a crash in between would leave a hold that nobody ends. To wake for nothing does no harm.
            await self._wake(Unit(request.tenant_id, request.unit_id), request.wake_at)
        self._waiting += 1
        try:
            async with self._order:
                results = await self._core.batch(request.statements)
        except ConstraintFailed as refused:
            return BatchReply(refused=refused.name, spent=spent)
        finally:
            self._waiting -= 1
        log.info("unit.committed", unit_id=request.unit_id, waiting=self._waiting, cost=spent.header())
        return BatchReply(results=results, spent=spent)

    async def _wake(self, unit: Unit, at: int) -> None:
        self.ctx.storage.kv.put("unit", json_text(unit))
        planned = await self.ctx.storage.getAlarm()
        if planned is None or at < planned:
            await self.ctx.storage.setAlarm(at)

    async def alarm(self, info: Any = None) -> None:
        """Close the holds that have run out, and wake again for the next one; under a test clock after a pause."""
        text = self.ctx.storage.kv.get("unit")
        if text is None:
            return
        unit = msgspec.json.decode(text, type=Unit)
        clock_at = await self._clock_of(unit.tenant_id)
        results = await self._core.batch([
            occupancies.expire_holds(unit.tenant_id, unit.unit_id, now_ms() if clock_at is None else clock_at),
            occupancies.next_expiry(unit.tenant_id, unit.unit_id),
            watchers.look(unit.tenant_id, [unit.unit_id]),
        ])  # fmt: skip
        log.info("holds.expired", unit_id=unit.unit_id, count=results[0].meta.changes)
        following = results[1].one(NextExpiry)
        if following is not None and following.at is not None:
            await self.ctx.storage.setAlarm(following.at if clock_at is None else now_ms() + CLOCKED_PAUSE)
        if results[0].changed:
            await watchers.tell(Env(self.env).objects("DO_PRESENCE"), unit.tenant_id, results[2])

    async def _clock_of(self, tenant_id: str) -> int | None:
        """The test clock by which holds end, if there is one."""
        found = (await self._core.run(test_clock.get(tenant_id))).one(ClockRow)
        return None if found is None else found.clock_at
