"""Everybody who may call: each role of a tenant, a restricted one, programs, and those who may not."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from support.client import Api
from support.people import ok, sign_up
from support.suite import Suite
from support.surface.document import Operation
from support.surface.world import World, add_member

ROLES = ("owner", "admin", "manager", "member")


@dataclass(frozen=True)
class Actor:
    """Somebody with a credential, or without. `space` is the tenant whose things are the actor's own."""

    name: str
    token: str | None
    restricted: bool = False
    known: bool = True
    space: str = ""


def verify(suite: Suite, user_id: str) -> None:
    """The person has shown that the address is theirs."""
    now = int(time.time() * 1000)
    suite.d1("UPDATE users SET email_verified_at = ? WHERE id = ? AND email_verified_at IS NULL", now, user_id)


def join(world: World, role: str, property_ids: list[str] | None = None) -> str:
    """The token of a new person with this role in the world's tenant, by a session that signing up made."""
    suite, now = world.suite, int(time.time() * 1000)
    stranger = Api(suite.url)
    person = sign_up(stranger, role.title())
    person.api.close()
    stranger.close()
    verify(suite, person.user["id"])
    suite.d1_batch([
        ("INSERT INTO memberships (tenant_id, user_id, role, property_ids, created_at, updated_at)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
         (world.tenant_id, person.user["id"], role, json.dumps(property_ids) if property_ids else None, now)),
        ("UPDATE sessions SET tenant_id = ?1 WHERE user_id = ?2", (world.tenant_id, person.user["id"])),
    ])  # fmt: skip
    return person.token


def people(world: World) -> list[Actor]:
    """One of each role, a manager who sees one property only, nobody, and one whose session was revoked."""
    add_member(world.suite, world.tenant_id, "owner", "second-owner")  # so that no role of the first is the last's
    verify(world.suite, world.manager.user["id"])
    actors = [Actor(role, join(world, role)) for role in ROLES]
    actors.append(Actor("restricted manager", join(world, "manager", [world.home]), restricted=True))
    revoked = join(world, "owner")
    session = Api(world.suite.url, revoked)
    assert session.post("/v1/auth/logout").status_code == 204
    session.close()
    return [*actors, Actor("anonymous", None, known=False), Actor("revoked session", revoked, known=False)]


def keys(world: World, operations: list[Operation]) -> list[Actor]:
    """A live key and a test-space key with every scope, once the product makes keys."""
    if "POST /v1/api_keys" not in {operation.name for operation in operations}:
        return []
    actors = []
    for mode in ("live", "test"):
        made = ok(world.manager.api.post("/v1/api_keys", {"name": mode, "scopes": ["*"], "mode": mode}))
        actors.append(Actor(f"{mode} key", str(made["key"]), space="test" if mode == "test" else ""))
    return actors
