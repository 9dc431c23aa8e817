"""What to do with a delivery, and when to try again."""

from __future__ import annotations

import pytest

from notify.channels.base import PROVIDER_TIMEOUT
from notify.channels.email import resend
from notify.channels.sms import clicksend
from notify.delivery import decisions
from notify.delivery.decisions import CLAIM_LIFE, LADDER, SETTLE, SPREAD, Claim, Outcome
from notify.errors import Uncertain
from notify.letters.guests import rules
from notify.letters.guests.models import Later
from notify.letters.guests.templates import BOOKING_CANCELLED, BOOKING_CHANGED, BOOKING_CONFIRMED, TEMPLATES
from propflow import clock, outbox
from propflow.bindings.http import HttpAnswer
from propflow.errors import Permanent, Transient
from tests.unit.notify.bookings import booking

NOW = 1_800_000_000_000


def claim(status: str = "sending", attempts: int = 1, id_: str = "obx_1:sms") -> Claim:
    return Claim(
        id=id_, channel="sms", status=status, attempts=attempts, lease_until=NOW + CLAIM_LIFE, created_at=NOW,
        metered="2027-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("template", "status", "told"),
    [
        (BOOKING_CONFIRMED, "confirmed", True),
        (BOOKING_CONFIRMED, "checked_in", True),
        (BOOKING_CONFIRMED, "cancelled", False),
        (BOOKING_CONFIRMED, "checked_out", False),
        (BOOKING_CANCELLED, "cancelled", True),
        (BOOKING_CANCELLED, "confirmed", False),
        (BOOKING_CHANGED, "confirmed", True),
        (BOOKING_CHANGED, "checked_in", True),
        (BOOKING_CHANGED, "cancelled", False),
    ],
)
def test_guests_are_told_only_what_is_still_true(template: str, status: str, told: bool) -> None:
    reason = rules.reason_to_skip(TEMPLATES[template], booking(status=status), NOW)
    assert (reason is None) == told
    assert told or status in str(reason)


def test_a_test_space_tells_nobody() -> None:
    reason = rules.reason_to_skip(TEMPLATES[BOOKING_CONFIRMED], booking(mode="test"), NOW)
    assert reason == "test space"


@pytest.mark.parametrize("template", [BOOKING_CONFIRMED, BOOKING_CHANGED])
@pytest.mark.parametrize(("check_out", "told"), [("2027-01-13", False), ("2027-01-14", True), ("2027-01-15", True)])
def test_nobody_is_told_of_a_stay_that_is_over_everywhere(template: str, check_out: str, told: bool) -> None:
    # In the first hours of the 15th it is the 14th still, west of Greenwich.
    now = NOW - NOW % clock.DAY + 8 * clock.HOUR
    reason = rules.reason_to_skip(TEMPLATES[template], booking(check_out=check_out), now)
    assert reason == (None if told else rules.OVER)


LATER = [
    (Later(channel="sms", template="booking_changed", status="pending"), True),
    (Later(channel="sms", template="booking_cancelled", status="pending"), True),
    (Later(channel="sms", template="booking_changed", status="sent"), True),
    (Later(channel="sms", template="booking_changed", status="sending"), True),
    (Later(channel="sms", template="booking_cancelled", status="sending"), False),
    (Later(channel="sms", template="booking_cancelled", status="sent"), False),
    (Later(channel="email", template="booking_changed", status="pending"), False),
]


@pytest.mark.parametrize(("later", "gives_way"), LATER)
def test_a_message_gives_way_to_a_later_one_that_tells_how_the_booking_is(later: Later, gives_way: bool) -> None:
    assert rules.gives_way("booking_changed", "sms", [later]) == gives_way


@pytest.mark.parametrize("phone", ["+34600123456", "+6591234567", "+12025550123"])
def test_international_numbers_are_taken(phone: str) -> None:
    rules.check_phone(phone)


