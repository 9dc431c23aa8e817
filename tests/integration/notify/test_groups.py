"""The messages of a queue batch are read, claimed and concluded together, and each is handled as if it was alone."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

from integration.notify.groups import Group, costs
from support.deliver import deliver, envelopes
from support.rows import Rows
from support.standin_client import StandIn
from support.suite import Suite


def test_ten_messages_are_three_batches_of_the_database(suite: Suite, standin: StandIn, rows: Rows) -> None:
    group, before = Group(rows), suite.output()
    assert group.deliver() == [None] * 10
    assert group.told(standin) == [(1, 1)] * 10 and group.waiting() == [0] * 10
    [cost] = costs(suite, before)
    assert cost["batches"] == 3
    assert cost["subrequests"] == 3 + 20, "and a call for each delivery"


def test_two_tenants_in_one_batch_are_told_of_their_own(suite: Suite, standin: StandIn) -> None:
    groups = [Group(Rows(suite, property_name=name), 5) for name in ("Casa Azul", "Casa Verde")]
    messages = [one for pair in zip(*(group.messages for group in groups), strict=True) for one in pair]
    before = suite.output()
    assert deliver(suite, "notifications", messages).retried == {}
    assert [cost["batches"] for cost in costs(suite, before)] == [3]
    for group in groups:
        subjects = {standin.emails(booking.email)[0]["subject"] for booking in group.bookings}
        assert subjects == {f"Your stay at {group.rows.property_name} is confirmed"}
        assert group.taken() == {"messages": 5, "sms": 5}


def test_a_batch_that_comes_again_sends_nothing_again(suite: Suite, standin: StandIn, rows: Rows) -> None:
    group = Group(rows)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: group.deliver(), range(3))) == [[None] * 10] * 3
    assert group.deliver() == [None] * 10
    assert group.told(standin) == [(1, 1)] * 10 and group.waiting() == [0] * 10
    assert {count for _, count in group.states("sms")} == {1}


def test_copies_in_one_batch_are_one_message(suite: Suite, faults: StandIn, rows: Rows) -> None:
    group = Group(rows, 3)
    faults.fault("resend", "429", count=1, to=group.bookings[0].email)
    copies = envelopes(one.body for one in group.messages)
    answer = deliver(suite, "notifications", [*group.messages, *copies])
    assert len(answer.retried) == 1, "one comes again, and its copy leaves it to that"
    assert group.told(faults) == [(0, 1), (1, 1), (1, 1)]
    assert group.states("email")[0] == ("pending", 1)


def test_ten_messages_to_one_number_in_one_batch_are_five(suite: Suite, standin: StandIn, rows: Rows) -> None:
    within_an_hour()
    phone = str(rows.booking().phone)
    group, before = Group(rows, guest_phone=phone, guest_email=None), suite.output()
    assert group.deliver() == [None] * 10, "waiting is no failure"
    assert len(standin.sms(phone)) == 5
    assert group.states("sms") == [("sent", 1)] * 5 + [("pending", 1)] * 5
    assert group.waiting() == [0] * 5 + [1] * 5
    assert [cost["batches"] for cost in costs(suite, before)] == [4], "one more for all that got no share"


def within_an_hour() -> None:
    """The budgets are those of an hour, which does not end during a test."""
    left = 3_600 - time.time() % 3_600
    if left < 30:
        time.sleep(left + 1)


def test_what_is_not_about_a_booking_is_handled_beside_the_group(suite: Suite, standin: StandIn, rows: Rows) -> None:
    group = Group(rows, 2)
    alert = json.loads(group.facts[0].body) | {"type": "feed.alert_requested", "alert": "trouble", "feed_id": "feed_x"}
    other = rows.fact(rows.booking())
    body = json.dumps(alert | {"outbox_id": other.id, "user_id": "usr_x"})
    answer = deliver(suite, "notifications", [*group.messages, *envelopes([body])])
    assert answer.retried == {}
    assert group.told(standin) == [(1, 1)] * 2
    assert rows.waiting(other) == 0
