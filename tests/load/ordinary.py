"""Tenants that do what people do all day, and what became of it: for the soak."""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import date, timedelta

import httpx
from support.client import Api, AsyncApi
from support.people import Manager, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import prove, put_on_plan, verify_owners

PAUSE = 4.0  # s between two calls of one tenant, on average
FIRST = date(2029, 1, 1)
IMPORTED = date(2032, 1, 1)
NEW = range(1, 4)  # the numbers of tenants that have not paid yet
Ms = int


def now() -> Ms:
    return time.time_ns() // 1_000_000


def address(number: int) -> str:
    """An IPv6 address in a /48 of its own, which is the widest network that limits count."""
    return f"2001:db8:{number:x}::1"


def newcomer(suite: Suite, name: str, number: int) -> Manager:
    """Somebody who signed up from an address of their own: on the free plan, and nothing is proven of them."""
    api = Api(suite.url)
    api.http.headers["CF-Connecting-IP"] = address(number)
    manager = sign_up(api, name)
    api.close()
    return manager


def begin_trial(suite: Suite, tenant_id: str) -> None:
    """The owner's address is verified, and nobody has paid: mails leave within what all such tenants may send."""
    put_on_plan(suite, tenant_id, "pro", "trialing")
    verify_owners(suite, tenant_id)


@dataclass
class Tally:
    """What was measured in one kind of phase: times of answers, and when a mail or an imported stay was asked for."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: list[str] = field(default_factory=list)
    mails: dict[str, Ms] = field(default_factory=dict)  # by the guest's address
    stays: dict[tuple[str, str], Ms] = field(default_factory=dict)  # by unit and first night
    written: set[str] = field(default_factory=set)  # the nights of bookings that were confirmed to be taken

    async def timed(self, kind: str, call: Awaitable[httpx.Response], status: int) -> httpx.Response:
        """Await a call that must be answered with this status."""
        begun = time.monotonic()
        answer = await call
        self.seconds[kind].append(time.monotonic() - begun)
        if answer.status_code != status:
            self.refused.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return answer


class Ordinary:
    """A tenant with a unit, a calendar elsewhere and a feed of it. It is proven, or one of NEW."""

    def __init__(self, suite: Suite, standin: StandIn, number: int) -> None:
        self.suite, self.standin = suite, standin
        self.manager = newcomer(suite, f"Ordinary{number}", number)
        (begin_trial if number in NEW else prove)(suite, self.manager.tenant["id"])
        self.unit = self.manager.new_unit()
        self.let = self.manager.new_unit()
        self.name, self.listed = f"soak-{secrets.token_hex(6)}", [self._imported(0)]
        self.feed = str(ok(self.manager.api.create_feed(self.let, standin.put_airbnb(self.name, self.listed)))["id"])
        self.nights = itertools.count()

    def _imported(self, number: int) -> tuple[date, date, str]:
        start = IMPORTED + timedelta(days=3 * number)
        return start, start + timedelta(days=2), f"HM{number:08}"

    async def live(self, tally: Tally, seconds: float, dice: random.Random) -> None:
        """Read, search, look at the calendar, book, and once, at any time, bring a new stay in from elsewhere."""
        begun, calls = time.monotonic(), dice.randrange(4)
        sync_at = begun + dice.uniform(0, 0.8 * seconds)
        async with AsyncApi(self.suite.url, self.manager.token) as api:
            await asyncio.sleep(dice.uniform(0, min(PAUSE, seconds)))
            while time.monotonic() < begun + seconds:
                if time.monotonic() >= sync_at:
                    await self._sync(api, tally)
                    sync_at = begun + seconds
                await (self._read, self._search, self._month, self._book)[calls % 4](api, tally)
                calls += 1
                await asyncio.sleep(dice.uniform(0.5 * PAUSE, 1.5 * PAUSE))

    async def _read(self, api: AsyncApi, tally: Tally) -> None:
        await tally.timed("read", api.get("/v1/bookings", limit=20), 200)

    async def _search(self, api: AsyncApi, tally: Tally) -> None:
        await tally.timed("search", api.availability("2030-05-01", "2030-05-04"), 200)

    async def _month(self, api: AsyncApi, tally: Tally) -> None:
        path = f"/v1/units/{self.unit}/calendar"
        await tally.timed("calendar", api.get(path, start="2029-01-01", end="2029-01-31"), 200)

    async def _book(self, api: AsyncApi, tally: Tally) -> None:
        first = FIRST + timedelta(days=next(self.nights))
        email, begun = f"guest-{secrets.token_hex(8)}@example.net", now()
        nights = (first.isoformat(), (first + timedelta(days=1)).isoformat())
        guest = {"name": "Grace Guest", "email": email}
        made = await tally.timed("book", api.book(self.unit, *nights, guest=guest, status="confirmed"), 201)
        if made.status_code == 201:
            tally.mails[email] = begun
            tally.written.add(str(made.json()["occupancy_id"]))

    async def _sync(self, api: AsyncApi, tally: Tally) -> None:
        self.listed.append(self._imported(len(self.listed)))
        await asyncio.to_thread(self.standin.put_airbnb, self.name, self.listed)
        begun = now()
        asked = await tally.timed("sync", api.sync_feed(self.feed), 202)
        if asked.status_code == 202:
            tally.stays[self.let, self.listed[-1][0].isoformat()] = begun
