"""Networks that ask too often for what anybody may read, counted in memory."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.access import visits
from api.access.visits import PAGES, UNKNOWN, Visits
from api.context import Bindings
from propflow.clock import MINUTE
from propflow.errors import LimitExceeded


def bindings(limits: bool) -> Bindings:
    return cast(Bindings, SimpleNamespace(settings=SimpleNamespace(limits_rates=limits)))


def test_so_many_pass_and_a_minute_after_the_first_as_many_again() -> None:
    seen = Visits(3)
    assert [seen.note("a", now) for now in (0, 10, 20, 30, 40)] == [0, 0, 0, MINUTE - 30, MINUTE - 40]
    assert seen.note("b", 40) == 0, "another network"
    assert [seen.note("a", now) for now in (MINUTE, MINUTE, MINUTE, MINUTE)] == [0, 0, 0, MINUTE]


def test_memory_is_bounded_and_the_first_who_came_is_forgotten_first() -> None:
    seen = Visits(1, size=2)
    for network in ("a", "b", "c"):
        assert seen.note(network, 0) == 0
    assert (seen.wait("a", 0), seen.wait("b", 0), seen.wait("c", 0)) == (0, MINUTE, MINUTE)


def test_all_addresses_of_a_customer_are_one_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "_pages", Visits(PAGES))
    for number in range(PAGES):
        visits.charge_page(bindings(True), f"2001:db8::{number:x}", 0)
    with pytest.raises(LimitExceeded) as refused:
        visits.charge_page(bindings(True), "2001:db8::ffff", 500)
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "too_many_requests", 60)
    visits.charge_page(bindings(True), "2001:db8:0:1::1", 500)
    visits.charge_page(bindings(False), "2001:db8::1", 500)


def test_addresses_of_calendars_that_are_none_are_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "_unknown", Visits(UNKNOWN))
    answered: list[Any] = [visits.charge_unknown("192.0.2.1", 0) for _ in range(UNKNOWN + 1)]
    assert answered == [0] * UNKNOWN + [60]
