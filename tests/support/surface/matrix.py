"""The cells of the isolation matrix: route × place of an id × who calls × whose id, each beside a random id."""

from __future__ import annotations

import itertools
import json
import os
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from support.client import AsyncApi
from support.surface.document import Operation, Place
from support.surface.recipes import RECIPES
from support.surface.roles import Actor
from support.surface.values import Call
from support.surface.world import IN_PROPERTIES, World, random_like

REQUEST_ID = re.compile(r"req_[0-9a-f]+")
CURIOUS = ("owner",)
WRONG_KINDS = int(os.environ.get("WRONG_KINDS", "4"))  # ids that do not belong into a place at all, others in each
SEARCH = "/v1/availability"  # its tag is a hash with a key of ours, over the question too
MOVING = {"date", "request-id", "ratelimit", "x-ratelimit-remaining", "age"}
"""Headers whose value differs from one call to the next, whatever is asked."""


@dataclass(frozen=True)
class Cell:
    """One attempt: `call` with somebody else's id, `control` with an id that nobody has."""

    operation: Operation
    place: Place
    actor: Actor
    whose: str
    call: Call
    control: Call
    given: str
    random: str

    def __str__(self) -> str:
        return f"{self.operation.name} {self.place} by {self.actor.name} with the {self.whose} id"


@dataclass
class Spaces:
    """Whose things are whose: the callers' own, those of strangers, beyond a restriction, and the test space."""

    own: World
    foreign: World
    beyond: World
    test: World | None = None

    def of(self, actor: Actor) -> World:
        """The things that the actor calls its own."""
        return self.test if actor.space == "test" and self.test else self.own

    def others(self, actor: Actor, kind: str, public: bool, turn: int) -> Iterator[tuple[str, str]]:
        """Every id of this kind that must be hidden from the actor, and in turn some of other kinds."""
        yield "foreign", self.foreign.one(kind)
        if actor.restricted and kind in IN_PROPERTIES:
            yield "restricted", self.beyond.one(kind)
        if self.test is not None and kind in IN_PROPERTIES:
            if actor.space == "test":
                yield "live space's", self.own.one(kind)
            elif actor.known:
                yield "test space's", self.test.one(kind)
        if kind == "session":
            yield "colleague's", self.own.one(kind)
        if actor.name in CURIOUS and not public:  # also what does not belong into the place at all
            wrong = sorted(other for other in self.foreign.ids if other != kind)
            for number in range(min(WRONG_KINDS, len(wrong))):
                other = wrong[(turn * WRONG_KINDS + number) % len(wrong)]
                yield f"foreign {other}'s", self.foreign.one(other)


def cells(operations: list[Operation], actors: list[Actor], spaces: Spaces) -> Iterator[Cell]:
    """Every cell."""
    turns = itertools.count()
    for operation in operations:
        recipe = RECIPES[operation.name]
        for place in recipe.places(operation):
            turn = next(turns)
            kind = recipe.kind(place)
            assert kind, f"{operation.name}: say in recipes.py what {place} holds"
            for actor in [one for one in actors if not operation.public or one.name in ("owner", "anonymous")]:
                world = spaces.of(actor)
                valid = recipe.call(operation, world, world.one)
                for whose, given in spaces.others(actor, kind, operation.public, turn):
                    random = random_like(given)
                    yield Cell(operation, place, actor, whose, valid.put(place, given), valid.put(place, random),
                               given, random)  # fmt: skip


@dataclass
class Seen:
    """An answer without what differs from call to call."""

    status: int
    headers: dict[str, str]
    body: str
    seconds: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, answer: httpx.Response, sent: str, seconds: float) -> Seen:
        """Masked: the request id, and what was sent where it is shown again, itself or in the tag of a search."""
        body = REQUEST_ID.sub("req", answer.text).replace(sent, "<id>")
        headers = {name: "" if name in MOVING else value for name, value in answer.headers.items()}
        if "etag" in headers and answer.request.url.path == SEARCH:
            headers["etag"] = "<of what was asked>"
        return cls(answer.status_code, headers, body, seconds)

    @property
    def refused_inside(self) -> bool:
        """Whether this answers items one by one, and refused each of them."""
        items = json.loads(self.body).get("items") if self.body.startswith('{"items"') else None
        return bool(items) and all(item["status"] >= 400 for item in items)


async def send(client: AsyncApi, actor: Actor, call: Call) -> httpx.Response:
    """The call with the actor's credential."""
    headers = {**call.headers, **({"Authorization": f"Bearer {actor.token}"} if actor.token else {})}
    return await client.request(call.method, call.url, json=call.body, params=call.query or None, headers=headers)


async def tried(client: AsyncApi, cell: Cell) -> tuple[Seen, Seen]:
    """Both answers of a cell, one after the other."""
    found = []
    for call, sent in ((cell.call, cell.given), (cell.control, cell.random)):
        begun = time.perf_counter()
        answer = await send(client, cell.actor, call)
        found.append(Seen.of(answer, sent, time.perf_counter() - begun))
    return found[0], found[1]


def medians(pairs: list[tuple[Seen, Seen]]) -> tuple[float, float]:
    """Milliseconds for other people's ids and for random ones."""
    foreign, random = zip(*((one.seconds, other.seconds) for one, other in pairs), strict=True)
    return statistics.median(foreign) * 1000, statistics.median(random) * 1000
