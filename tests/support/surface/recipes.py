"""How each route is called well. One entry per route: the tests of the surface fail for a route without one.

`Id("unit")` stands for the id of a unit of whoever calls; a function is given the caller's world.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.people import PASSWORD
from support.surface.document import Operation, Place
from support.surface.values import Call
from support.surface.world import World

KINDS = {
    "property_id": "property", "property_ids": "property", "unit_id": "unit", "quote_id": "quote", "hold_id": "hold",
    "booking_id": "booking", "feed_id": "feed", "user_id": "member", "invitation_id": "invitation",
    "key_id": "api_key", "api_key_id": "api_key", "session_id": "session", "tenant_id": "tenant",
    "conflict_id": "conflict", "event_id": "feed_event", "decision_id": "decision", "block_id": "block",
    "lease_id": "lease", "media_id": "media", "document_id": "document", "run_id": "run", "group_id": "group",
    "target_id": "push_target", "export_id": "export",
}  # fmt: skip
"""What a place holds, by its name; a recipe's `ids` says it for names that are not here."""


@dataclass(frozen=True)
class Id:
    """The id of a thing of this kind."""

    kind: str


Value = Any | Callable[[World], Any]


@dataclass(frozen=True)
class Recipe:
    """A call that succeeds for an owner. `ids`: what a place holds, by `path.name`, `query.name`, `body.name`.

    `extra` names places of ids that their name does not show. `before` makes the call possible. `alone`: it is called
    without a credential. `ends`: it may end sessions or the access of who calls, so nobody who stays calls it well.
    `unproved` says why no call of the test can succeed.
    """

    body: Any = None
    query: Mapping[str, Value] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""
    extra: tuple[str, ...] = ()
    before: Callable[[World], None] | None = None
    ends: bool = False
    alone: bool = False
    unproved: str = ""

    def places(self, operation: Operation) -> list[Place]:
        """Every place of the route that holds an id."""
        more = [field.place for field in operation.fields if str(field.place) in self.extra]
        return [*operation.ids, *more]

    def kind(self, place: Place) -> str | None:
        """The kind of thing whose id stands in the place."""
        name = place.name.removesuffix("[]").rpartition(".")[2]
        if place.where == "query" and name in ("after", "before"):
            return self.ids.get(str(place), self.cursor or None)
        return self.ids.get(str(place)) or KINDS.get(name)

    def call(self, operation: Operation, world: World, give: Callable[[str], str]) -> Call:
        """The call with the ids that `give` names for each kind."""
        path = {place.name: give(self.kind(place) or "?") for place in operation.ids if place.where == "path"}
        body = _filled(self.body, world, give)
        query = {name: _filled(value, world, give) for name, value in self.query.items()}
        return Call(operation.method, operation.path, path, query, body, dict(self.headers))


def _filled(value: Any, world: World, give: Callable[[str], str]) -> Any:
    if isinstance(value, Id):
        return give(value.kind)
    if callable(value):
        return _filled(value(world), world, give)
    if isinstance(value, dict):
        return {name: _filled(inner, world, give) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, world, give) for inner in value]
    return value


def stay(more: dict[str, Any], names: tuple[str, str] = ("check_in", "check_out")) -> Callable[[World], Any]:
    """A body with free nights."""
    return lambda world: dict(zip(names, world.stay(), strict=True)) | more


def _address(_: World) -> str:
    return f"surface-{secrets.token_hex(6)}@example.net"


