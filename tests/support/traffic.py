"""Everything that takes and frees nights, from several clients at once, each call noted for the checkers.

The same seed makes the same scripts (`scripts.py`). Some clients hang up before the answer comes and ask again with
the same key.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

import httpx

from support.client import AsyncApi
from support.history import History, answer_of
from support.ledger_checker import Op
from support.verbs import Json

PATIENCE = (0.005, 0.06)  # s until a client hangs up that does
Send = Callable[[AsyncApi], Awaitable[httpx.Response]]
Script = Callable[["Client", random.Random], Awaitable[None]]


@dataclass
class Unknown:
    """A call to which no answer came."""

    send: Send
    asked: tuple[Op, ...]
    invoke: float


@dataclass
class Traffic:
    """Scripts on these units, of which those in `apart` are no part of each other.

    `hangs_up` is the share of calls whose client does not wait for the answer.
    """

    url: str
    token: str
    units: list[str]
    seed: int
    apart: list[str] = field(default_factory=list)
    hangs_up: float = 0.0
    clients: int = 8
    history: History = field(default_factory=History)
    unknown: list[Unknown] = field(default_factory=list)
    answered: int = 0
    on_answer: Callable[[], None] = lambda: None
    over: bool = False  # the runtime is killed: nothing is asked any more
    to_swap: list[Json] = field(default_factory=list)

    async def run(
        self, script: Script, numbers: Iterable[int], meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> History:
        """Do the script with each of these numbers, as many at once as there are clients."""
        left = iter(numbers)

        async def work() -> None:
            async with AsyncApi(self.url, self.token) as api:
                for number in left:
                    if self.over:
                        return
                    dice = random.Random(f"{self.seed}-{number}")
                    await script(Client(self, api, number, dice), dice)

        await asyncio.gather(*(work() for _ in range(self.clients)), *([meanwhile()] if meanwhile else []))
        return self.history

    async def resolve(self) -> None:
        """Send what got no answer again, with its key, and note what is said now."""
        async with AsyncApi(self.url, self.token) as api:
            for call in self.unknown:
                self.history.note(call.asked, await call.send(api), call.invoke)
        self.unknown.clear()


@dataclass
class Client:
    """Whoever does one script."""

    traffic: Traffic
    api: AsyncApi
    number: int
    dice: random.Random

    async def do(
        self, kind: str, send: Callable[[AsyncApi, str], Awaitable[httpx.Response]], *asked: Op
    ) -> Json | None:
        """One call, noted; what it answered if it succeeded. Its key begins with `kind`, which is new in the script."""
        traffic, key = self.traffic, f"{kind}-{self.traffic.seed}-{self.number}"

        def again(api: AsyncApi) -> Awaitable[httpx.Response]:
            return send(api, key)

        numbered = [key] if len(asked) == 1 else [f"{key}#{index}" for index in range(len(asked))]
        named = tuple(replace(op, key=name, call=key) for op, name in zip(asked, numbered, strict=True))
        patience = self.dice.uniform(*PATIENCE) if self.dice.random() < traffic.hangs_up else None
        invoke = time.monotonic()
        answer = await answer_of(asyncio.wait_for(again(self.api), patience))
        if answer is None and patience is not None:
            answer = await answer_of(again(self.api))
        if answer is None:
            traffic.unknown.append(Unknown(again, named, invoke))
            return None
        traffic.answered += 1
        traffic.history.note(named, answer, invoke)
        traffic.on_answer()
        return (answer.json() if answer.content else {}) if answer.is_success else None
