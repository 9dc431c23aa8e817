"""One person on several devices and in several tenants."""

from __future__ import annotations

from support.client import Api
from support.people import PASSWORD, Manager, ok
from support.suite import Suite
from support.tenancy import put_on_plan
from support.verbs import Json


def another(alice: Manager, **more: str) -> Api:
    """Alice on another device."""
    return alice.api.with_token(ok(alice.api.login(alice.email, PASSWORD, **more), 200)["session"]["token"])


def add_membership(suite: Suite, person: Manager, of: Manager, role: str = "member") -> None:
    """A person in somebody else's tenant, behind the product's back."""
    put_on_plan(suite, of.tenant["id"])
    suite.d1(
        "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?, ?, ?, 9e12, 9e12)",
        of.tenant["id"], person.user["id"], role,
    )  # fmt: skip


def own(client: Api) -> Json:
    """The session of this client, as its owner sees it."""
    return next(one for one in ok(client.sessions(), 200)["data"] if one["current"])
