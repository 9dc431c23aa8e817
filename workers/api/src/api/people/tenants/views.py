"""The organisation as the API shows it."""

import msgspec


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Whether messages leave by it; if not, `reason` says why."""

    allowed: bool
    reason: str | None


class Messaging(msgspec.Struct, frozen=True, kw_only=True):
    """What reaches people who are not of the organisation: guests, and who is invited."""

    email: Channel
    sms: Channel


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """`mode` is live, or test for the space that test keys see. Statuses are Stripe's."""

    id: str
    name: str
    plan: str
    subscription_status: str
    mode: str
    created_at: str
    messaging: Messaging
