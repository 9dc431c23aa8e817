"""Leases as the API shows them."""

import msgspec

from propflow.money import Money


class Renter(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    email: str | None
    phone: str | None


class RentFrom(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid from a day on."""

    start: str
    rent: Money


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """`end` is the day of leaving, null for an open end. `rent` is the last of `rents`. A draft has no nights yet."""

    id: str
    status: str
    unit_id: str
    occupancy_id: str | None
    start: str
    end: str | None
    renter: Renter
    rent: Money
    rents: list[RentFrom]
    period: str
    due_day: int | None
    deposit: Money | None
    note: str | None
    reason: str | None
    created_at: str
    updated_at: str


class RentPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """`[start, end)`. `of_days` is the length of the full period; one of fewer `days` is prorated."""

    start: str
    end: str
    due: str
    days: int
    of_days: int
    prorated: bool
    amount: Money


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """The periods of a lease, from its terms alone. `method` says how parts are reckoned."""

    lease_id: str
    method: str
    next_due: str | None
    total: Money
    periods: list[RentPeriod]
