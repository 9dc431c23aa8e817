"""What people type is told to nobody: canaries sent in every place turn up in no log line and no error body."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from support.client import AsyncApi
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.canaries import Canary, calls, flock, hidden
from support.surface.document import operations
from support.surface.recipes import RECIPES
from support.surface.state import settled, tables
from support.surface.values import Call
from support.surface.world import World, new_world

AT_ONCE = 12


@pytest.mark.timeout(600)
def test_canaries_stand_in_no_log_line_and_no_error_body(suite: Suite, standin: StandIn) -> None:
    birds, secret = flock(), hidden()
    world = new_world(suite, standin, "Alice").everything()
    sent = list(planned(suite, standin, world, birds, secret))
    answers = asyncio.run(speak(suite, sent))
    settled(suite)
    told = [f"{call.method} {call.url}: {bird.kind} in {answer.text[:300]}"
            for (call, _), answer in zip(sent, answers, strict=True) if answer.status_code >= 400
            for bird in [*birds, secret] if holds(answer.text + str(answer.headers), bird)]  # fmt: skip
    lines = suite.output().splitlines()
    logged = [f"{bird.kind}: {line[:400]}" for line in lines for bird in [*birds, secret] if holds(line, bird)]
    stored = [f"{name}: {secret.kind}" for name, text in everything(suite) if holds(text, secret)]
    tally = dict(sorted(Counter(answer.status_code for answer in answers).items()))
    print(f"\ncanaries: {len(sent)} requests {tally}, {len(lines)} log lines, hits {len(logged)} in lines, ", end="")
    print(f"{len(told)} in error bodies, {len(stored)} of secrets in the databases")
    assert [answer.text for answer in answers if answer.status_code >= 500] == []
    assert told == []
    assert logged == []
    assert stored == []
    world.manager.api.close()


def holds(text: str, bird: Canary) -> bool:
    return bird.anywhere.search(text.casefold()) is not None


def planned(
    suite: Suite, standin: StandIn, world: World, birds: list[Canary], secret: Canary
) -> Iterator[tuple[Call, str]]:
    """All calls by the owner; those that may end sessions by sessions of somebody else, one for each."""
    for operation in operations(suite.url):
        if not RECIPES[operation.name].ends:
            yield from ((call, str(world.manager.token)) for call in calls(operation, world, birds, secret))
            continue
        other = new_world(suite, standin, "Emil")
        found = list(calls(operation, other, birds, secret))
        yield from zip(found, other.sessions(len(found)), strict=True)
        other.manager.api.close()


async def speak(suite: Suite, sent: list[tuple[Call, str]]) -> list[httpx.Response]:
    gate = asyncio.Semaphore(AT_ONCE)

    async with AsyncApi(suite.url) as client:

        async def one(call: Call, token: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}", **call.headers}
            query = call.query or None
            async with gate:
                return await client.request(call.method, call.url, json=call.body, params=query, headers=headers)

        return list(await asyncio.gather(*[one(call, token) for call, token in sent]))


def everything(suite: Suite) -> list[tuple[str, str]]:
    """Every table of both databases as text."""
    found = []
    for binding in ("DB_CORE", "DB_AUDIT"):
        names = tables(suite, binding)
        # One by one: all that a whole run left in the databases is much for one answer.
        found += [(name, str(suite.d1(f"SELECT * FROM {name}", binding=binding))) for name in names]
    return found
