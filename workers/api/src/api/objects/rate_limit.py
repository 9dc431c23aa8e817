"""TenantRateLimit: exact limits.

One object per tenant (`rl:{tenant}`), address (`rl:ip:…`), log-in name (`rl:login:…`) and person (`rl:person:…`).
"""

from typing import Any

import msgspec
from workers import DurableObject

from api.access.bucket import Bucket, Take, Taken, Window, live, must_store, take
from api.objects.call_meter import CallMeter
from propflow import rpc
from propflow.bindings.env import Env
from propflow.clock import now_ms
from propflow.json_text import json_text

STORED = "windows"


class TenantRateLimit(DurableObject):
    """Counts in memory and writes a tenth of the takes, so that whoever is stopped forgives a tenth at most."""

    def __init__(self, ctx: Any, env: Any) -> None:
        super().__init__(ctx, env)
        self._windows: dict[str, Window] | None = None
        self._calls = CallMeter(Env(self.env).database("DB_CORE"))

    async def take(self, text: str) -> str:
        """`Take` → `Taken`."""
        return await rpc.serve(text, Take, self._take)

    async def _take(self, request: Take) -> Taken:
        now = now_ms()
        # Nothing is awaited between reading and writing, so no other take comes in between.
        before = self._windows if self._windows is not None else self._load()
        self._windows, levels = take(before, request, now)
        taken = Taken(levels=levels)
        if taken.allowed:
            taken.spent.rows_written += await self._store(request.limits, fresh=not before)
            if request.call is not None:
                taken = msgspec.structs.replace(taken, call=await self._calls.count(request.call))
        return taken

    async def _store(self, limits: list[Bucket], fresh: bool) -> int:
        """Write when it is time to; the number of rows that were written."""
        windows = self._windows or {}
        if not any(must_store(windows[limit.name], limit) for limit in limits):
            return 0
        self._windows = {name: msgspec.structs.replace(window, stored=window.used) for name, window in windows.items()}
        self.ctx.storage.kv.put(STORED, json_text(self._windows))
        if not fresh:
            return 1
        await self.ctx.storage.setAlarm(max(window.ends_at for window in windows.values()))
        return 2

    async def alarm(self, info: Any = None) -> None:
        """Full again: forget everything, so that an address that came once costs nothing for ever."""
        self._windows = live(self._windows if self._windows is not None else self._load(), now_ms())
        if self._windows:
            await self.ctx.storage.setAlarm(max(window.ends_at for window in self._windows.values()))
        else:
            await self.ctx.storage.deleteAll()

    def _load(self) -> dict[str, Window]:
        text = self.ctx.storage.kv.get(STORED)
        return {} if text is None else msgspec.json.decode(text, type=dict[str, Window])
