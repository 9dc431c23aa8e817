"""Values that more than one Worker speaks of."""

import msgspec

from propflow.money import Money


class PriceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a price: `kind` is night, discount, fee or tax; `amount`, in minor units, is for all of `quantity`."""

    kind: str
    name: str
    quantity: int
    amount: int


def night_line(count: int, amount: int) -> PriceLine:
    """The line of so many nights in a row that cost `amount` each."""
    name = "1 night" if count == 1 else f"{count} nights"
    return PriceLine(kind="night", name=name, quantity=count, amount=count * amount)


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A tax or fee of a property.

    `basis` is percent (of the nights after discounts; `basis_points`), per_stay, per_night or per_person_night
    (`amount`, minor units).
    """

    name: str
    kind: str
    basis: str
    amount: int = 0
    basis_points: int = 0


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be priced.

    `nights` are runs of equal nights, `(how many, amount of each)`; `discounts` are finished lines below nought.
    """

    guests: int
    currency: str
    nights: list[tuple[int, int]]
    discounts: list[PriceLine] = []
    charges: list[Charge] = []


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is exactly the sum of the lines."""

    total: Money
    lines: list[PriceLine]


class FeedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """api → calsync `check_feed`: may this address be fetched for this tenant, and is a calendar there?"""

    url: str
    tenant_id: str = ""


class FeedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """`host` is what people are shown; `events` how many stays and blocks the calendar holds now."""

    host: str
    events: int


class FeedPreviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """api → calsync `preview_feed`: what would this address bring to the unit?"""

    tenant_id: str
    unit_id: str
    url: str
    now: int


class FeedPreviewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a calendar. `outcome` is create, conflict or ignore; `reason` says why it is not created."""

    start: str
    end: str
    kind: str
    outcome: str
    reason: str | None = None


class FeedPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What the first import would do; counts are of all entries, of which the first in time are listed."""

    host: str
    seen: int
    creates: int
    conflicts: int
    ignores: int
    problems: list[str]
    entries: list[FeedPreviewEntry]
    has_more: bool


class ExportCheck(msgspec.Struct, frozen=True, kw_only=True):
    """api → calsync `render_export`: write the body of an export that was just created."""

    tenant_id: str
    unit_id: str


class PushCheck(msgspec.Struct, frozen=True, kw_only=True):
    """api → calsync `check_target`: may a calendar be brought there? `kind` is caldav or webhook."""

    kind: str
    url: str
    username: str = ""
    password: str = ""
    tenant_id: str = ""


class PushVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """`host` is what people are shown."""

    host: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An internal call that has nothing to tell but that it succeeded."""

    ok: bool = True


class HealthRequest(msgspec.Struct, frozen=True, kw_only=True):
    """api → any Worker `health`."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    worker: str
    environment: str
