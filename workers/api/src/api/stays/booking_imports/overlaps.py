"""Lines of a file that want the same night of a unit. Pure."""

from bisect import bisect_left, insort
from collections.abc import Sequence

import msgspec


class Wanted(msgspec.Struct, frozen=True):
    """The nights `[start, end)` of a unit and of what it consists of."""

    units: tuple[str, ...]
    start: str
    end: str


Taken = list[tuple[str, str, int]]  # start, end and whose it is, of ranges that do not overlap, in their order


def overlaps(wanted: Sequence[Wanted]) -> dict[int, int]:
    """By the place in the list of each range whose nights are gone the place of the earlier one that has them.

    What has no nights of its own takes none from those that follow.
    """
    taken: dict[str, Taken] = {}
    found: dict[int, int] = {}
    for place, one in enumerate(wanted):
        owners = [owner for unit in one.units if (owner := _owner(taken.get(unit, []), one)) is not None]
        if owners:
            found[place] = min(owners)
            continue
        for unit in one.units:
            insort(taken.setdefault(unit, []), (one.start, one.end, place))
    return found


def _owner(taken: Taken, wanted: Wanted) -> int | None:
    """Whose nights they are. Only the last range that starts before the end can reach in."""
    before = bisect_left(taken, (wanted.end,))
    if before == 0:
        return None
    _, end, owner = taken[before - 1]
    return owner if end > wanted.start else None