FIRST_VERSION = {"If-Match": '"1"'}
ENTRIES = {"path.feed_id": "entries_feed"}
MONEY = {"amount": 12_000, "currency": "EUR"}
NO_SPACE = "needs a test space, which no session opens; its own tests have one"
RECIPES: dict[str, Recipe] = {
    "POST /v1/auth/signup": Recipe({"email": _address, "password": PASSWORD, "name": "N", "tenant_name": "T"}),
    "POST /v1/auth/login": Recipe({"email": lambda world: world.manager.email, "password": PASSWORD}),
    "POST /v1/auth/logout": Recipe(ends=True),
    "GET /v1/me": Recipe(),
    "PATCH /v1/me": Recipe({"name": "N"}),
    "POST /v1/me/password": Recipe({"current_password": PASSWORD, "new_password": PASSWORD}, ends=True),
    "POST /v1/me/tenant": Recipe({"tenant_id": Id("tenant")}, ends=True),
    "GET /v1/me/sessions": Recipe(cursor="session"),
    "DELETE /v1/me/sessions/{session_id}": Recipe(ends=True),
    "POST /v1/me/sessions/revoke_others": Recipe(ends=True),
    "POST /v1/me/verify_email": Recipe(before=World.unverify),
    "POST /v1/auth/verify_email": Recipe({"token": lambda world: world.link("verify_email"), "password": PASSWORD}),
    "POST /v1/auth/forgot_password": Recipe({"email": lambda world: world.manager.email}),
    "POST /v1/auth/reset_password": Recipe(
        {"token": lambda world: world.link("reset_password"), "password": PASSWORD}, ends=True
    ),
    "POST /v1/auth/google/nonce": Recipe({}),
    "POST /v1/auth/google/start": Recipe({}),
    "POST /v1/auth/google": Recipe(
        {"id_token": "x", "nonce": "x" * 43}, unproved="needs Google; its own tests have a stand-in"
    ),
    "GET /v1/auth/google/callback": Recipe(),
    "POST /v1/me/google": Recipe(
        {"id_token": "x", "nonce": "x" * 43}, unproved="needs Google; its own tests have a stand-in"
    ),
    "POST /v1/me/google/unlink": Recipe({"password": PASSWORD}, before=World.link_google),
    "POST /v1/api_keys": Recipe({"name": "K", "scopes": ["units:read"], "mode": "live"}),
    "GET /v1/api_keys": Recipe(cursor="api_key"),
    "GET /v1/api_keys/{key_id}": Recipe(),
    "DELETE /v1/api_keys/{key_id}": Recipe(),
    "POST /v1/api_keys/{key_id}/rotate": Recipe({}),
    "GET /v1/audit_events": Recipe(
        ids={"query.actor": "member", "query.object_id": "unit"}, cursor="audit_event", extra=("query.actor",)
    ),
    "GET /v1/audit_events/export": Recipe(cursor="audit_event"),
    "GET /v1/tenant": Recipe(),
    "PATCH /v1/tenant": Recipe({"name": "T"}, headers=FIRST_VERSION),
    "GET /v1/message_settings": Recipe(),
    "PUT /v1/message_settings": Recipe({"countries": ["CH"]}, headers=FIRST_VERSION),
    "POST /v1/tenant/transfer": Recipe({"user_id": Id("member"), "password": PASSWORD}, ends=True),
    "GET /v1/members": Recipe(cursor="member"),
    "POST /v1/members/leave": Recipe(before=World.share, ends=True),
    "GET /v1/members/{user_id}": Recipe(),
    "PATCH /v1/members/{user_id}": Recipe({"role": "manager"}, headers=FIRST_VERSION),
    "DELETE /v1/members/{user_id}": Recipe(),
    "POST /v1/invitations": Recipe({"email": _address, "role": "member"}),
    "GET /v1/invitations": Recipe(cursor="invitation"),
    "GET /v1/invitations/{invitation_id}": Recipe(),
    "POST /v1/invitations/{invitation_id}/resend": Recipe({}),
    "POST /v1/invitations/{invitation_id}/revoke": Recipe({}),
    "POST /v1/invitations/accept": Recipe(
        {"token": lambda world: world.invited(), "name": "N", "password": PASSWORD}, alone=True
    ),
    "GET /v1/plans": Recipe(),
    "GET /v1/subscription": Recipe(),
    "GET /v1/usage": Recipe(),
    "GET /v1/feature_flags": Recipe(),
    "GET /v1/test_clock": Recipe(unproved=NO_SPACE),
    "PUT /v1/test_clock": Recipe({"frozen_time": "2090-01-01T00:00:00Z"}, unproved=NO_SPACE),
    "DELETE /v1/test_clock": Recipe(unproved=NO_SPACE),
    "POST /v1/properties": Recipe({"name": "House", "time_zone": "Europe/Zurich", "currency": "EUR"}),
    "GET /v1/properties": Recipe(cursor="property"),
    "GET /v1/properties/{property_id}": Recipe(),
    "PATCH /v1/properties/{property_id}": Recipe({"tags": ["lake"]}, headers=FIRST_VERSION),
    "POST /v1/properties/{property_id}/archive": Recipe(),
    "POST /v1/properties/{property_id}/reactivate": Recipe(),
    "POST /v1/units": Recipe({"property_id": Id("property"), "name": "U", "max_guests": 2, "nightly_rate": MONEY}),
    "GET /v1/units": Recipe(cursor="unit"),
    "GET /v1/units/{unit_id}": Recipe(),
    "PATCH /v1/units/{unit_id}": Recipe({"tags": ["lake"]}, headers=FIRST_VERSION),
    "POST /v1/units/{unit_id}/archive": Recipe(),
    "POST /v1/units/{unit_id}/reactivate": Recipe(),
    "POST /v1/units/{unit_id}/parts": Recipe({"unit_ids": [Id("unit")]}, ids={"body.unit_ids[]": "unit"}),
    "POST /v1/imports/properties": Recipe(
        {"csv": "reference,name,time_zone,currency\nP-1,House,Europe/Zurich,EUR\n", "dry_run": False}
    ),
    "GET /v1/imports/properties/template": Recipe(),
    "POST /v1/imports/units": Recipe(
        lambda world: {
            "csv": f"reference;property_id;name;max_guests;nightly_rate\nU-1;{world.one('property')};U;2;80,00\n",
            "dry_run": False,
        }
    ),
    "GET /v1/imports/units/template": Recipe(),
    "POST /v1/imports/bookings": Recipe(
        lambda world: {
            "csv": "reference;unit_id;check_in;check_out;guest.name;total\n"
            f"B-1;{world.one('unit')};2042-01-01;2042-01-03;Guest;80,00\n",
            "dry_run": False,
        }
    ),
    "GET /v1/imports/bookings/template": Recipe(),
    "PUT /v1/units/{unit_id}/rates": Recipe(
        {"rates": [{"start": "2040-01-01", "end": "2040-02-01", "nightly_rate": MONEY}]}
    ),
    "GET /v1/units/{unit_id}/rates": Recipe(),
    "PUT /v1/units/{unit_id}/rate_rules": Recipe({"weekdays": {"friday": 1_000}}),
    "GET /v1/units/{unit_id}/rate_rules": Recipe(),
    "POST /v1/rates/bulk": Recipe(
        {"items": [{"unit_id": Id("unit"), "start": "2041-01-01", "end": "2041-02-01", "nightly_rate": MONEY}]}
    ),
    "GET /v1/units/{unit_id}/calendar": Recipe(query={"start": "2030-01-01", "end": "2030-01-03"}),
    "GET /v1/units/{unit_id}/calendar/history": Recipe(query={"date": "2030-01-01"}),
    "GET /v1/availability": Recipe(query={"check_in": "2030-01-01", "check_out": "2030-01-03"}, cursor="unit"),
    "POST /v1/quotes": Recipe(stay({"unit_id": Id("unit"), "guests": 2})),
    "POST /v1/holds": Recipe(stay({"unit_id": Id("unit")})),
    "POST /v1/bookings": Recipe(stay({"unit_id": Id("unit"), "guest": {"name": "G"}})),
    "GET /v1/bookings": Recipe(cursor="booking"),
    "GET /v1/bookings/{booking_id}": Recipe(),
    "POST /v1/bookings/{booking_id}/confirm": Recipe({}),
    "POST /v1/bookings/{booking_id}/cancel": Recipe({}),
    "PATCH /v1/bookings/{booking_id}": Recipe({"notes": "N"}, headers=FIRST_VERSION),
    "POST /v1/bookings/{booking_id}/check_in": Recipe({}, ids={"path.booking_id": "expected"}),
    "POST /v1/bookings/{booking_id}/undo_check_in": Recipe({}, ids={"path.booking_id": "arrived"}),
    "POST /v1/bookings/{booking_id}/check_out": Recipe({}, ids={"path.booking_id": "arrived"}),
    "POST /v1/bookings/{booking_id}/undo_check_out": Recipe({}, ids={"path.booking_id": "left"}),
    "POST /v1/bookings/{booking_id}/no_show": Recipe({}, ids={"path.booking_id": "expected"}),
    "POST /v1/bookings/{booking_id}/reinstate": Recipe({}, ids={"path.booking_id": "cancelled"}),
    "POST /v1/bookings/{booking_id}/move": Recipe(stay({"unit_id": Id("unit")})),
    "POST /v1/bookings/swap": Recipe(
        {"booking_id": Id("booking"), "other_booking_id": Id("elsewhere")}, ids={"body.other_booking_id": "elsewhere"}
    ),
    "POST /v1/booking_groups": Recipe(
        lambda world: {"bookings": [stay({"unit_id": Id("unit"), "guest": {"name": "G"}})(world)]}
    ),
    "GET /v1/booking_groups/{group_id}": Recipe(),
    "POST /v1/booking_groups/{group_id}/cancel": Recipe({}),
    "DELETE /v1/holds/{hold_id}": Recipe(),
    "POST /v1/blocks": Recipe(stay({"unit_id": Id("unit"), "kind": "owner"}, ("start", "end"))),
    "GET /v1/blocks": Recipe(cursor="block"),
    "GET /v1/blocks/{block_id}": Recipe(),
    "PATCH /v1/blocks/{block_id}": Recipe({"note": "N"}, headers=FIRST_VERSION),
    "DELETE /v1/blocks/{block_id}": Recipe(),
    "POST /v1/realtime/tickets": Recipe({"property_id": Id("property")}),
    "GET /v1/events": Recipe(ids={"query.object_id": "booking"}),
    "POST /v1/leases": Recipe(
        {"unit_id": Id("unit"), "start": "2034-01-01", "end": "2034-07-01", "renter": {"name": "R"}, "rent": MONEY}
    ),
    "GET /v1/leases": Recipe(cursor="lease"),
    "GET /v1/leases/{lease_id}": Recipe(),
    "PATCH /v1/leases/{lease_id}": Recipe({"note": "N"}, headers=FIRST_VERSION),
    "POST /v1/leases/{lease_id}/activate": Recipe({}),
    "POST /v1/leases/{lease_id}/renew": Recipe({"end": "2034-10-01"}, ids={"path.lease_id": "active_lease"}),
    "POST /v1/leases/{lease_id}/terminate": Recipe({"date": "2034-03-01"}, ids={"path.lease_id": "active_lease"}),
    "POST /v1/leases/{lease_id}/cancel": Recipe({}),
    "GET /v1/leases/{lease_id}/schedule": Recipe(),
    "POST /v1/media": Recipe(
        {"unit_id": Id("unit"), "kind": "photo", "file_name": "F", "content_type": "image/png", "size": 9}
    ),
    "GET /v1/media": Recipe(cursor="media"),
    "GET /v1/media/{media_id}": Recipe(),
    "PATCH /v1/media/{media_id}": Recipe({"title": "T"}, headers=FIRST_VERSION),
    "DELETE /v1/media/{media_id}": Recipe(),
    "POST /v1/documents": Recipe(
        {"booking_id": Id("booking"), "kind": "invoice", "file_name": "F", "content_type": "text/plain", "size": 9}
    ),
    "GET /v1/documents": Recipe(cursor="document"),
    "GET /v1/documents/{document_id}": Recipe(),
    "PATCH /v1/documents/{document_id}": Recipe({"title": "T"}, headers=FIRST_VERSION),
    "DELETE /v1/documents/{document_id}": Recipe(),
    "POST /v1/feeds": Recipe({"unit_id": Id("unit"), "url": lambda world: world.standin.put_airbnb("surface")}),
    "GET /v1/feeds": Recipe(cursor="feed"),
    "POST /v1/feeds/preview": Recipe({"unit_id": Id("unit"), "url": lambda world: world.standin.put_airbnb("surface")}),
    "GET /v1/feeds/{feed_id}": Recipe(),
    "PATCH /v1/feeds/{feed_id}": Recipe({"name": "N"}, headers=FIRST_VERSION),
    "DELETE /v1/feeds/{feed_id}": Recipe(),
    "POST /v1/feeds/{feed_id}/sync": Recipe({}),
    "GET /v1/feeds/{feed_id}/runs": Recipe(cursor="run"),
    "GET /v1/feeds/{feed_id}/runs/{run_id}": Recipe(ids=ENTRIES),
    "POST /v1/feeds/{feed_id}/runs/{run_id}/decisions/{decision_id}/revert": Recipe({}, ids=ENTRIES),
    "GET /v1/feeds/{feed_id}/events": Recipe(ids=ENTRIES, cursor="feed_event"),
    "POST /v1/feeds/{feed_id}/events/{event_id}/keep": Recipe({}, ids=ENTRIES),
    "POST /v1/feeds/{feed_id}/events/{event_id}/cancel": Recipe({}, ids=ENTRIES),
    "POST /v1/feeds/{feed_id}/events/{event_id}/import": Recipe({}, ids=ENTRIES | {"path.event_id": "setting_event"}),
    "POST /v1/feeds/{feed_id}/events/{event_id}/separate": Recipe({}, ids=ENTRIES | {"path.event_id": "linked_event"}),
    "POST /v1/feeds/{feed_id}/events/{event_id}/move": Recipe(
        {"unit_id": Id("unit")}, ids=ENTRIES | {"path.event_id": "imported_event"}
    ),
    "POST /v1/feeds/{feed_id}/accept_missing": Recipe({}),
    "GET /v1/conflicts": Recipe(cursor="conflict"),
    "GET /v1/conflicts/{conflict_id}": Recipe(),
    "POST /v1/conflicts/{conflict_id}/resolve": Recipe({"resolution": "keep_ours"}, headers=FIRST_VERSION),
    "POST /v1/units/{unit_id}/exports": Recipe({}),
    "GET /v1/units/{unit_id}/exports": Recipe(),
    "POST /v1/push_targets": Recipe(
        {"unit_id": Id("unit"), "kind": "webhook", "url": lambda world: f"{world.standin.url}/webhooks/surface"}
    ),
    "GET /v1/push_targets": Recipe(cursor="push_target"),
    "GET /v1/push_targets/{target_id}": Recipe(),
    "PATCH /v1/push_targets/{target_id}": Recipe({"name": "N"}, headers=FIRST_VERSION),
    "POST /v1/push_targets/{target_id}/push": Recipe({}),
    "POST /v1/push_targets/{target_id}/rotate_secret": Recipe({}),
    "DELETE /v1/push_targets/{target_id}": Recipe(),
    "POST /v1/units/{unit_id}/exports/{export_id}/rotate": Recipe({}),
    "DELETE /v1/units/{unit_id}/exports/{export_id}": Recipe(),
    "GET /healthz": Recipe(),
}
