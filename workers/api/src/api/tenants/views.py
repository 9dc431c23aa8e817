"""The organisation as the API shows it."""

import msgspec


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """`mode` is live, or test for the space that test keys see. Statuses are Stripe's."""

    id: str
    name: str
    plan: str
    subscription_status: str
    mode: str
    created_at: str
