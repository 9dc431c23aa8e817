"""Use cases of the api on a database in memory, beside the runs of feeds, and what others do in the middle of one."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from api.core.context import Bindings, Caller, Context, Key
from api.edge.answers import Answer
from propflow.bindings.d1 import Database, Result, Statement, translate
from tests.unit.calsync.core_database import TENANT, Core

_keys = itertools.count()


class InMemory(Database):
    """The database as the api sees it. `meanwhile` happens once, before the first statement with that text."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.batches: list[Sequence[Statement]] = []
        self.meanwhile: tuple[str, Callable[[], object]] | None = None

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        if self.meanwhile is not None and any(self.meanwhile[0] in one.sql for one in statements):
            (_, happen), self.meanwhile = self.meanwhile, None
            happen()
        self.batches.append(statements)
        try:
            return self.core.batch(statements)
        except sqlite3.IntegrityError as refused:
            raise translate(f"D1_ERROR: {refused}: SQLITE_CONSTRAINT") from None


class UseCases:
    """A person who may do everything in the tenant of `Core`, at one instant that they choose."""

    def __init__(self, core: Core, now: int) -> None:
        self.database, self.now = InMemory(core), now
        self.property_ids: tuple[str, ...] | None = None  # all

    def ask(self, work: Callable[[Context], Awaitable[Answer]]) -> Answer:
        """Carry out one request, with an idempotency key of its own."""
        return asyncio.run(self._ask(work))

    def ask_meanwhile(self, work: Callable[[Context], Awaitable[Answer]]) -> None:
        """The same in the middle of another request: nothing in memory is ever waited for."""
        with contextlib.suppress(StopIteration):
            self._ask(work).send(None)

    async def _ask(self, work: Callable[[Context], Awaitable[Answer]]) -> Answer:
        return await work(self._context())

    def _context(self) -> Context:
        def forget(after: Any) -> None:
            after.close()

        bindings = SimpleNamespace(
            core=self.database, settings=SimpleNamespace(locks_units=False), background=forget, queues={}, audit=None,
            rooms=None,
        )  # fmt: skip
        caller = Caller(
            tenant_id=TENANT,
            principal_id="usr_1",
            credential="c",
            credential_id="s",
            role="owner",
            property_ids=self.property_ids,
        )
        number = next(_keys)
        return Context(
            bindings=cast("Bindings", bindings), caller=caller, request_id=f"req_{number}", now=self.now,
            real_now=self.now, key=Key(key_hash=f"key_{number}", fingerprint="f"),
        )  # fmt: skip
