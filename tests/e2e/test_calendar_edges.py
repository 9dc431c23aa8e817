"""Local days over HTTP, with the test clock at the last and the first millisecond of days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from support.clocks import Space
from support.people import Manager, ok

YEAR = datetime.now(UTC).year + 2
DAY = timedelta(days=1)


def first_sunday(month: int) -> date:
    return next(day for day in (date(YEAR, month, number) for number in range(1, 8)) if day.weekday() == 6)


def midnight(day: date, ahead: int) -> datetime:
    """The instant at which a local day begins, by minutes ahead of UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(minutes=ahead)


# zone, the day of the change, minutes ahead of UTC when it begins and when it ends
CHANGES = [
    ("Australia/Lord_Howe", first_sunday(4), 660, 630),
    ("Australia/Lord_Howe", first_sunday(10), 630, 660),
    ("Australia/Sydney", first_sunday(4), 660, 600),
    ("Australia/Sydney", first_sunday(10), 600, 660),
    ("Asia/Kathmandu", date(YEAR, 2, 28), 345, 345),
]


def bookable(space: Space, day: date) -> bool:
    """Whether a night may still be asked for, where today's is the first."""
    answer = space.api.quote(space.unit, day.isoformat(), (day + DAY).isoformat())
    assert answer.status_code == 201 or answer.json()["code"] == "stay_not_allowed", answer.text
    return answer.status_code == 201


@pytest.mark.parametrize(("zone", "day", "begins", "ends"), CHANGES)
def test_a_day_begins_and_ends_at_its_own_midnight(
    alice: Manager, zone: str, day: date, begins: int, ends: int
) -> None:
    space = Space(alice, zone)
    ok(space.api.request("PUT", f"/v1/units/{space.unit}/rate_rules", json={"advance_notice_days": 0}), 200)
    millisecond = timedelta(milliseconds=1)
    for today, at in ((day, midnight(day, begins)), (day + DAY, midnight(day + DAY, ends))):
        space.at(at - millisecond)
        assert bookable(space, today - DAY)
        space.at(at)
        assert (bookable(space, today - DAY), bookable(space, today)) == (False, True)


def test_one_leaves_and_one_comes_on_the_day_of_the_change(alice: Manager) -> None:
    space = Space(alice, "Australia/Lord_Howe")
    day = first_sunday(4)
    space.at(midnight(day - DAY, 660))
    stays = [(day - DAY, day), (day, day + DAY)]
    made = [
        ok(space.api.book(space.unit, start.isoformat(), end.isoformat(), status="confirmed", guest={"name": "G"}))
        for start, end in stays
    ]
    space.at(midnight(day, 660))
    ok(space.api.post(f"/v1/bookings/{made[0]['id']}/check_in"), 200)
    ok(space.api.post(f"/v1/bookings/{made[0]['id']}/check_out"), 200)
    assert space.api.post(f"/v1/bookings/{made[1]['id']}/no_show").status_code == 200
