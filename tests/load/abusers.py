"""One of each kind that would harm others: for the soak. What the product answers them is not judged here."""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any

import httpx
from support.client import AsyncApi
from support.people import PASSWORD, Manager, ok
from support.standin_client import StandIn
from support.suite import Suite

from load.ordinary import begin_trial, newcomer, now

STRANGER = "+41790000001"
Step = Callable[[int], Coroutine[Any, Any, httpx.Response]]


class Abusers:
    """Eight tenants, or who wants to get into one; each goes on at its own pace."""

    def __init__(self, suite: Suite, standin: StandIn, victim: Manager, first_address: int) -> None:
        self.suite, self.victim, self.numbers = suite, victim, itertools.count(first_address)
        self.answers: dict[str, Counter[int]] = {}
        self.busy_host = standin.put_calendar(f"soak-{secrets.token_hex(6)}", b"slow down", status="429")
        self.steps = {
            "strangers are written to": self._messages(), "answers fill the store": self._answers(),
            "a host is made angry": self._host(), "a suspended tenant knocks": self._suspended(),
            "passwords are guessed": self._guesses(), "a key uses up the rate": self._rate(),
            "a file computes": self._file(), "files are announced": self._files(),
        }  # fmt: skip

    async def live(self, seconds: float, per_second: float, dice: random.Random) -> None:
        """All of them beside each other, each with so many calls a second on average: they know nothing of each other,
        so they do not call in step.
        """
        until = time.monotonic() + seconds
        await asyncio.gather(*[self._go_on(name, step, until, per_second, dice) for name, step in self.steps.items()])

    async def _go_on(self, name: str, step: Step, until: float, per_second: float, dice: random.Random) -> None:
        counter = self.answers.setdefault(name, Counter())
        next_at = time.monotonic() + dice.uniform(0, 1 / per_second)
        for number in itertools.count():
            await asyncio.sleep(max(next_at - time.monotonic(), 0))
            if time.monotonic() >= until:
                return
            next_at = time.monotonic() + dice.uniform(0.5, 1.5) / per_second
            counter[(await step(number)).status_code] += 1

    def _tenant(self) -> Manager:
        return newcomer(self.suite, "Mallory", next(self.numbers))

    def _client(self, token: str | None) -> AsyncApi:
        return AsyncApi(self.suite.url, token)

    def _messages(self) -> Step:
        mallory = self._tenant()
        begin_trial(self.suite, mallory.tenant["id"])
        unit, api = mallory.new_unit(), self._client(mallory.token)

        async def step(number: int) -> httpx.Response:
            first = date(2029, 1, 1) + timedelta(days=number)
            guest = {"name": "You have won", "email": f"stranger-{number}@example.net", "phone": STRANGER}
            return await api.book(unit, f"{first}", f"{first + timedelta(days=1)}", guest=guest, status="confirmed")

        return step

    def _answers(self) -> Step:
        api = self._client(self._tenant().token)
        lines = "".join(f"R{number},,Mars/Base,XXX\n" for number in range(2_000))

        async def step(number: int) -> httpx.Response:
            return await api.import_csv("properties", f"reference,name,time_zone,currency\n{lines}")

        return step

    def _host(self) -> Step:
        mallory = self._tenant()
        unit, api = mallory.new_unit(), self._client(mallory.token)

        async def step(number: int) -> httpx.Response:
            url = f"{self.busy_host}?{number}"
            return await (api.create_feed(unit, url) if number % 2 else api.preview_feed(unit, url))

        return step

    def _suspended(self) -> Step:
        mallory = self._tenant()
        api = self._client(ok(mallory.api.create_api_key())["key"])
        sql = "UPDATE tenants SET suspended_at = ?2, suspended_reason = 'soak' WHERE id = ?1"
        self.suite.d1(sql, mallory.tenant["id"], now())

        async def step(number: int) -> httpx.Response:
            return await api.get("/v1/units")

        return step

    def _guesses(self) -> Step:
        api = self._client(None)

        async def step(number: int) -> httpx.Response:
            headers = {"CF-Connecting-IP": f"2001:db8:ffff:{number % 65_536:x}::1"}
            body = {"email": self.victim.email, "password": f"{PASSWORD} {number}"}
            return await api.request("POST", "/v1/auth/login", json=body, headers=headers)

        return step

    def _rate(self) -> Step:
        api = self._client(ok(self._tenant().api.create_api_key())["key"])

        async def step(number: int) -> httpx.Response:
            answers = await asyncio.gather(*[api.get("/v1/units") for _ in range(5)])
            return answers[-1]

        return step

    def _file(self) -> Step:
        mallory = self._tenant()
        api = self._client(mallory.token)
        names = "reference,property_id,name,max_guests,nightly_rate,beds\n"
        row = f'{mallory.property_id},n,2,100,"{"," * 120_000}"\n'
        file = names + "".join(f"R{number},{row}" for number in range(8))

        async def step(number: int) -> httpx.Response:
            return await api.import_csv("units", file, dry_run=True)

        return step

    def _files(self) -> Step:
        mallory = self._tenant()
        api = self._client(mallory.token)
        body = {"property_id": mallory.property_id, "kind": "other", "file_name": "f.pdf",
                "content_type": "application/pdf", "size": 50 << 20}  # fmt: skip

        async def step(number: int) -> httpx.Response:
            return await api.post("/v1/documents", body)

        return step
