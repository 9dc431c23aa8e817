"""Sessions as the API shows them."""

import msgspec


class SessionToken(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is shown once; send it as `Authorization: Bearer`."""

    token: str
    expires_at: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """`current` marks the one that asked. It ends at `expires_at`, or after seven days without use."""

    id: str
    tenant_id: str
    device: str
    ip: str
    current: bool
    created_at: str
    last_seen_at: str
    expires_at: str


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions were ended."""

    revoked: int
