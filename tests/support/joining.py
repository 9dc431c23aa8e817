"""Coming into a tenant as people do: invited by mail, accepted by the link in it. The tenant's plan must have room."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from support.client import Api
from support.links import token
from support.people import PASSWORD, Manager, ok
from support.standin_client import StandIn


def join(
    owner: Manager, standin: StandIn, role: str, property_ids: Sequence[str] | None = None, name: str = "Carol"
) -> Manager:
    """Somebody new with this role in the owner's tenant."""
    email = f"{name.lower()}-{secrets.token_hex(6)}@example.net"
    restriction = {} if property_ids is None else {"property_ids": list(property_ids)}
    ok(owner.api.invite(email, "admin" if role == "owner" else role, **restriction))
    nobody = owner.api.with_token(None)
    answer = ok(nobody.accept_invitation(token(standin, email, "invitation"), name=name, password=PASSWORD), 200)
    return _manager(owner, nobody, answer, email, name, role)


def _manager(
    owner: Manager, nobody: Api, answer: dict[str, dict[str, str]], email: str, name: str, role: str
) -> Manager:
    own = answer["session"]["token"]
    person = Manager(nobody.with_token(own), name, email, PASSWORD, answer["user"], answer["tenant"], own)
    person.property_id = owner.property_id
    if role == "owner":  # nobody is invited as one
        user_id = person.user["id"]
        ok(owner.api.change_member(user_id, owner.api.member(user_id).headers["etag"], role="owner"), 200)
        again = ok(nobody.login(email, PASSWORD), 200)["session"]["token"]
        person.token, person.api = again, nobody.with_token(again)
    return person
