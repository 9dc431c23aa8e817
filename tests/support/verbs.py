"""The calls of the product's main path, named once for the blocking and the asynchronous client."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

R = TypeVar("R")
Json = dict[str, Any]

NEW_KEY = "new"
"""The default of `key`: a fresh Idempotency-Key for each call. None sends none."""

UNSAFE = ("POST", "PATCH", "DELETE", "PUT")


def money(amount: int, currency: str = "EUR") -> Json:
    """An amount in minor units."""
    return {"amount": amount, "currency": currency}


class Verbs(ABC, Generic[R]):
    """Each method is one request; extra keyword arguments become fields of the body (or of the query for a GET)."""

    @abstractmethod
    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Json | None = None,
        key: str | None = NEW_KEY,
        headers: dict[str, str] | None = None,
    ) -> R:
        """Any call; the others are made of it."""

    def post(self, path: str, body: Any = None, key: str | None = NEW_KEY) -> R:
        """A POST with a JSON body."""
        return self.request("POST", path, json=body if body is not None else {}, key=key)

    def get(self, path: str, **params: Any) -> R:
        """A GET; a parameter that is None is left out."""
        return self.request("GET", path, params={name: value for name, value in params.items() if value is not None})

    def signup(self, email: str, password: str, name: str, tenant_name: str, **more: Any) -> R:
        """A new user with a new tenant."""
        body = {"email": email, "password": password, "name": name, "tenant_name": tenant_name}
        return self.post("/v1/auth/signup", body | more)

    def login(self, email: str, password: str, **more: Any) -> R:
        """A new session."""
        return self.post("/v1/auth/login", {"email": email, "password": password} | more)

    def me(self) -> R:
        """Who the session belongs to."""
        return self.get("/v1/me")

    def logout(self) -> R:
        """End this session."""
        return self.post("/v1/auth/logout")

    def rename_me(self, name: str) -> R:
        """Another name of oneself."""
        return self.request("PATCH", "/v1/me", json={"name": name})

    def change_password(self, current: str, new: str) -> R:
        """Another password, and another token for this session."""
        return self.post("/v1/me/password", {"current_password": current, "new_password": new})

    def switch_tenant(self, tenant_id: str) -> R:
        """This session goes on in another tenant, under another token."""
        return self.post("/v1/me/tenant", {"tenant_id": tenant_id})

    def sessions(self, **params: Any) -> R:
        """Where one is signed in."""
        return self.get("/v1/me/sessions", **params)

    def revoke_session(self, session_id: str) -> R:
        """End one of one's sessions."""
        return self.request("DELETE", f"/v1/me/sessions/{session_id}")

    def revoke_other_sessions(self) -> R:
        """End all of one's sessions but this."""
        return self.post("/v1/me/sessions/revoke_others")

    def forgot_password(self, email: str) -> R:
        """Ask for a link to set another password."""
        return self.post("/v1/auth/forgot_password", {"email": email})

    def reset_password(self, token: str, password: str) -> R:
        """Set another password with the token of a link."""
        return self.post("/v1/auth/reset_password", {"token": token, "password": password})

    def verify_email(self, token: str, password: str | None = None) -> R:
        """Show that an address is one's own, signed in or by the password."""
        return self.post("/v1/auth/verify_email", {"token": token} | ({"password": password} if password else {}))

    def ask_verification(self) -> R:
        """Have the link to verify one's address mailed again."""
        return self.post("/v1/me/verify_email")

    def create_api_key(
        self, name: str = "Channel manager", scopes: list[str] | None = None, *, key: str | None = NEW_KEY, **more: Any
    ) -> R:
        """A key for a program; `mode`, `expires_at` and `networks` on request."""
        return self.post("/v1/api_keys", {"name": name, "scopes": scopes or ["*"]} | more, key)

    def api_keys(self, **params: Any) -> R:
        """The keys of both modes, without the keys themselves."""
        return self.get("/v1/api_keys", **params)

    def rotate_api_key(self, key_id: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Another key in its place; `overlap_seconds` on request."""
        return self.post(f"/v1/api_keys/{key_id}/rotate", more, key)

    def revoke_api_key(self, key_id: str, *, key: str | None = NEW_KEY) -> R:
        """The key ends at once."""
        return self.request("DELETE", f"/v1/api_keys/{key_id}", key=key)

    def tenant(self) -> R:
        """The organisation of the session."""
        return self.get("/v1/tenant")

    def rename_tenant(self, name: str, etag: str | None) -> R:
        """Another name for the organisation."""
        return self.request("PATCH", "/v1/tenant", json={"name": name}, headers=_if_match(etag))

    def transfer(self, user_id: str, **more: Any) -> R:
        """Another owner; `password` is one's own."""
        return self.post("/v1/tenant/transfer", {"user_id": user_id} | more)

    def members(self, **params: Any) -> R:
        """The people of the organisation."""
        return self.get("/v1/members", **params)

    def member(self, user_id: str) -> R:
        """One of them."""
        return self.get(f"/v1/members/{user_id}")

    def change_member(self, user_id: str, etag: str | None, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Another `role`, other `property_ids`."""
        return self.request("PATCH", f"/v1/members/{user_id}", json=more, key=key, headers=_if_match(etag))

    def remove_member(self, user_id: str, *, key: str | None = NEW_KEY) -> R:
        """They are no member any more."""
        return self.request("DELETE", f"/v1/members/{user_id}", key=key)

    def leave(self) -> R:
        """One's own membership ends."""
        return self.post("/v1/members/leave")

    def invite(self, email: str, role: str = "member", *, key: str | None = NEW_KEY, **more: Any) -> R:
        """An invitation by mail."""
        return self.post("/v1/invitations", {"email": email, "role": role} | more, key)

    def invitations(self, **params: Any) -> R:
        """Who was invited."""
        return self.get("/v1/invitations", **params)

    def resend_invitation(self, invitation_id: str) -> R:
        """Another mail."""
        return self.post(f"/v1/invitations/{invitation_id}/resend")

    def revoke_invitation(self, invitation_id: str) -> R:
        """Take it back."""
        return self.post(f"/v1/invitations/{invitation_id}/revoke")

    def accept_invitation(self, token: str, **more: Any) -> R:
        """Come in, by the token of the link."""
        return self.post("/v1/invitations/accept", {"token": token} | more)

    def create_property(
        self, name: str = "Casa Azul", time_zone: str = "Europe/Madrid", currency: str = "EUR", **more: Any
    ) -> R:
        """A property."""
        return self.post("/v1/properties", {"name": name, "time_zone": time_zone, "currency": currency} | more)

    def create_unit(
        self,
        property_id: str,
        name: str = "Apartment 1",
        max_guests: int = 4,
        nightly_rate: Json | None = None,
        **more: Any,
    ) -> R:
        """A unit of a property; 120.00 EUR a night unless told otherwise."""
        body = {"property_id": property_id, "name": name, "max_guests": max_guests}
        return self.post("/v1/units", body | {"nightly_rate": nightly_rate or money(12_000)} | more)

    def change_property(self, property_id: str, etag: str | None, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Other details of a property."""
        return self.request("PATCH", f"/v1/properties/{property_id}", json=more, key=key, headers=_if_match(etag))

    def change_unit(self, unit_id: str, etag: str | None, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Other details of a unit."""
        return self.request("PATCH", f"/v1/units/{unit_id}", json=more, key=key, headers=_if_match(etag))

    def archive_unit(self, unit_id: str) -> R:
        """Put it away."""
        return self.post(f"/v1/units/{unit_id}/archive")

    def reactivate_unit(self, unit_id: str) -> R:
        """Let it again."""
        return self.post(f"/v1/units/{unit_id}/reactivate")

    def set_parts(self, unit_id: str, unit_ids: list[str], *, key: str | None = NEW_KEY) -> R:
        """The unit consists of these."""
        return self.post(f"/v1/units/{unit_id}/parts", {"unit_ids": unit_ids}, key)

    def set_rates(self, unit_id: str, rates: list[Json]) -> R:
        """Rates per range of nights."""
        return self.request("PUT", f"/v1/units/{unit_id}/rates", json={"rates": rates})

    def calendar(self, unit_id: str, start: str, end: str) -> R:
        """Each night: free or taken, by what, at which price."""
        return self.get(f"/v1/units/{unit_id}/calendar", start=start, end=end)

    def import_csv(self, kind: str, csv: str, dry_run: bool = False, key: str | None = NEW_KEY) -> R:
        """A file of properties, units or bookings."""
        return self.post(f"/v1/imports/{kind}", {"csv": csv, "dry_run": dry_run}, key)

    def availability(self, check_in: str, check_out: str, guests: int = 2, **more: Any) -> R:
        """The units that are free."""
        return self.get("/v1/availability", check_in=check_in, check_out=check_out, guests=guests, **more)

    def quote(
        self, unit_id: str, check_in: str, check_out: str, guests: int = 2, *, key: str | None = NEW_KEY, **more: Any
    ) -> R:
        """A price that holds for a while."""
        return self.post("/v1/quotes", _stay(unit_id, check_in, check_out) | {"guests": guests} | more, key)

    def hold(self, unit_id: str, check_in: str, check_out: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Keeps the nights for some minutes."""
        return self.post("/v1/holds", _stay(unit_id, check_in, check_out) | more, key)

    def book(
        self,
        unit_id: str,
        check_in: str,
        check_out: str,
        guests: int = 2,
        guest: Json | None = None,
        *,
        key: str | None = NEW_KEY,
        **more: Any,
    ) -> R:
        """A booking, pending or confirmed as the product decides unless `status` says so."""
        body = _stay(unit_id, check_in, check_out) | {"guests": guests, "guest": guest or {"name": "Grace Guest"}}
        return self.post("/v1/bookings", body | more, key)

    def block(
        self, unit_id: str, start: str, end: str, kind: str = "owner", *, key: str | None = NEW_KEY, **more: Any
    ) -> R:
        """Nights that the owner keeps."""
        return self.post("/v1/blocks", {"unit_id": unit_id, "start": start, "end": end, "kind": kind} | more, key)

    def move_block(self, block_id: str, etag: str | None, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Other nights or another note: `start`, `end`, `note`."""
        return self.request("PATCH", f"/v1/blocks/{block_id}", json=more, key=key, headers=_if_match(etag))

    def delete_block(
        self, block_id: str, *, series: bool = False, etag: str | None = None, key: str | None = NEW_KEY
    ) -> R:
        """The nights become free again."""
        path = f"/v1/blocks/{block_id}" + ("?series=true" if series else "")
        return self.request("DELETE", path, key=key, headers=_if_match(etag))

    def create_lease(
        self, unit_id: str, start: str, end: str | None = None, rent: Json | None = None, *,
        key: str | None = NEW_KEY, **more: Any,
    ) -> R:  # fmt: skip
        """A draft of a lease; 1,000.00 EUR a month unless told otherwise."""
        body = {"unit_id": unit_id, "start": start, "end": end, "renter": {"name": "Rita Renter"}, "period": "month"}
        return self.post("/v1/leases", body | {"rent": rent or money(100_000)} | more, key)

    def lease(self, lease_id: str, verb: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """`activate`, `renew`, `terminate` or `cancel`."""
        return self.post(f"/v1/leases/{lease_id}/{verb}", more, key)

    def change_lease(self, lease_id: str, etag: str | None, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Another `renter`, `due_day` or `note`."""
        return self.request("PATCH", f"/v1/leases/{lease_id}", json=more, key=key, headers=_if_match(etag))

    def events(self, after: int = 0, **more: Any) -> R:
        """What happened after a position."""
        return self.get("/v1/events", after=after, **more)

    def confirm(self, booking_id: str, *, key: str | None = NEW_KEY) -> R:
        """A pending booking becomes firm."""
        return self.post(f"/v1/bookings/{booking_id}/confirm", {}, key)

    def cancel(self, booking_id: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """The nights become free again."""
        return self.post(f"/v1/bookings/{booking_id}/cancel", more, key)

    def move(self, booking_id: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Other nights or another unit: `check_in`, `check_out`, `unit_id`."""
        return self.post(f"/v1/bookings/{booking_id}/move", more, key)

    def get_booking(self, booking_id: str) -> R:
        """One booking."""
        return self.get(f"/v1/bookings/{booking_id}")

    def list_bookings(self, **params: Any) -> R:
        """A page of bookings; `**{"check_in[gte]": "2027-01-01"}` for filters with an operator."""
        return self.get("/v1/bookings", **params)

    def create_feed(self, unit_id: str, url: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """A calendar to import from."""
        return self.post("/v1/feeds", {"unit_id": unit_id, "url": url} | more, key)

    def sync_feed(self, feed_id: str, *, key: str | None = NEW_KEY) -> R:
        """Import now."""
        return self.post(f"/v1/feeds/{feed_id}/sync", {}, key)

    def preview_feed(self, unit_id: str, url: str, *, key: str | None = NEW_KEY) -> R:
        """What importing this calendar would do."""
        return self.post("/v1/feeds/preview", {"unit_id": unit_id, "url": url}, key)

    def change_feed(self, feed_id: str, etag: str | None, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Another `name`, `status` or `url`."""
        return self.request("PATCH", f"/v1/feeds/{feed_id}", json=more, key=key, headers=_if_match(etag))

    def delete_feed(self, feed_id: str, *, key: str | None = NEW_KEY, **params: Any) -> R:
        """Import from it no more; `imported` says what becomes of what was imported."""
        return self.request("DELETE", f"/v1/feeds/{feed_id}", params=params, key=key)

    def feed_runs(self, feed_id: str) -> R:
        """What the imports did."""
        return self.get(f"/v1/feeds/{feed_id}/runs")

    def conflicts(self, status: str | None = "open") -> R:
        """Where two sources claim the same nights."""
        return self.get("/v1/conflicts", status=status)

    def create_export(self, unit_id: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """A secret calendar URL for a channel."""
        return self.post(f"/v1/units/{unit_id}/exports", more, key)

    def rotate_export(self, unit_id: str, export_id: str, *, key: str | None = NEW_KEY, **more: Any) -> R:
        """Another URL; `overlap_seconds` on request."""
        return self.post(f"/v1/units/{unit_id}/exports/{export_id}/rotate", more, key)

    def delete_export(self, unit_id: str, export_id: str, *, key: str | None = NEW_KEY) -> R:
        """No URL any more."""
        return self.request("DELETE", f"/v1/units/{unit_id}/exports/{export_id}", key=key)

    def ical(self, url: str, etag: str | None = None) -> R:
        """Fetch an exported calendar by its URL, as a channel does."""
        headers = {"If-None-Match": etag} if etag else None
        return self.request("GET", url, headers=headers)

    def healthz(self) -> R:
        """The state of the four Workers."""
        return self.get("/healthz")


def headers_for(method: str, key: str | None, token: str | None, more: dict[str, str] | None) -> dict[str, str]:
    """The session, the idempotency key and whatever the test adds."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if key is not None and method in UNSAFE:
        headers["Idempotency-Key"] = str(uuid.uuid4()) if key == NEW_KEY else key
    return headers | (more or {})


def _if_match(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _stay(unit_id: str, check_in: str, check_out: str) -> Json:
    return {"unit_id": unit_id, "check_in": check_in, "check_out": check_out}
