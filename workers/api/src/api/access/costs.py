"""What requests cost, by tenant and day: gathered in this isolate and written together.

One row per request would cost more than most requests do. So an isolate keeps the counters of a tenant's requests for
at most 10 seconds or 50 requests. What an isolate that is evicted has not written yet is lost: these are figures to
look at, nothing is limited or charged by them. The counters are kept themselves, not their values, so that work after
the answer (queues, audit) is counted, too.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from api.access import costs_repository as repository
from api.core.context import Bindings
from propflow import log
from propflow.bindings import meter
from propflow.bindings.d1 import Database
from propflow.bindings.meter import Cost

LONGEST_WAIT = 10  # seconds
MOST_REQUESTS = 50
SPENDER = "spender"  # under which the scope of a request names it, once it is known


class Spender(msgspec.Struct, frozen=True):
    """Whose requests, and the day on which they are counted."""

    tenant_id: str
    day: str


class Gathered:
    """What was spent since the last writing: the counters of the latest requests, and the sum of those before."""

    def __init__(self) -> None:
        self.requests = 0
        self._sum = Cost()
        self._latest: list[Cost] = []

    def add(self, spent: Cost) -> None:
        """One more request. Memory stays bounded while the database does not answer."""
        self.requests += 1
        if len(self._latest) == MOST_REQUESTS:
            self._sum.add(self._latest.pop(0))
        self._latest.append(spent)

    def amounts(self) -> dict[str, int]:
        """By the names of meters."""
        total = Cost()
        for spent in (self._sum, *self._latest):
            total.add(spent)
        names = ("rows_read", "rows_written", "queued", "subrequests")
        return {"cost_requests": self.requests} | {f"cost_{name}": getattr(total, name) for name in names}


class Ledger:
    """What one isolate has not written yet. Whatever is open has a task that will write it."""

    def __init__(self) -> None:
        self._open: dict[Spender, Gathered] = {}
        self._waking: set[Spender] = set()
        self._writing: set[str] = set()

    def note(self, bindings: Bindings, spender: Spender, spent: Cost) -> None:
        """Remember what a request spent."""
        gathered = self._open.setdefault(spender, Gathered())
        gathered.add(spent)
        if spender not in self._waking:
            self._waking.add(spender)
            bindings.background(self._write_later(bindings.core, spender))
        if gathered.requests >= MOST_REQUESTS and spender.tenant_id not in self._writing:
            self._writing.add(spender.tenant_id)
            bindings.background(self._write(bindings.core, spender))

    async def _write_later(self, core: Database, spender: Spender) -> None:
        await asyncio.sleep(LONGEST_WAIT)
        if spender.tenant_id in self._writing:
            return await self._write_later(core, spender)
        self._waking.discard(spender)
        self._writing.add(spender.tenant_id)
        return await self._write(core, spender)

    async def _write(self, core: Database, spender: Spender) -> None:
        gathered = self._open.pop(spender, None)
        meter.start()  # what the writing costs is not the tenant's
        try:
            if gathered is not None:
                await core.run(repository.add(spender.tenant_id, spender.day, gathered.amounts()))
        except Exception as error:  # not again: whether it was written may be unknown, and twice is worse than never
            log.exception("usage.lost", error, tenant_id=spender.tenant_id)
        finally:
            self._writing.discard(spender.tenant_id)


_ledger = Ledger()


def note(scope: Mapping[str, Any], spent: Cost) -> None:
    """A request is answered; of one that nobody could be asked to pay for nothing is kept."""
    spender: Spender | None = scope.get(SPENDER)
    if spender is not None:
        _ledger.note(scope["env"], spender, spent)
