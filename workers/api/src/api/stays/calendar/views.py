"""Nights as the API shows them."""

from typing import Any, Literal

import msgspec

from propflow.money import Money


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What takes a night: its kind, the booking, hold, lease, block or feed itself, and where it came from."""

    kind: str
    ref_id: str
    source: str


class Night(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The night from `date` to the next day.

    A taken night's reason is what takes it. Reasons of a free night say why it cannot be booked today: prep,
    advance_notice, booking_window; min_stay when the free nights around it are too few; closed when nobody may arrive
    or leave so that it could be stayed.
    """

    date: str
    state: Literal["free", "taken"]
    reasons: list[str]
    nightly_rate: Money
    occupancy_id: str | None = None
    lineage: Lineage | None = None


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """One entry per night, in order."""

    data: list[Night]


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes the night, or took it until `ended_at`."""

    occupancy_id: str
    kind: str
    ref_id: str
    source: str
    start: str
    end: str
    live: bool
    taken_at: str
    ended_at: str | None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event that touched the night."""

    id: str
    type: str
    object_id: str
    actor: str
    request_id: str
    changed: dict[str, Any]
    previous: dict[str, Any]
    at: str


class NightHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Who took a night and gave it back, and when: newest first, at most 200 of each."""

    unit_id: str
    date: str
    occupancies: list[Taking]
    events: list[Happening]
