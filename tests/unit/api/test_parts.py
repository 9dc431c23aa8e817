"""The parts of a stay against a plain map from night to unit, for every order of changes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.stays.bookings import parts
from api.stays.bookings.parts import MOST, Part
from api.stays.bookings.repository import BookingRow
from propflow.errors import Unprocessable

DAY0 = date(2028, 5, 1)
UNITS = ("A", "B", "C")

numbers = st.integers(0, 14)
changes = st.one_of(
    st.tuples(st.just("nights"), numbers, numbers),
    st.tuples(st.just("unit"), st.sampled_from(UNITS), numbers),
)


def iso(number: int) -> str:
    return (DAY0 + timedelta(days=number)).isoformat()


def row(check_in: str = iso(0), check_out: str = iso(5)) -> BookingRow:
    return BookingRow(
        id="bkg_1", unit_id="A", occupancy_id="occ_0", status="confirmed", check_in=check_in, check_out=check_out,
        guests=1, guest_name="G", guest_email=None, guest_phone=None, total_amount=0, currency="EUR", lines="[]",
        created_at=0, updated_at=0,
    )  # fmt: skip


def by_night(found: list[Part]) -> dict[str, str]:
    """Which unit has which night; a night that two parts had would be counted twice."""
    nights = [(day, one.unit_id) for one in found for day in days(one.start, one.end)]
    assert len(nights) == len(dict(nights))
    return dict(nights)


def days(start: str, end: str) -> list[str]:
    return [iso(number) for number in range(-1, 30) if start <= iso(number) < end]


def sound(found: list[Part]) -> None:
    """One after the other, in other units than their neighbours, each with an occupancy of its own."""
    assert all(one.start < one.end for one in found)
    assert all(one.end == other.start and one.unit_id != other.unit_id for one, other in pairwise(found))
    assert len({one.occupancy_id for one in found}) == len(found)


def stayed(before: dict[str, str], check_in: str, check_out: str) -> dict[str, str]:
    """Other nights of a stay: those before it are in the first unit that is left, and those after it in the last."""
    left = {day: unit for day, unit in before.items() if check_in <= day < check_out}
    first, last = (left[min(left)], left[max(left)]) if left else (before[min(before)],) * 2
    return {
        day: left.get(day, first if not left or day < min(left) else last) for day in days(check_in, check_out)
    }  # fmt: skip


@given(st.lists(changes, max_size=8))
def test_every_change_leaves_each_night_in_the_unit_that_it_was_given(wanted: list[tuple[str, object, int]]) -> None:
    stay = row()
    model = by_night(parts.parts_of(stay))
    for number, (kind, what, day) in enumerate(wanted):
        found = parts.parts_of(stay)
        if kind == "nights" and isinstance(what, int):
            start, end = min(what, day), max(what, day) + 1
            found, model = parts.fitted(found, iso(start), iso(end)), stayed(model, iso(start), iso(end))
        elif stay.check_in <= iso(day) < stay.check_out:
            known = {one.occupancy_id for one in found}
            found = parts.put(found, str(what), iso(day), stay.check_out, f"occ_{number + 1}")
            model |= {night: str(what) for night in model if night >= iso(day)}
            assert found[0].occupancy_id in known, "the first part has an occupancy that is there"
        sound(found)
        assert by_night(found) == model
        stay = parts.with_parts(stay, found)
        assert parts.parts_of(stay) == found
        assert (stay.unit_id, stay.check_in, stay.check_out) == (found[0].unit_id, found[0].start, found[-1].end)


@given(st.lists(st.tuples(st.sampled_from(UNITS), numbers), max_size=6), numbers)
def test_what_is_left_until_a_day_is_what_was_there_before_it(moves: list[tuple[str, int]], day: int) -> None:
    stay = row(iso(0), iso(15))
    found = parts.parts_of(stay)
    for number, (unit, start) in enumerate(moves):
        found = parts.put(found, unit, iso(start), iso(15), f"occ_{number + 1}")
    left = parts.until(found, iso(day))
    assert by_night(left) == {night: unit for night, unit in by_night(found).items() if night < iso(day)}
    assert [one.occupancy_id for one in left] == [one.occupancy_id for one in found][: len(left)]
    assert parts.until(found, None) == []
    nights = {night for start, end in parts.elsewhere(parts.parts_of(stay), found) for night in days(start, end)}
    assert nights == {night for night, unit in by_night(found).items() if unit != "A"}


def test_one_part_in_the_middle_goes_elsewhere_and_its_neighbours_stay() -> None:
    found = parts.put(parts.put(parts.parts_of(row()), "B", iso(2), iso(5), "b"), "C", iso(3), iso(5), "c")
    moved = parts.put(found, "D", iso(2), iso(3), "d")
    assert parts.places(moved) == [("A", iso(0), iso(2)), ("D", iso(2), iso(3)), ("C", iso(3), iso(5))]
    assert [one.occupancy_id for one in moved] == ["occ_0", "b", "c"]
    joined = parts.put(found, "A", iso(2), iso(3), "d")
    assert parts.places(joined) == [("A", iso(0), iso(3)), ("C", iso(3), iso(5))]


def test_a_stay_has_so_many_parts_and_no_more() -> None:
    stay = row(iso(0), iso(28))
    found = parts.parts_of(stay)
    for number in range(1, MOST):
        found = parts.put(found, f"U{number}", iso(number), stay.check_out, f"occ_{number}")
    stay = parts.with_parts(stay, found)
    with pytest.raises(Unprocessable) as refused:
        parts.with_parts(stay, parts.put(parts.parts_of(stay), "Z", iso(MOST), stay.check_out, "z"))
    assert (refused.value.code, refused.value.param) == ("too_many_parts", "from")
