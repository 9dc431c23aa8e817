"""What goes wrong with one message of a group is its own trouble, and nothing is sent twice for it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from integration.notify.groups import Group, costs, failing, ids
from support.rows import Rows
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

HOLD = 30  # s, of a lease


def test_a_neighbour_that_cannot_be_claimed_comes_again_alone(suite: Suite, standin: StandIn, rows: Rows) -> None:
    group = Group(rows, 4)
    with failing(suite, f"BEFORE INSERT ON deliveries WHEN NEW.outbox_id IN ({ids(group.facts[1:2])})"):
        assert group.deliver() == [None, 5, None, None]
    assert group.told(standin) == [(1, 1), (0, 0), (1, 1), (1, 1)]
    assert group.deliver(attempts=2) == [None] * 4
    assert group.told(standin) == [(1, 1)] * 4


def test_what_a_provider_refuses_one_of_ten_is_its_own_trouble(suite: Suite, faults: StandIn, rows: Rows) -> None:
    group = Group(rows)
    faults.faults([
        {"service": "resend", "mode": "429", "count": 1, "to": group.bookings[2].email, "retry_after": 77},
        {"service": "clicksend", "mode": "drop_after_accept", "count": 1, "to": group.bookings[5].phone},
    ])  # fmt: skip
    before, answers = suite.output(), group.deliver()
    assert [number for number, seconds in enumerate(answers) if seconds] == [2, 5]
    assert 70 <= (answers[2] or 0) <= 86 and (answers[5] or 0) >= 15
    assert [cost["batches"] for cost in costs(suite, before)] == [3], "nor is it looked at again by itself"
    assert group.states("email")[2] == ("pending", 1) and group.states("sms")[5] == ("unknown", 1)
    group.let_time_pass()
    assert group.deliver(attempts=2) == [None] * 10
    assert group.told(faults) == [(1, 1)] * 10 and group.waiting() == [0] * 10


def test_a_provider_that_limps_with_one_leaves_the_others_unwritten_for_a_moment_only(
    suite: Suite, faults: StandIn, rows: Rows
) -> None:
    group = Group(rows, 4)
    faults.faults([
        {"service": "resend", "mode": "timeout", "count": 1, "to": group.bookings[0].email},
        {"service": "clicksend", "mode": "timeout", "count": 1, "to": group.bookings[0].phone},
    ])  # fmt: skip
    answers: list[list[int | None]] = []
    delivery = threading.Thread(target=lambda: answers.append(group.deliver()))
    delivery.start()
    eventually(lambda: group.waiting() == [1, 0, 0, 0], timeout=12, what="the others to be written")
    assert delivery.is_alive() and group.states("email")[0] == ("sending", 1)
    delivery.join()
    assert answers[0][0] is not None and answers[0][1:] == [None] * 3
    group.let_time_pass()
    assert group.deliver(attempts=2) == [None] * 4
    assert group.told(faults) == [(1, 1)] * 4


def test_whose_turn_comes_too_late_for_its_lease_takes_another_and_loses_no_attempt(
    suite: Suite, faults: StandIn, rows: Rows
) -> None:
    group = Group(rows, 6)
    slow = [{"service": "resend", "mode": "timeout", "count": 1, "to": one.email} for one in group.bookings[:4]]
    faults.faults(slow)
    before, answers = suite.output(), group.deliver()
    assert all(answers[:4]) and answers[4:] == [None, None]
    assert group.states("email")[4:] == [("sent", 1)] * 2 and group.states("sms")[4:] == [("sent", 1)] * 2
    given_back = [line for line in suite.output()[len(before) :].splitlines() if "delivery.open" in line]
    assert all(any(f"{fact.id}:email" in line for line in given_back) for fact in group.facts[4:])
    assert group.taken() == {"messages": 6, "sms": 6}, "what a message took it keeps"
    group.let_time_pass()
    assert group.deliver(attempts=2) == [None] * 6
    assert group.told(faults) == [(1, 1)] * 6


def test_a_booking_that_changes_between_reading_and_claiming_sends_nothing_by_what_was_read(
    suite: Suite, standin: StandIn, rows: Rows
) -> None:
    group = Group(rows, 3)
    change = f"UPDATE bookings SET version = version + 1, guest_name = 'Ada' WHERE id = '{group.bookings[2].id}'"
    before = suite.output()
    with failing(suite, f"AFTER INSERT ON deliveries WHEN NEW.id = '{group.facts[0].id}:email'", change):
        answers = group.deliver()
    assert "a booking was changed just now" in suite.output()[len(before) :]
    assert answers[:2] == [None, None] and group.told(standin)[:2] == [(1, 1)] * 2
    assert group.deliver(attempts=2) == [None] * 3
    assert group.told(standin) == [(1, 1)] * 3 and group.states("email") == [("sent", 1)] * 3
    assert standin.sms(group.bookings[2].phone)[0]["body"].startswith("Casa Azul: Ada")


def test_one_that_cannot_be_concluded_leaves_its_neighbours_concluded(
    suite: Suite, standin: StandIn, rows: Rows
) -> None:
    group = Group(rows, 4)
    when = f"BEFORE UPDATE ON deliveries WHEN NEW.status = 'sent' AND NEW.outbox_id IN ({ids(group.facts[1:2])})"
    with failing(suite, when):
        answers = group.deliver()
    assert answers[0] is None and answers[2:] == [None, None] and 10 <= (answers[1] or 0) <= HOLD
    assert group.waiting() == [0, 1, 0, 0]
    group.let_time_pass()
    assert group.deliver(attempts=2) == [None] * 4
    assert group.told(standin) == [(1, 1)] * 4 and group.waiting() == [0] * 4


def test_a_group_that_cannot_be_concluded_is_found_out_after_its_leases(
    suite: Suite, standin: StandIn, rows: Rows
) -> None:
    group = Group(rows, 4)
    with failing(suite, f"BEFORE UPDATE ON deliveries WHEN NEW.outbox_id IN ({ids(group.facts)})"):
        answers = group.deliver()
    assert all(10 <= (seconds or 0) <= HOLD for seconds in answers)
    assert group.states("email") == [("sending", 1)] * 4, "the leases stand"
    assert group.deliver(attempts=2) == [None] * 4 and group.waiting() == [1] * 4, "and are left to whoever has them"
    group.let_time_pass()
    assert group.deliver(attempts=3) == [None] * 4
    assert group.told(standin) == [(1, 1)] * 4 and group.waiting() == [0] * 4


@pytest.fixture
def mortal(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """A runtime whose Workers can be stopped at the calls that leave them."""
    runtime = Suite(standin.url, state=tmp_path, crash_points=True).start()
    yield runtime
    runtime.stop()


def in_background(group: Group) -> None:
    """Deliver it to a Worker that never ends."""

    def quietly() -> None:
        with contextlib.suppress(httpx.HTTPError):
            group.deliver()

    threading.Thread(target=quietly, daemon=True).start()


def test_a_kill_at_any_call_of_a_group_tells_each_guest_once(mortal: Suite, standin: StandIn) -> None:
    rows = Rows(mortal)
    mortal.watch_points("notify")
    assert Group(rows, 3).deliver() == [None] * 3
    names, groups = mortal.points("notify")["passed"], []
    assert sum(name.endswith("→") for name in names) == 4 + 6, names
    for number in range(len(names)):
        groups.append(Group(rows, 3))
        mortal.watch_points("notify", stop_at=number)
        in_background(groups[-1])
        eventually(lambda: mortal.points("notify")["stopped"], what=f"the Worker to stop at {names[number]}")
    mortal.kill()
    mortal.start()
    for group, name in zip(groups, names, strict=True):
        group.let_time_pass()
        assert group.deliver(attempts=2) == [None] * 3, name
        assert group.told(standin) == [(1, 1)] * 3 and group.waiting() == [0] * 3, name
    assert groups[0].taken() == {"messages": 3 * (len(names) + 1), "sms": 3 * (len(names) + 1)}
