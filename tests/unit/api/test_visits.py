"""Networks that ask too often for what anybody may read, counted in memory."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory

from api.access import visits
from api.access.visits import PAGES, UNKNOWN, Visits
from api.core.context import Bindings
from api.ingress import ical
from propflow.bindings.crypto import sha256
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


def test_who_tries_addresses_without_end_is_told_to_wait_and_opens_what_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody may have entered wrong addresses at a channel, which reads the right ones from the same network."""
    monkeypatch.setattr(visits, "_unknown", Visits(2))
    core, unit, token = InMemory("core"), f"unit_{'0' * 26}", "t" * 43
    core.db.execute("PRAGMA foreign_keys = OFF")
    core.db.execute("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('ten_1', 'T', 0, 0)")
    core.db.execute(
        "INSERT INTO calendar_exports (tenant_id, id, unit_id, channel, token_hash, key_id, body, etag, created_at)"
        " VALUES ('ten_1', 'exp_1', ?, 'generic', ?, 'k1', 'BEGIN:VCALENDAR', 'e', 0)",
        (unit, sha256(token)),
    )

    def answers(token: str, **more: Any) -> int:
        asked = ical.Asked(method="GET", path=f"/ical/{unit}/{token}.ics", ip="192.0.2.9", **more)
        page = asyncio.run(ical.serve(core, asked, "req", lambda work: asyncio.ensure_future(work) and None))
        assert (page.status == 429) == ("Retry-After" in page.headers)
        return page.status

    assert [answers("x" * 43) for _ in range(4)] == [404, 404, 429, 429]
    assert answers("x" * 43, limited=False) == 404
    assert answers(token) == 200
    core.db.execute("UPDATE tenants SET suspended_at = 1, suspended_reason = 'x', suspended_reads = 1")
    assert answers(token, limited=False) == 404
