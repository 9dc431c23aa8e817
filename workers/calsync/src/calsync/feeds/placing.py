"""Which nights are asked for: disjoint ones, so that a batch cannot collide with itself. Pure."""

from bisect import bisect
from collections.abc import Mapping

import msgspec

from calsync.feeds.models import CONFLICT, Fact, Known
from propflow.ledger import Placement

Wish = tuple[Fact, bool]


def place(wishes: list[Wish], known: Mapping[str, Known], facts: list[Fact]) -> list[Placement]:
    """Choose placements, the facts that were known first before new ones; the others are conflicts. Adds to `facts`."""

    def rank(wish: Wish) -> tuple[int, str, str, str]:
        fact, held = wish
        return 0 if held else 1 if fact.uid in known else 2, fact.start, fact.end, fact.uid

    taken: list[tuple[str, str]] = []
    placements: list[Placement] = []
    for fact, held in sorted(wishes, key=rank):
        at = bisect(taken, (fact.start, fact.end))
        before_ok = at == 0 or taken[at - 1][1] <= fact.start
        after_ok = at == len(taken) or fact.end <= taken[at][0]
        if before_ok and after_ok:
            taken.insert(at, (fact.start, fact.end))
            facts.append(fact)
            placements.append(
                Placement(occupancy_id=fact.occupancy_id, start=fact.start, end=fact.end, held=held)
            )  # fmt: skip
        else:
            facts.append(msgspec.structs.replace(fact, state=CONFLICT, change=CONFLICT, reason="nights_taken"))
    return placements
