"""Usage as the API shows it."""

import msgspec


class UsageDay(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of one meter on one day (UTC)."""

    day: str
    meter: str
    amount: int


class UsageLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What is used, reservations included. A limit that is null does not exist; what is had is never reset."""

    used: int
    limit: int | None
    reset_at: str | None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """`data` by day and meter in `[start, end)`, its sum by meter, and the present limits.

    Meters called `cost_…` count units of work, as the header PropFlow-Cost does for one request. The last seconds may
    be missing from `data`; they are never missing from `limits`.
    """

    start: str
    end: str
    data: list[UsageDay]
    totals: dict[str, int]
    limits: dict[str, UsageLimit]
