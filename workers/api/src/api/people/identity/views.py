"""Accounts as the API shows them."""

import msgspec

from api.people.sessions.views import SessionToken


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person; one account for all organisations."""

    id: str
    email: str
    name: str
    email_verified: bool
    google_linked: bool


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class KnownDevice(msgspec.Struct, frozen=True, kw_only=True):
    """`token` says that somebody has signed in from this device; it opens nothing. Send it as `PropFlow-Device` with
    the next log-in, which is then not refused because others guess at the name. It ends when the password changes. A
    browser has it as a cookie."""

    token: str
    expires_at: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    user: User
    tenant: Tenant
    session: SessionToken
    known_device: KnownDevice | None


class TenantRole(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation and what one is there."""

    tenant: Tenant
    role: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`tenant`, `role` and `plan` are those of this session; `memberships` are all of them."""

    user: User
    tenant: Tenant
    role: str
    plan: str
    memberships: list[TenantRole]
