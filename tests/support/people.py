"""Alice and Bob: managers of two tenants that must never see each other. Fresh addresses, so tests do not meet."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from support.client import Api
from support.verbs import Json, money

PASSWORD = "correct horse battery staple"


def ok(answer: httpx.Response, status: int = 201) -> Json:
    """The JSON of an answer that must have this status; shows the answer when it has not."""
    request = f"{answer.request.method} {answer.request.url.path}"
    assert answer.status_code == status, f"{request} answered {answer.status_code}, not {status}: {answer.text}"
    body: Json = answer.json()
    return body


def fresh_guest(name: str = "Grace Guest") -> Json:
    """A guest whose email and phone number no other test uses."""
    digits = "".join(secrets.choice("0123456789") for _ in range(8))
    return {"name": name, "email": f"guest-{secrets.token_hex(6)}@example.net", "phone": f"+346{digits}"}


@dataclass
class Manager:
    """A signed-up manager with a session, a property and, on request, units."""

    api: Api
    name: str
    email: str
    password: str
    user: Json
    tenant: Json
    token: str
    property_id: str = ""
    units: list[str] = field(default_factory=list)

    def new_unit(self, name: str | None = None, rate: int = 12_000, max_guests: int = 4, **more: Any) -> str:
        """A unit of the property; returns its id."""
        title = name or f"Apartment {len(self.units) + 1}"
        unit = ok(self.api.create_unit(self.property_id, title, max_guests, money(rate), **more))
        self.units.append(unit["id"])
        return str(unit["id"])

    def new_units(self, count: int) -> list[str]:
        """Several units."""
        return [self.new_unit() for _ in range(count)]

    def booking(self, unit_id: str, check_in: str, check_out: str, guest: Json | None = None, **more: Any) -> Json:
        """A booking that must succeed, for a fresh guest, confirmed unless told otherwise."""
        who = guest or fresh_guest()
        return ok(self.api.book(unit_id, check_in, check_out, guest=who, **({"status": "confirmed"} | more)))


def sign_up(api: Api, name: str) -> Manager:
    """A new manager of a new tenant, with one property."""
    email = f"{name.lower()}-{secrets.token_hex(6)}@example.net"
    answer = ok(api.signup(email, PASSWORD, name, f"{name}'s Homes {secrets.token_hex(3)}"))
    token = str(answer["session"]["token"])
    own = api.with_token(token)
    manager = Manager(own, name, email, PASSWORD, answer["user"], answer["tenant"], token)
    manager.property_id = str(ok(own.create_property(f"{name}'s House"))["id"])
    return manager
