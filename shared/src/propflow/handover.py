"""What an import asks of the api, which alone writes the occupancy ledger, and what it is told."""

import msgspec

from propflow.bindings.d1 import Result, Statement
from propflow.bindings.meter import Cost

Nights = tuple[str, str]
"""`[start, end)`."""


MOVED = "moved:"  # before the source of a channel's stay that lives in another unit than that of its feed


def ranges_of(stay: str) -> str:
    """SQL of the ranges (JSON) that a stay has now, in their order. `stay` is SQL of its id; ?1 is the tenant."""
    return f"""(
  SELECT json_group_array(json_array(ranges.start_date, ranges.end_date)) FROM (
    SELECT start_date, end_date FROM stay_nights WHERE tenant_id = ?1 AND stay_id = {stay} ORDER BY start_date
  ) AS ranges)"""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that an entry of a calendar wants. `held`: it has nights already. `alone`: no other of this decision that
    is `alone` wants one of them, so it may have them all; others have what is left. `unit_id` is where somebody moved
    it to; None for the unit of its feed."""

    occupancy_id: str
    uid: str
    start: str
    end: str
    held: bool
    alone: bool = True
    unit_id: str | None = None


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """calsync → api `commit_import`: one run's changes, in one batch.

    What is about nights is said, and the api writes it. `before` and `after` are statements about the importer's own
    tables, which belong into the same batch: `before` guards it, `after` looks at what became of the nights.
    `told` tells people of it, last. `had` are the nights that the stays have which move or are released, and `moved`
    the units of those that live elsewhere; `change` is the message of the outbox, and `elsewhere` those about such
    units. `now` is what time it is for the tenant; `real_now` is for the messages.
    """

    tenant_id: str
    unit_id: str
    feed_id: str
    source: str
    request_id: str
    now: int
    placements: list[Placement]
    releases: list[str]
    had: dict[str, list[Nights]]
    moved: dict[str, str] = {}
    before: list[Statement]
    after: list[Statement]
    told: list[Statement] = []
    change: str
    elsewhere: list[str] = []
    real_now: int


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What the database said, the name of the constraint that refused or what `told` returned, and what it cost."""

    refused: str | None = None
    told: list[Result] = []
    spent: Cost = msgspec.field(default_factory=Cost)
