"""The permission table. What is not in it is denied; docs/permissions.md is written from it.

owner    everything, and alone decides about the tenant's plan, its owners and its end
admin    everything else: members, keys, audit
manager  the daily work: inventory, prices, bookings, calendars
member   looks, and changes nothing
a key    what its scopes name, and never what only a person may do
"""

from typing import Literal, NamedTuple

from propflow.errors import Forbidden

Role = Literal["owner", "admin", "manager", "member"]
Permission = Literal[
    "self", "leave", "tenant:read", "tenant:write", "tenant:transfer", "members:read", "members:write", "keys:read",
    "keys:write", "plan:read", "plan:write", "usage:read", "flags:read", "audit:read", "properties:read",
    "properties:write", "units:read", "units:write", "rates:read", "rates:write",
    "availability:read", "quotes:write", "holds:write",
    "bookings:read", "bookings:write", "blocks:read", "blocks:write", "leases:read", "leases:write", "media:read",
    "media:write", "documents:read", "documents:write", "events:read", "realtime:write",
    "feeds:read", "feeds:write", "conflicts:read", "conflicts:write", "calendar_exports:read", "calendar_exports:write",
    "test_clock:read", "test_clock:write",
]  # fmt: skip

ROLES: tuple[Role, ...] = ("owner", "admin", "manager", "member")
EVERYBODY: frozenset[Role] = frozenset(ROLES)
STAFF: frozenset[Role] = frozenset({"owner", "admin", "manager"})
ADMINS: frozenset[Role] = frozenset({"owner", "admin"})
OWNERS: frozenset[Role] = frozenset({"owner"})


class Grant(NamedTuple):
    """Who has a permission. `keys`: an API key may hold it as a scope. `unpaid`: it works while a payment is due."""

    roles: frozenset[Role]
    lets: str
    keys: bool = True
    unpaid: bool = False


TABLE: dict[Permission, Grant] = {
    "self": Grant(EVERYBODY, "see and change oneself and one's sessions", keys=False, unpaid=True),
    "leave": Grant(EVERYBODY, "log out and go to another organisation", keys=False, unpaid=True),
    "tenant:read": Grant(EVERYBODY, "see the organisation", unpaid=True),
    "tenant:write": Grant(ADMINS, "rename the organisation, and choose where its SMS go", keys=False),
    "tenant:transfer": Grant(OWNERS, "hand the organisation to another owner", keys=False, unpaid=True),
    "members:read": Grant(STAFF, "see members and invitations", unpaid=True),
    "members:write": Grant(ADMINS, "invite, change and remove members", keys=False, unpaid=True),
    "keys:read": Grant(ADMINS, "see API keys", keys=False, unpaid=True),
    "keys:write": Grant(ADMINS, "make, rotate and revoke API keys", keys=False, unpaid=True),
    "plan:read": Grant(STAFF, "see plans and the subscription", unpaid=True),
    "plan:write": Grant(OWNERS, "change the subscription", keys=False, unpaid=True),
    "usage:read": Grant(STAFF, "see what is used", unpaid=True),
    "flags:read": Grant(EVERYBODY, "see which features are on", unpaid=True),
    "audit:read": Grant(ADMINS, "see and export who did what", unpaid=True),
    "properties:read": Grant(EVERYBODY, "see properties", unpaid=True),
    "properties:write": Grant(STAFF, "create and change properties"),
    "units:read": Grant(EVERYBODY, "see units", unpaid=True),
    "units:write": Grant(STAFF, "create and change units"),
    "rates:read": Grant(EVERYBODY, "see rates and their rules", unpaid=True),
    "rates:write": Grant(STAFF, "change rates and their rules"),
    "availability:read": Grant(EVERYBODY, "search free units", unpaid=True),
    "quotes:write": Grant(STAFF, "ask for quotes"),
    "holds:write": Grant(STAFF, "hold nights"),
    "bookings:read": Grant(EVERYBODY, "see bookings", unpaid=True),
    "bookings:write": Grant(STAFF, "book, confirm, cancel"),
    "blocks:read": Grant(EVERYBODY, "see blocked nights", unpaid=True),
    "blocks:write": Grant(STAFF, "block nights, move and free them"),
    "leases:read": Grant(EVERYBODY, "see leases", unpaid=True),
    "leases:write": Grant(STAFF, "make, activate, renew and end leases"),
    "media:read": Grant(EVERYBODY, "see photographs and floor plans", unpaid=True),
    "media:write": Grant(STAFF, "upload, change and delete photographs and floor plans"),
    "documents:read": Grant(STAFF, "see and download documents", unpaid=True),
    "documents:write": Grant(STAFF, "upload, change and delete documents"),
    "events:read": Grant(STAFF, "read what happened, event by event", unpaid=True),
    "realtime:write": Grant(EVERYBODY, "see live who looks at calendars and what changes", keys=False, unpaid=True),
    "feeds:read": Grant(EVERYBODY, "see feeds and their runs", unpaid=True),
    "feeds:write": Grant(STAFF, "connect, change, sync and delete feeds"),
    "conflicts:read": Grant(EVERYBODY, "see what channels report and does not fit", unpaid=True),
    "conflicts:write": Grant(STAFF, "decide what becomes of a conflict with a channel"),
    "calendar_exports:read": Grant(STAFF, "see the secret addresses of exported calendars", unpaid=True),
    "calendar_exports:write": Grant(STAFF, "make, rotate and delete addresses for exported calendars"),
    "test_clock:read": Grant(EVERYBODY, "see what time it is in a test space", unpaid=True),
    "test_clock:write": Grant(STAFF, "move the clock of a test space"),
}

SCOPES: tuple[Permission, ...] = tuple(permission for permission, grant in TABLE.items() if grant.keys)


def allows(role: str, permission: Permission) -> bool:
    """Whether the role has the permission; an unknown role has none."""
    return role in TABLE[permission].roles


def require(role: str, permission: Permission) -> None:
    """For a person: raises Forbidden, naming what the role lacks."""
    if not allows(role, permission):
        what = TABLE[permission].lets
        raise Forbidden("not_permitted", f"Your role ({role}) does not let you {what}.", permission=permission)


def require_scope(scopes: frozenset[str], permission: Permission) -> None:
    """For a key: raises Forbidden, naming the scope it lacks or that no key may do this."""
    grant = TABLE[permission]
    if not grant.keys:
        raise Forbidden("people_only", f"No API key may {grant.lets}. Sign in as a person.", permission=permission)
    if permission not in scopes:
        raise Forbidden("scope_missing", f"This API key lacks the scope {permission}.", permission=permission)


def table() -> str:
    """The table for docs/permissions.md."""
    lines = [f"| permission | lets one | {' | '.join(ROLES)} | a key | unpaid |", f"|---|---|{'---|' * 6}"]
    for permission, grant in TABLE.items():
        marks = [role in grant.roles for role in ROLES] + [grant.keys, grant.unpaid]
        shown = " | ".join("yes" if mark else "–" for mark in marks)
        lines.append(f"| `{permission}` | {grant.lets} | {shown} |")
    return "\n".join(lines) + "\n"
