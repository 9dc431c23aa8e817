"""The parts of a stay, one after the other, each in a unit of its own: pure. Most stays have one."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from api.occupancies.repository import OccupancyRow
from api.stays.bookings.errors import too_many_parts
from api.stays.bookings.repository import BookingRow, StayRow
from propflow.handover import Nights
from propflow.json_text import json_text

MOST = 20


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The nights `[start, end)` in one unit, and the occupancy that has them."""

    unit_id: str
    occupancy_id: str
    start: str
    end: str


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """A part after the first, as `bookings.later_parts` lists it."""

    unit_id: str
    occupancy_id: str
    start: str


def parts_of(row: StayRow) -> list[Part]:
    """Where the guest stays and when; each part begins where the one before it ends."""
    first = Later(unit_id=row.unit_id, occupancy_id=row.occupancy_id, start=row.check_in)
    begun = [first, *msgspec.json.decode(row.later_parts, type=list[Later])]
    ends = [*(one.start for one in begun[1:]), row.check_out]
    return [
        Part(unit_id=one.unit_id, occupancy_id=one.occupancy_id, start=one.start, end=end)
        for one, end in zip(begun, ends, strict=True)
    ]


def with_parts(row: BookingRow, parts: Sequence[Part]) -> BookingRow:
    """The booking with these parts. Raises Unprocessable for more than `MOST`."""
    if len(parts) > MOST:
        raise too_many_parts(MOST)
    later = [Later(unit_id=one.unit_id, occupancy_id=one.occupancy_id, start=one.start) for one in parts[1:]]
    return msgspec.structs.replace(
        row, unit_id=parts[0].unit_id, occupancy_id=parts[0].occupancy_id, check_in=parts[0].start,
        check_out=parts[-1].end, later_parts=json_text(later),
    )  # fmt: skip


def fitted(parts: Sequence[Part], check_in: str, check_out: str) -> list[Part]:
    """The parts for other nights of the whole stay. Those that have no night left are gone, but for the first."""
    left = [one for one in parts if one.start < check_out and one.end > check_in] or list(parts[:1])
    starts = [check_in, *(one.start for one in left[1:])]
    return [
        msgspec.structs.replace(one, start=start, end=end)
        for one, start, end in zip(left, starts, [*starts[1:], check_out], strict=True)
    ]


def until(parts: Sequence[Part], end: str | None) -> list[Part]:
    """What is left of the parts where the stay ends on this day; None leaves nothing."""
    return [msgspec.structs.replace(one, end=min(one.end, end)) for one in parts if end is not None and one.start < end]


def put(parts: Sequence[Part], unit_id: str, start: str, end: str, new_id: str) -> list[Part]:
    """The same nights, and those from `start` to `end`, where a part ends, in this unit.

    A part keeps its occupancy while it has a night; one that has none left gives its own to the new part, which is
    otherwise called `new_id`.
    """
    before = until(parts, start)
    spare = [one.occupancy_id for one in parts if start <= one.start < end]
    new = Part(unit_id=unit_id, occupancy_id=spare[0] if spare else new_id, start=start, end=end)
    return _joined([*before, new, *(one for one in parts if one.start >= end)])


def places(parts: Sequence[Part]) -> list[tuple[str, str, str]]:
    """Where and when, whatever the occupancies are called."""
    return [(one.unit_id, one.start, one.end) for one in parts]


def route(parts: Sequence[Part]) -> list[str]:
    """One unit after the other, however long the guest stays in each."""
    return [one.unit_id for one in parts]


def occupancy(booking_id: str, part: Part) -> OccupancyRow:
    """The nights of a part in the ledger."""
    return OccupancyRow(
        id=part.occupancy_id, unit_id=part.unit_id, start_date=part.start, end_date=part.end, kind="booking",
        ref_id=booking_id,
    )  # fmt: skip


def nights_in(parts: Sequence[Part], unit_id: str) -> list[Nights]:
    """The ranges of nights in one of the units."""
    return [(one.start, one.end) for one in parts if one.unit_id == unit_id]


def taking(before: Sequence[Part], after: Sequence[Part]) -> list[Part]:
    """Those that take nights which the stay has not had in that unit."""
    return [
        now for now in after
        if not any(was.unit_id == now.unit_id and was.start <= now.start and now.end <= was.end for was in before)
    ]  # fmt: skip


def elsewhere(before: Sequence[Part], after: Sequence[Part]) -> list[Nights]:
    """The ranges of nights that are in both, in another unit."""
    return [
        (max(was.start, now.start), min(was.end, now.end))
        for was in before
        for now in after
        if was.unit_id != now.unit_id and was.start < now.end and was.end > now.start
    ]


def _joined(parts: list[Part]) -> list[Part]:
    """Two parts of the same unit, one after the other, are one. It is called as the first of them is."""
    joined = parts[:1]
    for before, part in pairwise(parts):
        if part.unit_id == before.unit_id:
            joined[-1] = msgspec.structs.replace(joined[-1], end=part.end)
        else:
            joined.append(part)
    return joined
