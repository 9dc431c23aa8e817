"""Every route × every place of an id × everybody who calls: another's id is answered like one that nobody has."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from support.client import Api, AsyncApi
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.surface import matrix
from support.surface.document import Operation, operations
from support.surface.matrix import Cell, Seen, Spaces
from support.surface.recipes import RECIPES
from support.surface.roles import Actor, keys, people
from support.surface.state import digest, of_properties, settled
from support.surface.world import IN_PROPERTIES, World, new_world, random_like

AT_ONCE = 12
AGAIN = 3  # a difference must show again when nothing else happens, so that a list that grows is no leak
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def routes(suite: Suite) -> list[Operation]:
    return operations(suite.url)


@pytest.fixture(scope="module")
def tenants(suite: Suite, standin: StandIn, routes: list[Operation]) -> Iterator[tuple[Spaces, list[Actor]]]:
    own, foreign = (new_world(suite, standin, name).everything() for name in ("Alice", "Bob"))
    programs = keys(own, routes)
    spaces = Spaces(own, foreign, own.beyond().everything(), the_test_space(own, programs))
    actors = [*people(own), *programs]
    settled(suite)
    yield spaces, actors
    for world in (own, foreign, spaces.test):
        if world is not None:
            world.manager.api.close()


def the_test_space(own: World, programs: list[Actor]) -> World | None:
    """The things of the tenant's test space, made with its key."""
    for program in programs:
        if program.space == "test":
            api = Api(own.suite.url, program.token)
            [row] = own.suite.d1("SELECT id FROM tenants WHERE live_id = ?", own.tenant_id)
            home = str(ok(api.create_property("Test House"))["id"])
            tester = Manager(api, "Tester", "", "", own.manager.user, {"id": row["id"]}, str(program.token), home)
            space = World(own.suite, own.standin, tester)
            # What a test space has none of, and no key may ask for.
            space.ids |= {kind: own.one(kind) for kind in ("session", "member", "invitation", "api_key")}
            return space.everything()
    return None


def test_every_route_has_a_recipe_and_every_recipe_a_route(routes: list[Operation]) -> None:
    there = {operation.name for operation in routes}
    assert there - set(RECIPES) == set(), "routes without a recipe in tests/support/surface/recipes.py"
    assert set(RECIPES) - there == set(), "recipes without a route"
    nameless = [
        f"{operation.name} {place}"
        for operation in routes
        for place in RECIPES[operation.name].places(operation)
        if RECIPES[operation.name].kind(place) is None
    ]
    assert nameless == [], "say in the recipe's `ids` or `cursor` what these places hold"


def test_every_recipe_succeeds_for_an_owner(suite: Suite, standin: StandIn, routes: list[Operation]) -> None:
    """Without this a wrong recipe would be refused for its own sake, and the matrix would prove nothing."""
    lasting, wrongly = new_world(suite, standin, "Carol"), []
    for operation in routes:
        recipe = RECIPES[operation.name]
        if recipe.unproved:
            continue
        world = new_world(suite, standin, "Dora") if recipe.ends else lasting
        if recipe.before is not None:
            recipe.before(world)
        call = recipe.call(operation, world, world.fresh)
        api = Api(suite.url, None if recipe.alone else world.manager.token)
        answer = api.request(call.method, call.url, json=call.body, params=call.query or None, headers=call.headers)
        if answer.status_code >= 400:
            wrongly.append(f"{operation.name}: {answer.status_code} {answer.text[:300]}")
        api.close()
        if recipe.ends:
            world.manager.api.close()
    lasting.manager.api.close()
    assert wrongly == []


def test_another_ones_id_is_answered_like_one_that_nobody_has(
    suite: Suite, routes: list[Operation], tenants: tuple[Spaces, list[Actor]]
) -> None:
    """Status, body and headers: also PropFlow-Cost, which would tell that a row was read."""
    spaces, actors = tenants
    tried = list(matrix.cells(routes, actors, spaces))
    before, beyond = digest(suite, spaces.foreign.tenant_id), of_properties(spaces.beyond)
    pairs, leaks = asyncio.run(run(suite, spaces, tried))
    settled(suite)
    kinds = Counter(cell.whose.split(" ")[0] for cell in tried)
    mine, random = matrix.medians(pairs)
    print(f"\nisolation matrix: {len(tried)} cells ({dict(kinds)}), {len(routes)} routes, {len(actors)} callers")
    print(f"leaks {len(leaks)}; median {mine:.1f} ms for another's id, {random:.1f} ms for a random one")
    assert leaks == [], "\n".join(leaks[:40])
    assert len(tried) > 300
    assert digest(suite, spaces.foreign.tenant_id) == before
    assert of_properties(spaces.beyond) == beyond


