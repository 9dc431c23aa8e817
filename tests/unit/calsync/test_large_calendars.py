"""Calendars that are within the limits of the reader and mean to cost much: deciding them costs little."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from support.effort import effort

from calsync import spans
from calsync.feeds import sync
from calsync.feeds.models import Decision, Known, Ours
from calsync.ical.models import MAX_EVENTS, Event, Reading
from calsync.spans import Nights, Timeline
from tests.unit.calsync.ranges import ranges

TODAY = "2026-11-10"
FOREVER = "9999-12-31"
MOST_EFFORT = 80  # about two seconds


def day(offset: int) -> str:
    return (date.fromisoformat(TODAY) + timedelta(days=offset)).isoformat()


def closed(number: int, start: str, end: str) -> Event:
    return Event(f"7f662ec65913-{number}@airbnb.com", start, end, "Airbnb (Not available)")


def listed(events: Iterable[Event], state: str = "imported", kind: str = "block") -> dict[str, Known]:
    """What the calendar said on the day before, under other UIDs."""
    return {
        f"old-{one.uid}": Known(
            uid=f"old-{one.uid}", start=one.start, end=one.end, kind=kind, state=state, occupancy_id=f"occ_{one.uid}",
            said_on=day(-1), ranges=ranges((one.start, one.end)) if state == "imported" else "[]",
        )
        for one in events
    }  # fmt: skip


def decide(known: dict[str, Known], events: list[Event], ours: Iterable[Ours] = ()) -> Decision:
    """Asserts what it costs, too."""
    numbers, reading = itertools.count(), Reading(events=events, problems=[])

    def new_id(prefix: str) -> str:
        return f"{prefix}_{next(numbers)}"

    decision, spent = effort(
        lambda: sync.decide(known, reading, today=TODAY, now=0, ours=list(ours), new_id=new_id), MOST_EFFORT
    )
    print(f"{spent:.0f} units of work")
    assert spent < MOST_EFFORT
    return decision


ONE_NIGHT = [Event(f"n{number}", day(30), day(31)) for number in range(MAX_EVENTS)]


def test_thousands_of_entries_on_one_night_get_new_uids() -> None:
    decision = decide(listed(ONE_NIGHT, kind="stay"), ONE_NIGHT)
    assert sum(fact.state == "replaced" for fact in decision.facts) == MAX_EVENTS, "each goes on as one of them"


def test_thousands_of_entries_on_one_night_become_a_night_longer_under_new_uids() -> None:
    longer = [Event(one.uid, one.start, day(32)) for one in ONE_NIGHT]
    decision = decide(listed(ONE_NIGHT, kind="stay"), longer)
    assert decision.mass == MAX_EVENTS and not decision.releases, "too many to compare: they wait"
    assert not any(place.alone for place in decision.placements)


def test_thousands_of_closures_slide_beside_thousands_of_stays() -> None:
    closures = [closed(number, day(3 * number + 10), day(3 * number + 11)) for number in range(MAX_EVENTS // 2)]
    stays = [Event(f"s{number}", day(3 * number + 8), day(3 * number + 10)) for number in range(MAX_EVENTS // 2)]
    before = [closed(number, day(5 * number + 40), day(5 * number + 45)) for number in range(MAX_EVENTS)]
    decision = decide(listed(before[::2]) | listed(before[1::2], "setting"), [*closures, *stays])
    reasons = {fact.reason for fact in decision.facts if fact.state == "setting"}
    assert reasons == {"preparation", "booking_window"} and decision.ignored == len(closures)


def test_thousands_of_conflicts_end_and_wait_for_thousands_that_have_vanished() -> None:
    conflicts = listed([Event(f"c{number}", day(30), day(31)) for number in range(MAX_EVENTS)], "conflict", "stay")
    gone = listed([Event(f"g{number}", day(3 * number + 60), day(3 * number + 62)) for number in range(MAX_EVENTS)])
    new = [Event(f"n{number}", day(3 * number + 61), day(3 * number + 63)) for number in range(MAX_EVENTS - 1)]
    decision = decide(conflicts | gone, new)
    assert sum(fact.otherwise == "waiting" for fact in decision.facts) == len(new)


@pytest.mark.parametrize("uid", ["a@booking.com", "7f662ec65913-a@airbnb.com"])
def test_entries_without_end_cost_what_others_do_and_keep_their_nights(uid: str) -> None:
    whole = Event(uid, "2027-01-01", FOREVER, "Airbnb (Not available)")
    more = [closed(number, day(number + 400), FOREVER) for number in range(500)]
    ours = [Ours(occupancy_id="occ_lease", start="2027-02-01", end=FOREVER)]
    decision = decide(listed([whole, *more]), [whole], ours)
    [matched] = [fact for fact in decision.facts if fact.uid == uid]
    assert (matched.state, matched.start, matched.end) == ("imported", "2027-01-01", FOREVER)
    echoed = decide(listed(more, "echo"), [*more, closed(-1, "2027-03-01", FOREVER)], ours)
    assert {fact.state for fact in echoed.facts if fact.uid.startswith("7f")} == {"echo"}


def test_ranges_mean_the_nights_in_them() -> None:
    dates = [day(number) for number in range(7)]
    ranges = [(start, end) for start, end in itertools.combinations(dates, 2)]

    def nights(*some: tuple[str, str]) -> set[str]:
        return {one for one in dates for start, end in some if start <= one < end}

    for some in itertools.product(ranges[::2], ranges[::3], ranges[::5]):
        found, timeline = Nights(some), Timeline(Event(str(at), *one) for at, one in enumerate(some))
        assert found.count() == len(nights(*some))
        for start, end in ranges:
            wanted = nights((start, end))
            assert found.cover(start, end) == (wanted <= nights(*some))
            assert found.meet(start, end) == bool(wanted & nights(*some))
            meeting = {int(one.uid) for one in timeline.meeting(start, end)}
            assert meeting == {at for at, one in enumerate(some) if wanted & nights(one)}
    assert spans.days("0001-01-01", FOREVER) == 3_652_058
