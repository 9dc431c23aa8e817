"""No change is lost: of two who change the same version one is told, wherever something can be changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from support.client import Api
from support.people import ok
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.document import Operation, operations
from support.surface.recipes import RECIPES
from support.surface.values import Call
from support.surface.world import World, new_world

ROUNDS = 3
NO_VERSION = {"PATCH /v1/me"}  # one's own name: nobody else changes it

Change = Callable[[str | None], httpx.Response]


@pytest.fixture(scope="module")
def world(suite: Suite, standin: StandIn) -> Iterator[World]:
    made = new_world(suite, standin, "Alice")
    yield made
    made.manager.api.close()


@pytest.fixture(scope="module")
def changing(suite: Suite) -> list[Operation]:
    """Every PATCH of the document."""
    return [one for one in operations(suite.url) if one.method == "PATCH" and one.name not in NO_VERSION]


def differing(call: Call, version: int) -> dict[str, str]:
    """The recipe's body, saying something else than that version: what changes nothing is no change."""
    mark = secrets.token_hex(4)
    put = {"tags": [mark], "role": ("member", "admin")[version % 2]}
    return {name: put.get(name, f"{value} {mark}") for name, value in dict(call.body).items()}


def send(api: Api, call: Call, if_match: str | None) -> httpx.Response:
    """The change of a version, as its tag says; any change where it says none."""
    headers = {} if if_match is None else {"If-Match": if_match}
    return api.request("PATCH", call.url, json=differing(call, version_of(if_match or "0")), headers=headers)


def version_of(tag: str) -> int:
    """The version that a tag names: the only number in it.

    What else it stands for, such as how a feed fares, may change without anybody's change being lost.
    """
    return int("".join(filter(str.isdigit, tag)))


def etag(api: Api, call: Call) -> str:
    answer = api.get(call.url)
    ok(answer, 200)
    return answer.headers["ETag"]


def test_of_two_changes_to_a_version_one_is_made_and_one_is_told(world: World, changing: list[Operation]) -> None:
    api, told, lost = world.manager.api, 0, 0
    for operation in changing:
        call = RECIPES[operation.name].call(operation, world, world.one)
        for _ in range(ROUNDS):
            seen = etag(api, call)
            with ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(lambda tag: send(api, call, tag), [seen, seen]))  # noqa: B023
            statuses = sorted(answer.status_code for answer in answers)
            told += statuses == [200, 412]
            [made] = [answer for answer in answers if answer.status_code == 200] or [answers[0]]
            lost += version_of(etag(api, call)) != version_of(made.headers["ETag"])
            assert statuses == [200, 412], (operation.name, [answer.text for answer in answers])
    assert (told, lost) == (ROUNDS * len(changing), 0)
    assert len(changing) >= 7


def test_nothing_changes_without_the_version_or_with_a_weak_or_old_one(world: World, changing: list[Operation]) -> None:
    api = world.manager.api
    for operation in changing:
        call = RECIPES[operation.name].call(operation, world, world.one)
        now = etag(api, call)
        for tag, status in ((None, 428), (f"W/{now}", 412), ('"0"', 412), (now.strip('"'), 412)):
            refused = send(api, call, tag)
            assert refused.status_code == status, (operation.name, tag, refused.text)
        assert version_of(etag(api, call)) == version_of(now), operation.name
        changed = send(api, call, now)
        assert changed.status_code == 200 and version_of(changed.headers["ETag"]) == version_of(now) + 1, operation.name
        assert send(api, call, now).status_code == 412, operation.name
