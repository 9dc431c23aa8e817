"""Push targets as the API shows them. Addresses and credentials are never shown, only the host."""

import msgspec


class PushTarget(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: active, paused, or disabled after days of failures. `behind`: something is still to be brought over."""

    id: str
    unit_id: str
    kind: str
    name: str
    host: str
    status: str
    behind: bool
    failures: int
    error: str | None
    last_attempt_at: str | None
    last_success_at: str | None
    next_attempt_at: str | None
    created_at: str
    updated_at: str


class NewPushTarget(PushTarget, frozen=True, kw_only=True):
    """`secret` signs the messages of a webhook (Standard Webhooks) and stands in the first answer only."""

    secret: str | None = None


class PushSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The new signing secret, in the first answer only. The one before signs along until `overlap_until`."""

    secret: str | None
    overlap_until: str