NO_NUMBERS = [
    "", "600123456", "0034600123456", "+0600123456", "+34 600 123 456", "+34600123456\n", "+1234567890123456",
    "+３4600123456",
]  # fmt: skip


@pytest.mark.parametrize("phone", NO_NUMBERS)
def test_other_numbers_are_refused_for_good(phone: str) -> None:
    with pytest.raises(Permanent):
        rules.check_phone(phone)


def test_a_refusal_for_good_ends_the_delivery() -> None:
    outcome = decisions.failed(Permanent("no such number"), claim(), NOW)
    assert (outcome.status, outcome.reason, outcome.not_before) == ("failed", "no such number", 0)


def within_spread(outcome: Outcome, pause: int) -> bool:
    return pause <= outcome.not_before - NOW <= pause * (100 + SPREAD) // 100


@pytest.mark.parametrize(("attempts", "pause"), [(1, LADDER[0]), (2, LADDER[1]), (3, LADDER[2]), (9, LADDER[2])])
def test_what_was_not_taken_waits_longer_each_time(attempts: int, pause: int) -> None:
    outcome = decisions.failed(Transient("busy"), claim(attempts=attempts), NOW)
    assert outcome.status == "pending"
    assert within_spread(outcome, pause)


@pytest.mark.parametrize("asked", ["0", "1"])
def test_a_provider_that_asks_for_a_moment_does_not_use_up_the_four_attempts(asked: str) -> None:
    busy = HttpAnswer(status=429, headers={"retry-after": asked}, body=b"{}")
    for read in (resend.read, clicksend.read):
        for attempts, step in enumerate((*LADDER, LADDER[-1]), start=1):
            with pytest.raises(Transient) as raised:
                read(busy)
            assert raised.value.retry_after == int(asked)
            assert within_spread(decisions.failed(raised.value, claim(attempts=attempts), NOW), step)


def test_the_provider_may_ask_for_more() -> None:
    assert within_spread(decisions.failed(Transient("busy", 77), claim(), NOW), 77_000)
    assert within_spread(decisions.failed(Transient("busy", 10**9), claim(), NOW), 12 * clock.HOUR)


def test_what_failed_together_does_not_come_back_together() -> None:
    ids = [f"obx_{number}:sms" for number in range(50)]
    pauses = [decisions.failed(Transient("busy"), claim(id_=one, attempts=2), NOW).not_before for one in ids]
    assert len(set(pauses)) > SPREAD // 2
    assert pauses == [decisions.failed(Transient("busy"), claim(id_=one, attempts=2), NOW).not_before for one in ids]


def test_an_unknown_fate_waits_until_the_provider_knows() -> None:
    outcome = decisions.failed(Uncertain("no answer in time"), claim(), NOW)
    assert outcome.status == "unknown"
    assert within_spread(outcome, SETTLE)


def test_an_unknown_fate_stays_unknown_when_the_next_attempt_is_put_off() -> None:
    assert decisions.failed(Transient("busy"), claim("unknown"), NOW).status == "unknown"


def test_a_call_starts_only_when_it_ends_within_the_lease() -> None:
    assert decisions.in_time(claim(), NOW + CLAIM_LIFE - PROVIDER_TIMEOUT)
    assert not decisions.in_time(claim(), NOW + CLAIM_LIFE - PROVIDER_TIMEOUT + 1)


def test_a_lease_covers_every_call_of_a_message_and_ends_before_the_sweeper_comes() -> None:
    assert 3 * PROVIDER_TIMEOUT < CLAIM_LIFE < outbox.FIRST_SWEEP


DELAYS = [(NOW - 5, 1), (NOW, 1), (NOW + 1, 1), (NOW + 1001, 2), (NOW + 9 * clock.DAY, 12 * 3600)]


@pytest.mark.parametrize(("instant", "seconds"), DELAYS)
def test_delays_are_whole_seconds_rounded_up_that_a_queue_takes(instant: int, seconds: int) -> None:
    assert decisions.seconds_until(instant, NOW) == seconds
