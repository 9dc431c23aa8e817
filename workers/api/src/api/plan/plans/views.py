"""Plans and subscriptions as the API shows them."""

import msgspec

from propflow.money import Money


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan includes. Null means that there is no limit.

    `messages_monthly` are e-mails to guests, `sms_monthly` parts of SMS; days are those of UTC.
    """

    users: int | None
    units: int | None
    api_calls_monthly: int | None
    messages_monthly: int | None
    sms_monthly: int | None
    emails_daily: int | None
    sms_daily: int | None
    ai_calls_monthly: int | None
    requests_per_minute: int
    properties: int | None
    feeds: int | None
    push_targets: int | None
    files: int | None
    storage_bytes: int | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    monthly_price: Money
    limits: Limits
    features: list[str]


class SubscriptionPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a subscription: a change ends one and begins another."""

    id: str
    plan: str
    status: str
    current_period_start: str | None
    current_period_end: str | None
    started_at: str
    ended_at: str | None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What holds now. `plan` is what limits apply: after the end of a paid plan it is the free one.

    `history` has the newest stretch first, at most 100 of them.
    """

    plan: str
    status: str
    current_period_end: str | None
    history: list[SubscriptionPeriod]
