"""Searches on the host: the product's own service on its real schema, with a clock and a KV that is behind."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any

from api.core.context import Caller, Context
from api.edge.answers import Answer
from api.occupancies import repository as occupancies
from api.occupancies.repository import OccupancyRow
from api.stays.availability import service
from api.stays.availability.repository import Wanted
from propflow import events
from propflow.events import Event
from support.in_memory import InMemory
from support.schema import with_unit
from support.stale_kv import StaleKV

START = 1_800_000_000_000  # a quarter of an hour begins
NIGHTS = ("2027-05-01", "2027-05-04")

KEYRING = json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(bytes(32)).decode()}})


class Home:
    """A tenant with two units, a clock and a KV that is behind."""

    def __init__(self) -> None:
        self.now, self.searches, self.number = START, 0, 0
        self.core = InMemory("core")
        with_unit(self.core.db)
        self.add("unit_2", 200)
        self.kv = StaleKV(lambda: self.now)
        self._later: list[Awaitable[None]] = []

    def add(self, unit: str, amount: int) -> None:
        """Another unit."""
        self.core.db.execute(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'prop_1', 'V', 2, ?, 0, 0)", (unit, amount),
        )  # fmt: skip

    def search(self, known: str | None = None, after: str = "", limit: int = 50, **more: Any) -> Answer:
        """A page of free units for the nights of all tests."""
        wanted = Wanted(check_in=NIGHTS[0], check_out=NIGHTS[1], guests=2, **more)
        return asyncio.run(self._search(wanted, after, limit, known))

    async def _search(self, wanted: Wanted, after: str, limit: int, known: str | None) -> Answer:
        bindings: Any = SimpleNamespace(
            core=self.core, cache=self.kv, background=self._later.append,
            settings=SimpleNamespace(JWT_SIGNING_KEY=KEYRING),
        )  # fmt: skip
        caller = Caller(tenant_id="ten_1", principal_id="usr_1", credential="c", credential_id="s", role="owner")
        ctx = Context(bindings=bindings, caller=caller, request_id="req_1", now=self.now, real_now=self.now)
        made = await service.search(ctx, wanted, after=after, limit=limit, known=known)
        while self._later:
            await self._later.pop()
        return made

    def free(self) -> list[str]:
        return [one["unit_id"] for one in json.loads(self.search().body)["data"]]

    def truth(self) -> list[str]:
        taken = self.core.db.execute(
            "SELECT unit_id FROM occupancies WHERE live = 1 AND (expires_at IS NULL OR expires_at > ?)", (self.now,)
        ).fetchall()
        return [unit for unit in ("unit_1", "unit_2") if (unit,) not in taken]

    def take(self, unit: str, hold_seconds: int | None) -> None:
        """Nights and their event in one batch, as every writer does."""
        self.number += 1
        row = OccupancyRow(
            id=f"occ_{self.number}", unit_id=unit, start_date=NIGHTS[0], end_date=NIGHTS[1], ref_id="x",
            kind="booking" if hold_seconds is None else "hold",
            expires_at=None if hold_seconds is None else self.now + hold_seconds * 1_000,
        )  # fmt: skip
        self._commit(occupancies.expire_holds("ten_1", unit, self.now), occupancies.insert("ten_1", row, self.now))

    def free_up(self, unit: str) -> None:
        live = self.core.db.execute("SELECT id FROM occupancies WHERE live = 1 AND unit_id = ?", (unit,)).fetchall()
        self._commit(*(occupancies.release("ten_1", name, self.now) for (name,) in live))

    def _commit(self, *statements: Any) -> None:
        self.number += 1
        told = events.record("ten_1", f"evt_{self.number}", Event(type="x.y", object_id="x"), actor="a",
                             request_id="r", now=self.now)  # fmt: skip
        asyncio.run(self.core.batch([*statements, told]))
