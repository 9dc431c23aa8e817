"""What a lease may go through, and how far its end may move."""

import pytest

from api.stays.leases.rules import (
    TRANSITIONS,
    check_due_day,
    check_renewal,
    check_term,
    check_termination,
    rent_from,
    status_on,
    transition,
    with_rent,
)
from propflow.errors import Conflict, Unprocessable

STATUSES = ("draft", "active", "ended", "terminated", "cancelled")
REACHED = {
    ("draft", "activate"): "active", ("draft", "cancel"): "cancelled", ("draft", "change"): "draft",
    ("active", "renew"): "active", ("active", "terminate"): "terminated", ("active", "change"): "active",
}  # fmt: skip
THERE_ALREADY = {("active", "activate"), ("terminated", "terminate"), ("cancelled", "cancel")}


@pytest.mark.parametrize("verb", TRANSITIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_and_verb_is_decided(status: str, verb: str) -> None:
    if (status, verb) in REACHED:
        assert transition(status, verb) == REACHED[status, verb]
    elif (status, verb) in THERE_ALREADY:
        assert transition(status, verb) is None
    else:
        with pytest.raises(Conflict, match="invalid_transition"):
            transition(status, verb)


@pytest.mark.parametrize(
    ("stored", "end", "today", "shown"),
    [
        ("active", "2027-03-01", "2027-02-28", "active"),
        ("active", "2027-03-01", "2027-03-01", "ended"),
        ("active", None, "2099-01-01", "active"),
        ("terminated", "2027-03-01", "2027-03-02", "terminated"),
        ("draft", "2027-03-01", "2028-01-01", "draft"),
    ],
)
def test_a_lease_ends_by_itself_on_the_day_of_leaving(stored: str, end: str | None, today: str, shown: str) -> None:
    assert status_on(stored, end, today) == shown


def test_an_end_moves_only_where_the_verb_says() -> None:
    check_term("2027-01-01", None)
    check_term("2027-01-01", "2027-01-02")
    check_renewal("2027-01-01", "2027-01-02")
    check_renewal("2027-01-01", None)
    check_renewal(None, None)
    assert rent_from("2027-06-01", "2027-09-01", [("2027-01-01", 5)], None) == "2027-06-01"
    assert rent_from(None, None, [("2027-01-01", 5)], "2027-04-01") == "2027-04-01"
    check_termination("2027-01-01", "2027-02-01", "2027-01-01")
    check_termination("2027-01-01", None, "2050-01-01")
    for wrong in (
        lambda: check_term("2027-01-01", "2027-01-01"),
        lambda: check_renewal(None, "2027-01-01"),
        lambda: rent_from(None, None, [("2027-01-01", 5)], None),
        lambda: rent_from(None, None, [("2027-01-01", 5)], "2027-01-01"),
        lambda: rent_from("2027-06-01", "2027-09-01", [("2027-01-01", 5)], "2027-09-01"),
        lambda: check_renewal("2027-01-01", "2027-01-01"),
        lambda: check_termination("2027-01-01", "2027-02-01", "2026-12-31"),
        lambda: check_termination("2027-01-01", "2027-02-01", "2027-02-02"),
        lambda: check_due_day("four_weeks", 1),
    ):
        with pytest.raises(Unprocessable):
            wrong()


def test_another_rent_counts_from_its_day_and_the_same_one_not_at_all() -> None:
    assert with_rent([("2027-01-01", 5)], "2028-01-01", 5) == [("2027-01-01", 5)]
    assert with_rent([("2027-01-01", 5)], "2028-01-01", 6) == [("2027-01-01", 5), ("2028-01-01", 6)]
