"""Bounds of a price, and how long an answer stays true."""

from __future__ import annotations

import pytest

from api.stays.availability.repository import Calendar, Wanted
from api.stays.availability.rules import QUARTER, amenities_of, check, fits, still_true, tag_of
from propflow.errors import BadRequest

NOW = 1_800_000_000_000 // QUARTER * QUARTER + 60_000
QUERY, OTHER = "a" * 32, "b" * 32


def wanted(**bounds: int | str) -> Wanted:
    return Wanted(check_in="2027-01-01", check_out="2027-01-04", guests=2, **bounds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bounds", "inside"),
    [({}, True), ({"total_from": 100}, True), ({"total_from": 101}, False), ({"total_to": 100}, True),
     ({"total_to": 99}, False), ({"nightly_from": 33}, True), ({"nightly_from": 34}, False),
     ({"nightly_to": 34}, True), ({"nightly_to": 33}, False), ({"total_from": 50, "nightly_to": 33}, False)],
)  # fmt: skip
def test_a_bound_of_a_night_is_not_rounded(bounds: dict[str, int], inside: bool) -> None:
    assert fits(wanted(**bounds), 100, 3) is inside


def test_an_amount_without_a_currency_says_nothing() -> None:
    check(wanted(currency="EUR"))
    check(wanted(currency="EUR", total_to=0))
    with pytest.raises(BadRequest, match="currency_required"):
        check(wanted(total_to=0))


@pytest.mark.parametrize("text", ["", "wifi,", "Wi-Fi", 'a"b', "a b", "%", ",".join(f"a{n}" for n in range(21))])
def test_names_that_no_unit_can_have_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="invalid_filter"):
        amenities_of(text)


def test_amenities_are_named_once() -> None:
    assert amenities_of("wifi,pool,wifi") == ("wifi", "pool") and amenities_of(None) == ()


def test_an_answer_is_true_until_something_changes_or_a_day_begins() -> None:
    calendar = Calendar(7, None)
    tag = tag_of(calendar, QUERY, NOW)
    last = NOW // QUARTER * QUARTER + QUARTER - 1
    assert still_true(tag, calendar, QUERY, NOW) == still_true(f'"x", W/{tag}', calendar, QUERY, last) == tag
    assert still_true(tag, calendar, QUERY, last + 1) is None
    assert still_true(tag, calendar, QUERY, NOW - QUARTER) is None  # a test clock that went back
    assert still_true(tag, Calendar(8, None), QUERY, NOW) is None
    assert still_true(tag, calendar, OTHER, NOW) is None
    assert still_true('*, "7", ""', calendar, QUERY, NOW) is None


def test_an_answer_is_true_until_the_next_hold_runs_out() -> None:
    calendar = Calendar(7, NOW + 5_000)
    tag = tag_of(calendar, QUERY, NOW)
    assert still_true(tag, calendar, QUERY, NOW + 4_999) == tag
    assert still_true(tag, calendar, QUERY, NOW + 5_000) is None
    assert tag_of(Calendar(7, NOW + QUARTER), QUERY, NOW) == tag_of(Calendar(7, None), QUERY, NOW)