async def run(suite: Suite, spaces: Spaces, tried: list[Cell]) -> tuple[list[tuple[Seen, Seen]], list[str]]:
    gate, told, leaks = asyncio.Semaphore(AT_ONCE), markers(spaces), []

    async with AsyncApi(suite.url) as client:

        async def one(cell: Cell) -> tuple[Seen, Seen]:
            async with gate:
                return await matrix.tried(client, cell)

        pairs = await asyncio.gather(*[one(cell) for cell in tried])
        for cell, pair in zip(tried, pairs, strict=True):
            for _ in range(AGAIN):
                if pair[0] != pair[1]:
                    pair = await matrix.tried(client, cell)
            leaks += [f"{cell}: {what}" for what in faults(cell, *pair, told)]
    return list(pairs), leaks


def faults(cell: Cell, foreign: Seen, random: Seen, told: dict[str, set[str]]) -> Iterator[str]:
    """What is wrong with the answers of a cell."""
    if foreign != random:
        yield f"{foreign} is not {random}"
    shown = [mark for mark in told["foreign"] | (told["beyond"] if cell.actor.restricted else set())
             if mark in foreign.body and mark != cell.given]  # fmt: skip
    if shown:
        yield f"shows {shown}: {foreign.body[:300]}"
    if foreign.status >= 500:
        yield f"answered {foreign}"
    if not cell.actor.known and not cell.operation.public and foreign.status != 401:
        yield f"answered {foreign.status} to nobody"
    if cell.actor.name == "owner" and cell.place.where == "path" and foreign.status != 404:
        yield f"answered {foreign.status}, not 404: {foreign.body[:300]}"
    if cell.place.where != "query" and foreign.status < 400 and not foreign.refused_inside:
        yield f"succeeded: {foreign.body[:300]}"


def markers(spaces: Spaces) -> dict[str, set[str]]:
    """Words that stand in the rows of those who must stay hidden, and nowhere else."""
    hidden = {known for kind, known in spaces.beyond.ids.items() if kind in IN_PROPERTIES}
    stranger = spaces.foreign
    return {"foreign": {stranger.mark, stranger.manager.email, *stranger.ids.values()}, "beyond": hidden}


def claims(foreign: str) -> list[dict[str, str]]:
    """Headers by which a caller might claim to be somebody else."""
    return [
        {"X-Tenant-Id": foreign, "X-User-Id": foreign, "X-Role": "owner", "X-Forwarded-User": foreign,
         "Cookie": f"tenant_id={foreign}; session={foreign}"},
        {"CF-Worker": "propflow360.com", "X-Internal": "1", "X-Forwarded-Host": f"{foreign}.propflow360.com",
         "X-HTTP-Method-Override": "DELETE"},
    ]  # fmt: skip


def test_no_answer_shows_what_belongs_to_others(
    suite: Suite, routes: list[Operation], tenants: tuple[Spaces, list[Actor]]
) -> None:
    """Well-formed calls of everybody, plain and with headers that claim another tenant."""
    spaces, actors = tenants
    told, before = markers(spaces), digest(suite, spaces.foreign.tenant_id)
    wanted = [
        (operation, actor, headers)
        for operation in routes
        if not RECIPES[operation.name].ends and (operation.method == "GET" or not operation.public)
        for actor in actors
        for headers in [{}, *claims(spaces.foreign.tenant_id)]
    ]
    found = asyncio.run(spoken(suite, spaces, wanted))
    settled(suite)
    shown = []
    for (operation, actor, headers), answer in zip(wanted, found, strict=True):
        hidden = told["foreign"] | (told["beyond"] if actor.restricted else set())
        text = answer.text + str(answer.headers)
        sent = set(headers.values())
        shown += [f"{operation.name} by {actor.name} {headers}: {mark}" for mark in hidden - sent if mark in text]
        if answer.status_code >= 500:
            shown.append(f"{operation.name} by {actor.name} {headers}: {answer.text}")
        if not actor.known and not operation.public and answer.status_code != 401:
            shown.append(f"{operation.name} by {actor.name} {headers}: {answer.status_code}")
    print(f"\ncalls with claims: {len(wanted)} cells, leaks {len(shown)}")
    assert shown == [], "\n".join(shown[:40])
    assert digest(suite, spaces.foreign.tenant_id) == before


async def spoken(
    suite: Suite, spaces: Spaces, wanted: list[tuple[Operation, Actor, dict[str, str]]]
) -> list[httpx.Response]:
    gate = asyncio.Semaphore(AT_ONCE)

    async with AsyncApi(suite.url) as client:

        async def one(operation: Operation, actor: Actor, headers: dict[str, str]) -> httpx.Response:
            world, recipe = spaces.of(actor), RECIPES[operation.name]
            # Whatever would change something is asked of an id that nobody has.
            give = world.one if operation.method == "GET" else lambda kind: random_like(world.one(kind))
            async with gate:
                return await matrix.send(client, actor, recipe.call(operation, world, give).with_headers(headers))

        return list(await asyncio.gather(*[one(*each) for each in wanted]))
