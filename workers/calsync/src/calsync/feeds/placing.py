"""Which nights are asked for, and which entries may have all of them: disjoint ones. Others have what is left. Pure."""

from bisect import bisect
from collections.abc import Mapping, Sequence

from calsync.feeds.models import CONFLICT, Fact, Known
from propflow.handover import Placement

Wish = tuple[Fact, bool]


def place(wishes: Sequence[Wish], known: Mapping[str, Known]) -> list[Placement]:
    """Every wish. `alone` are, as far as they are disjoint, those that have nights, then known ones, then new ones."""

    def rank(wish: Wish) -> tuple[int, str, str, str]:
        fact, held = wish
        return 0 if held else 1 if fact.uid in known else 2, fact.start, fact.end, fact.uid

    taken: list[tuple[str, str]] = []
    placements: list[Placement] = []
    for fact, held in sorted(wishes, key=rank):
        at = bisect(taken, (fact.start, fact.end))
        before_ok = at == 0 or taken[at - 1][1] <= fact.start
        after_ok = at == len(taken) or fact.end <= taken[at][0]
        alone = before_ok and after_ok and fact.otherwise == CONFLICT and fact.booking_id is None
        if alone:
            taken.insert(at, (fact.start, fact.end))
        placements.append(Placement(
            occupancy_id=fact.occupancy_id, uid=fact.uid, start=fact.start, end=fact.end, held=held, alone=alone,
            unit_id=fact.moved_to,
        ))  # fmt: skip
    return placements
