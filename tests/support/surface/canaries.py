"""Words that must turn up nowhere: sent in every place of every route, then looked for in logs and error bodies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from support.surface.document import Operation
from support.surface.recipes import RECIPES
from support.surface.values import Call
from support.surface.world import World

SECRET_FIELD = re.compile(r"password|token|nonce|(^|\.)(url|code|state)$")
HEADERS = {
    "Authorization": "Bearer {}", "Cookie": "__Host-session={}", "Idempotency-Key": "{}", "If-Match": '"{}"',
    "If-None-Match": '"{}"', "User-Agent": "{}", "Referer": "https://example.com/?q={}", "Origin": "https://{}",
    "X-Forwarded-For": "{}", "CF-Connecting-IP": "{}", "Accept-Language": "{}", "X-Api-Key": "{}", "X-Anything": "{}",
    "Content-Type": "application/json; v={}", "Forwarded": "for={}",
}  # fmt: skip


@dataclass(frozen=True)
class Canary:
    """A word of some kind that nobody else writes."""

    kind: str
    word: str

    @property
    def spellings(self) -> set[str]:
        """How it might be written down."""
        digits = re.sub(r"\D", "", self.word)
        plain = {self.word, quote(self.word, safe=""), self.word.casefold()}
        return plain | ({digits} if self.kind in ("phone", "card") else set())

    @cached_property
    def anywhere(self) -> re.Pattern[str]:
        """Finds any spelling in text that is folded."""
        return re.compile("|".join(re.escape(spelling.casefold()) for spelling in sorted(self.spellings)))


def flock() -> list[Canary]:
    """One of each kind, different in every run."""
    salt = secrets.token_hex(6)
    digits = "".join(secrets.choice("123456789") for _ in range(12))
    return [
        Canary("secret", f"sk_live_{salt}canary"),
        Canary("mail", f"canary.{salt}@canary.example"),
        Canary("phone", f"+4178{digits[:9]}"),
        Canary("password", f"Canary-{salt}-opens"),
        Canary("token", f"canary{secrets.token_urlsafe(24)}".replace("-", "x").replace("_", "y")),
        Canary("card", f"4929{digits}"),
    ]


def hidden() -> Canary:
    """For fields that hold secrets only: it may stand in no database either."""
    return Canary("hidden", f"Hidden-{secrets.token_hex(8)}-word")


def calls(operation: Operation, world: World, birds: list[Canary], secret: Canary) -> Iterator[Call]:
    """A good call of the route with canaries in one place, for every place: one that is typed there, and all at once.

    In a header there is one, another for each.
    """
    recipe = RECIPES[operation.name]
    good = recipe.call(operation, world, world.one)
    together = " ".join(bird.word for bird in birds)
    for number, field in enumerate(operation.fields):
        if field.is_text and field.place.where != "header":
            for word in (fitting(field.place.name, birds, number).word, together):
                yield recipe.call(operation, world, world.one).put(field.place, word)
            if SECRET_FIELD.search(field.place.name) and field.place.where == "body":
                word = world.standin.put_airbnb(secret.word) if "url" in field.place.name else secret.word
                yield recipe.call(operation, world, world.one).put(field.place, word)
    for number, (name, shape) in enumerate(HEADERS.items()):
        yield good.with_headers({name: shape.format(birds[number % len(birds)].word)})
    if operation.method == "GET":
        yield Call(good.method, good.template, good.path, {**good.query, "surplus": together})
        yield Call(good.method, good.template + "/" + quote(together), good.path, good.query)
    if isinstance(good.body, dict):
        yield Call(good.method, good.template, good.path, good.query, {**good.body, "surplus": together})


def fitting(name: str, birds: list[Canary], number: int) -> Canary:
    """The canary that somebody would type into a field of this name; else each in turn."""
    return next((bird for bird in birds if bird.kind in name), birds[number % len(birds)])
