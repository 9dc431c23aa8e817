"""Counts the API calls of one tenant, exactly, for the object that is called once per request anyway.

The portion lives in memory alone. When the object dies with it, the tenant loses at most that portion of its month, and
never gains a call. When nobody has called for a while, what is left is given back.
"""

import asyncio

from api.access.portion import Count, Counted, Portion, size_of, spend
from propflow import log, metering
from propflow.bindings.d1 import Database, Statement

IDLE = 5  # seconds; an object is not evicted before ten


class CallMeter:
    """One per object."""

    def __init__(self, core: Database) -> None:
        self._core = core
        self._order = asyncio.Lock()
        self._portion: Portion | None = None
        self._refused: tuple[str, int | None, int] | None = None  # month, limit, what was used
        self._watch: asyncio.Task[None] | None = None

    async def count(self, call: Count) -> Counted:
        """Spend one call, from the portion or, when that is used up, from a new one."""
        if self._spend(call):
            return Counted(allowed=True)
        async with self._order:
            if self._spend(call):  # another call has made a new portion meanwhile
                return Counted(allowed=True)
            if self._refused is None or self._refused[:2] != (metering.period(call.now), call.limit):
                await self._renew(call)
            if self._spend(call):
                return Counted(allowed=True)
        return Counted(allowed=False, used=self._refused[2] if self._refused else 0)

    def _spend(self, call: Count) -> bool:
        after = spend(self._portion, call.now)
        if after is not None:
            self._portion = after
        return after is not None

    async def _renew(self, call: Count) -> None:
        """End the portion and make another, of what there is."""
        ending, self._refused = self._end(call.tenant_id), None
        size, month = size_of(call.limit), metering.period(call.now)
        standing = metering.standing(call.tenant_id, "api_calls", call.now)
        *_, reserved, stands = await self._core.batch([*ending, self._reserve(call, size), standing])
        if not reserved.changed:
            found = stands.rows(metering.Spent)[0]
            size = max(0, (found.limit or 0) - found.used)
            if not size or not (await self._core.run(self._reserve(call, size))).changed:
                self._refused = (month, call.limit, found.used)
                return
        self._portion = Portion(month=month, left=size)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._give_back_when_idle(call.tenant_id))

    def _reserve(self, call: Count, size: int) -> Statement:
        return metering.reserve(call.tenant_id, "api_calls", size, call.now)

    def _end(self, tenant_id: str) -> list[Statement]:
        """Statements that end the portion. It is forgotten before they run: lost is better than spent twice."""
        portion, self._portion = self._portion, None
        if portion is None:
            return []
        settled = [metering.settle(tenant_id, "api_calls", n, day) for day, n in portion.spent.items()]
        left = [metering.release(tenant_id, "api_calls", portion.left, portion.month)] if portion.left else []
        return [*settled, *left]

    async def _give_back_when_idle(self, tenant_id: str) -> None:
        while self._portion is not None:
            seen = self._portion
            await asyncio.sleep(IDLE)
            if self._portion is not seen:
                continue
            try:
                await self._core.batch(self._end(tenant_id))
            except Exception as error:
                log.exception("metering.portion_lost", error, tenant_id=tenant_id, left=seen.left)
