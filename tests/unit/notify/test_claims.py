"""A message to a guest is taken from the plan once, by whoever claims its delivery, and given back when it fails."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
import pytest

from notify.delivery import budgets, claims_repository, decisions, endings_repository
from notify.delivery.budgets import Budget, Told, Used
from notify.delivery.decisions import CLAIM_LIFE, Claim, Outcome
from notify.delivery.models import Way
from notify.letters.guests import costs
from notify.letters.guests import repository as guests
from notify.letters.guests.sender import Sender, why_not
from propflow.messages import BookingConfirmed
from tests.unit.calsync.core_database import Core

NOW = 1_800_000_000_000  # 15 January 2027
LIMIT = 20_000
SMS_LIMIT = 500


class Messages:
    """Bookings of one tenant, and the messages about them."""

    def __init__(self) -> None:
        self.core = Core()
        self._count = 0
        self.core.run(
            "INSERT INTO users (id, email, name, created_at, updated_at) VALUES ('usr_1', 'o@example.net', 'O', 0, 0)"
        )
        self.core.run(
            "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)"
            " VALUES ('ten_1', 'usr_1', 'owner', 0, 0)"
        )
        self.stand(plan="pro", verified=True)

    def stand(self, plan: str, verified: bool, status: str = "active", suspended: bool = False) -> None:
        """What is known of the tenant."""
        self.core.run(
            "UPDATE tenants SET plan = ?, subscription_status = ?, suspended_at = ?, suspended_reason = ?"
            " WHERE id = 'ten_1'", plan, status, 1 if suspended else None, "spam" if suspended else None,
        )  # fmt: skip
        self.core.run("UPDATE users SET email_verified_at = ? WHERE id = 'usr_1'", 1 if verified else None)

    @property
    def sender(self) -> Sender:
        [found] = self.core.batch([guests.sender("ten_1")])
        return found.rows(Sender)[0]

    def booking(self) -> BookingConfirmed:
        """A booking whose guest has both an email and a phone."""
        self._count += 1
        booking_id, occupancy_id = f"bkg_{self._count}", f"occ_{self._count}"
        self.core.run(
            "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at,"
            " updated_at) VALUES ('ten_1', ?, 'unit_1', '2027-01-01', '2027-01-02', 0, 'booking', ?, 0, 0)",
            occupancy_id, booking_id,
        )  # fmt: skip
        self.core.run(
            "INSERT INTO bookings (tenant_id, id, unit_id, occupancy_id, status, check_in, check_out, guests,"
            " guest_name, guest_email, guest_phone, total_amount, currency, lines, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'unit_1', ?, 'confirmed', '2027-01-01', '2027-01-02', 1,"
            " 'G', 'g@example.net', '+34600000000', 1, 'EUR', '[]', 0, 0)",
            booking_id, occupancy_id,
        )  # fmt: skip
        return BookingConfirmed(tenant_id="ten_1", outbox_id=f"obx_{booking_id}", booking_id=booking_id, unit_id="u")

    def claim(self, message: BookingConfirmed, now: int = NOW) -> list[Claim]:
        """What one attempt gets hold of."""
        results = self.core.batch(claims_repository.claim(message, "booking_confirmed", 1, self.ways(now), now))
        return [claim for result in results for claim in result.rows(Claim)]

    def ways(self, now: int = NOW) -> list[Way]:
        """By e-mail and by SMS, to one guest."""
        mails = costs.emails(self.sender, "ten_1", self.recipient, now, self.most_emails)
        taken = costs.sms(self.sender, "ten_1", self.recipient, now, self.most_sms)
        return [
            Way(channel="email", refusal=None, budgets=mails),
            Way(channel="sms", refusal=None, budgets=taken),
        ]

    most_sms, most_emails, recipient = 1_000, 1_000, "g"

    def others_sent(self, key: str, used: int, stretch: int = 3_600_000) -> None:
        """So much of a budget is gone."""
        self.core.run("INSERT INTO message_budgets VALUES (?, ?, ?)", budgets.end_of(NOW, stretch), key, used)

    def in_the_way(self, message: BookingConfirmed, channel: str, now: int = NOW) -> Budget | None:
        """What stands against one more."""
        [way] = [one for one in self.ways(now) if one.channel == channel]
        _, used, told = self.core.batch(claims_repository.spent(message, "booking_confirmed", way, now))
        return budgets.spent(way.budgets, {one.key: one.used for one in used.rows(Used)}, told.rows(Told)[0], now)

    def record(self, message: BookingConfirmed, waiting: int = 1) -> None:
        """Its outbox row, due at once."""
        self.core.run(
            "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
            " VALUES ('ten_1', ?, 'booking.confirmed', '{}', ?, 0, 0)", message.outbox_id, waiting,
        )  # fmt: skip

    def put_off(self, message: BookingConfirmed, channel: str, until: int) -> None:
        """A delivery that waits for its turn."""
        sql = "UPDATE deliveries SET status = 'pending', tried_at = NULL, lease_until = ? WHERE id = ?"
        self.core.run(sql, until, f"{message.outbox_id}:{channel}")

    @property
    def due(self) -> dict[str, int]:
        """The one outbox row."""
        return self.core.run("SELECT waiting, next_attempt_at FROM outbox")[0]

    def finish(self, message: BookingConfirmed, claim: Claim, status: str, now: int = NOW) -> None:
        """How it went."""
        self.core.batch(endings_repository.finish(message, [(claim, Outcome(status=status))], now))

    def spend(self, used: int, meter: str = "messages") -> None:
        """The month's counter stands there."""
        self.core.run("INSERT INTO usage_counters VALUES ('ten_1', ?, '2027-01', ?)", meter, used)

    @property
    def used(self) -> tuple[int, int]:
        """E-mails and SMS of the month."""
        sql = "SELECT meter, used FROM usage_counters WHERE meter IN ('messages', 'sms') AND period = '2027-01'"
        found = {row["meter"]: int(row["used"]) for row in self.core.run(sql)}
        return found.get("messages", 0), found.get("sms", 0)

    @property
    def days(self) -> int:
        return int(self.core.run("SELECT coalesce(sum(amount), 0) AS n FROM usage_days")[0]["n"])


@pytest.fixture
def messages() -> Messages:
    return Messages()


def test_each_way_to_a_guest_counts_once_on_a_meter_of_its_own(messages: Messages) -> None:
    claims = messages.claim(messages.booking())
    assert [(one.channel, one.metered) for one in claims] == [("email", "2027-01"), ("sms", "2027-01")]
    assert (messages.used, messages.days) == ((1, 1), 0)


def test_a_copy_takes_nothing(messages: Messages) -> None:
    message = messages.booking()
    messages.claim(message)
    budgets_before = messages.core.run("SELECT * FROM message_budgets")
    assert messages.claim(message, NOW + 1) == []
    assert messages.used == (1, 1)
    assert messages.core.run("SELECT * FROM message_budgets") == budgets_before


def test_the_next_attempt_lives_on_what_the_first_took_also_in_another_month(messages: Messages) -> None:
    message = messages.booking()
    messages.claim(message)
    later = NOW + CLAIM_LIFE + 31 * 86_400_000
    assert [(one.status, one.metered) for one in messages.claim(message, later)] == [("unknown", "2027-01")] * 2
    assert messages.core.run("SELECT period, used FROM usage_counters WHERE meter = 'messages'") == [
        {"period": "2027-01", "used": 1}
    ]


def test_the_last_one_of_a_month_is_the_last(messages: Messages) -> None:
    messages.spend(LIMIT - 1)
    messages.spend(SMS_LIMIT, "sms")
    assert [one.metered for one in messages.claim(messages.booking())] == ["2027-01", None]
    assert [one.metered for one in messages.claim(messages.booking())] == [None, None]
    assert messages.used == (LIMIT, SMS_LIMIT)


def test_what_was_sent_is_written_under_its_day_once(messages: Messages) -> None:
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "sent")
    messages.finish(message, email, "sent")
    assert (messages.used, messages.days) == ((1, 1), 1)


@pytest.mark.parametrize(("status", "used"), [("failed", 0), ("skipped", 0), ("pending", 1), ("unknown", 1)])
def test_what_failed_for_good_is_given_back_once(messages: Messages, status: str, used: int) -> None:
    message = messages.booking()
    _, sms = messages.claim(message)
    messages.finish(message, sms, status)
    messages.finish(message, sms, status)
    assert (messages.used, messages.days) == ((1, used), 0)


def test_what_is_given_back_goes_to_its_month(messages: Messages) -> None:
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "failed", NOW + 31 * 86_400_000)
    assert messages.used == (0, 1)


def test_an_attempt_that_is_not_the_latest_gives_nothing_back(messages: Messages) -> None:
    message = messages.booking()
    first, _ = messages.claim(message)
    messages.claim(message, NOW + CLAIM_LIFE)
    messages.finish(message, first, "failed")
    assert messages.used == (1, 1)
    messages.finish(message, first, "sent")
    assert (messages.used, messages.days) == ((1, 1), 1)


def test_what_was_refused_for_the_plan_gives_nothing_back(messages: Messages) -> None:
    messages.spend(LIMIT)
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "skipped")
    assert messages.used == (LIMIT, 1)


STANDINGS = [
    ({"plan": "free", "verified": False}, (False, False)),
    ({"plan": "free", "verified": True}, (True, False)),
    ({"plan": "pro", "verified": False}, (True, False)),
    ({"plan": "pro", "verified": True}, (True, True)),
    ({"plan": "pro", "verified": True, "status": "past_due"}, (True, True)),
    ({"plan": "pro", "verified": False, "status": "trialing"}, (False, False)),
    ({"plan": "pro", "verified": True, "status": "trialing"}, (True, False)),
    ({"plan": "business", "verified": True, "suspended": True}, (False, False)),
]


@pytest.mark.parametrize(("standing", "allowed"), STANDINGS)
def test_who_may_write_is_asked_where_a_message_takes_its_share(
    messages: Messages, standing: dict[str, Any], allowed: tuple[bool, bool]
) -> None:
    messages.stand(**standing)
    claims = messages.claim(messages.booking())
    assert tuple(one.metered is not None for one in claims) == allowed
    assert messages.used == (int(allowed[0]), int(allowed[1]))
    said = [why_not(messages.sender, channel, "+34600000000") is None for channel in ("email", "sms")]
    assert tuple(said) == allowed, "the words say what the statement does"
    if allowed == (False, False):
        assert messages.core.number("message_budgets") == 0


def test_strangers_together_reach_an_address_three_times_a_day(messages: Messages) -> None:
    messages.stand(plan="free", verified=True)
    messages.others_sent("email-unproven:g", 2, 86_400_000)
    made = [messages.booking() for _ in range(2)]
    assert [messages.claim(one)[0].metered is not None for one in made] == [True, False]
    full = messages.in_the_way(made[-1], "email")
    assert full is not None and full.ends_at == budgets.end_of(NOW, 86_400_000)
    assert messages.claim(messages.booking(), NOW + 86_400_000)[0].metered is not None


def test_one_stranger_leaves_the_others_a_mail_to_the_address(messages: Messages) -> None:
    messages.stand(plan="free", verified=True)
    made = [messages.booking() for _ in range(3)]
    assert [messages.claim(one)[0].metered is not None for one in made] == [True, True, False]
    other = budgets.to_mailbox(False, "ten_2", "g", NOW, 1_000)
    used = {row["key"]: row["used"] for row in messages.core.run("SELECT key, used FROM message_budgets")}
    assert budgets.spent(other, used, Told(0, 0), NOW) is None


def test_all_together_reach_an_address_twenty_times_a_day(messages: Messages) -> None:
    got = [messages.claim(messages.booking())[0].metered is not None for _ in range(25)]
    assert got == [True] * 20 + [False] * 5


def test_all_together_reach_a_number_five_times_an_hour_and_twelve_times_a_day(messages: Messages) -> None:
    day = NOW - NOW % 86_400_000
    got = [
        [messages.claim(messages.booking(), day + hour * 3_600_000)[1].metered is not None for _ in range(6)]
        for hour in range(4)
    ]
    assert [sum(one) for one in got] == [5, 5, 2, 0]


def test_a_free_plan_has_fifty_emails_a_day(messages: Messages) -> None:
    messages.stand(plan="free", verified=True)
    [by_tenant] = [one for one in messages.ways()[0].budgets if one.key == "email-by:ten_1"]
    assert by_tenant.most == 50
    messages.core.run("INSERT INTO message_budgets VALUES (?, 'email-by:ten_1', 50)", by_tenant.ends_at)
    message = messages.booking()
    assert messages.claim(message)[0].metered is None
    assert messages.in_the_way(message, "email") == by_tenant


def test_a_day_takes_a_tenth_of_the_months_sms(messages: Messages) -> None:
    [by_tenant] = [one for one in messages.ways()[1].budgets if one.key == "sms-by:ten_1"]
    assert by_tenant.most == SMS_LIMIT // 10
    messages.core.run("INSERT INTO message_budgets VALUES (?, 'sms-by:ten_1', ?)", by_tenant.ends_at, by_tenant.most)
    assert [one.metered is not None for one in messages.claim(messages.booking())] == [True, False]


def test_the_installation_stops_for_the_rest_of_the_hour(messages: Messages) -> None:
    messages.most_sms = 100
    messages.others_sent("sms-of-all", 98)
    made = [messages.booking() for _ in range(3)]
    assert [messages.claim(one)[1].metered is not None for one in made] == [True, True, False]
    full = messages.in_the_way(made[-1], "sms")
    assert full is not None and (full.reason, full.ends_at) == (budgets.EVERYBODY, budgets.end_of(NOW, 3_600_000))
    assert messages.claim(made[-1], full.ends_at)[1].metered is not None


def test_one_tenant_stops_itself_before_it_stops_everybody(messages: Messages) -> None:
    messages.most_sms, got = 18, []
    for number in range(6):
        messages.recipient = f"g{number}"
        message = messages.booking()
        got.append(messages.claim(message)[1].metered is not None)
    assert got == [True] * 4 + [False] * 2
    full = messages.in_the_way(message, "sms")
    assert full is not None and (full.reason, full.ends_at) == (
        budgets.TENANT_HOURLY, budgets.end_of(NOW, 3_600_000)
    )  # fmt: skip


def test_a_trial_takes_a_fifth_of_the_hour_and_leaves_the_rest_to_the_others(messages: Messages) -> None:
    messages.stand(plan="business", verified=True, status="trialing")
    messages.most_emails, got = 20, []
    for number in range(6):
        messages.recipient = f"g{number}"
        message = messages.booking()
        got.append(messages.claim(message)[0].metered is not None)
    assert got == [True] * 4 + [False] * 2
    full = messages.in_the_way(message, "email")
    assert full is not None and (full.reason, full.ends_at) == (
        budgets.STRANGER_HOURLY, budgets.end_of(NOW, 3_600_000)
    )  # fmt: skip
    used = {row["key"]: row["used"] for row in messages.core.run("SELECT key, used FROM message_budgets")}
    for number in range(16):
        assert (
            budgets.spent(budgets.to_mailbox(False, f"ten_m{number}", f"m{number}", NOW, 20), used, Told(0, 0), NOW)
            is None
        )
        used["email-unproven"] += 1
    late = budgets.spent(budgets.to_mailbox(False, "ten_m16", "m16", NOW, 20), used, Told(0, 0), NOW)
    assert late is not None and late.reason == budgets.STRANGERS


def test_a_guest_is_told_of_one_booking_three_times_an_hour_and_six_times_a_day(messages: Messages) -> None:
    first, day = messages.booking(), NOW - NOW % 86_400_000
    copies = [msgspec.structs.replace(first, outbox_id=f"obx_{number}") for number in range(16)]
    got = [
        [messages.claim(one, day + hour * 3_600_000)[0].metered is not None for one in copies[4 * hour :][:4]]
        for hour in range(3)
    ]
    assert [sum(one) for one in got] == [3, 3, 0]


def test_what_is_put_off_comes_back_when_the_budget_begins_anew(messages: Messages) -> None:
    messages.most_sms = 1
    messages.claim(messages.booking())
    message = messages.booking()
    email, sms = messages.claim(message)
    full = messages.in_the_way(message, "sms")
    assert full is not None
    outcome = decisions.put_off(full, sms, NOW)
    messages.record(message)
    ended = [(email, Outcome(status="sent")), (sms, outcome)]
    *_, left = messages.core.batch(endings_repository.finish(message, ended, NOW))
    assert len(left.rows(endings_repository.Open)) == 1
    assert messages.due == {"waiting": 1, "next_attempt_at": outcome.not_before}
    assert full.ends_at <= outcome.not_before <= full.ends_at + decisions.TURNS
    assert messages.claim(message, outcome.not_before - 1) == []
    [again] = messages.claim(message, outcome.not_before)
    assert (again.channel, again.status, again.metered) == ("sms", "sending", "2027-01")


@pytest.mark.parametrize(("waiting", "due"), [(1, NOW + 500), (1 | 16, NOW + 500), (1 | 2, 0), (1 | 4, 0)])
def test_what_is_put_off_holds_back_no_calendar_and_no_invoice(messages: Messages, waiting: int, due: int) -> None:
    message = messages.booking()
    messages.record(message, waiting)
    email, _ = messages.claim(message)
    messages.put_off(message, "sms", NOW + 500)
    messages.finish(message, email, "sent")
    assert messages.due == {"waiting": waiting, "next_attempt_at": due}


def test_a_message_is_due_with_the_first_turn_whoever_moved_it(messages: Messages) -> None:
    message = messages.booking()
    messages.record(message)
    messages.claim(message)
    messages.put_off(message, "email", NOW + 900)
    messages.put_off(message, "sms", NOW + 500)
    messages.core.batch(endings_repository.finish(message, [], NOW))
    assert messages.due["next_attempt_at"] == NOW + 500
    messages.put_off(message, "sms", NOW + 9_999)
    messages.core.batch(endings_repository.finish(message, [], NOW))
    assert messages.due["next_attempt_at"] == NOW + 900


@pytest.mark.parametrize("status", ["pending", "unknown", "sending"])
def test_what_one_channel_puts_off_leaves_the_sweeper_to_the_other(messages: Messages, status: str) -> None:
    message = messages.booking()
    messages.record(message)
    email, _ = messages.claim(message)
    messages.put_off(message, "sms", NOW + 86_400_000)
    messages.finish(message, email, status)
    assert messages.due == {"waiting": 1, "next_attempt_at": 0}
    messages.finish(message, email, "sent")
    assert messages.due == {"waiting": 1, "next_attempt_at": NOW + 86_400_000}


def test_what_the_queue_repeats_is_not_the_sweepers_too(messages: Messages) -> None:
    message = messages.booking()
    messages.record(message)
    email, _ = messages.claim(message)
    messages.finish(message, email, "pending")
    assert messages.due == {"waiting": 1, "next_attempt_at": 0}


def test_what_waited_for_its_turn_has_not_been_tried_before(messages: Messages) -> None:
    messages.most_sms = 0
    message = messages.booking()
    _, sms = messages.claim(message)
    assert (sms.status, sms.tried_at) == ("sending", None)
    messages.most_sms, tomorrow = 1, NOW + 86_400_000
    messages.put_off(message, "sms", tomorrow)
    [again] = [one for one in messages.claim(message, tomorrow) if one.channel == "sms"]
    assert (again.status, again.tried_at) == ("sending", tomorrow)
    [once_more] = [one for one in messages.claim(message, tomorrow + CLAIM_LIFE) if one.channel == "sms"]
    assert (once_more.status, once_more.tried_at) == ("unknown", tomorrow)


def test_what_the_provider_did_not_take_is_tried_for_the_first_time_again(messages: Messages) -> None:
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "pending")
    assert [(one.status, one.tried_at) for one in messages.claim(message, NOW + CLAIM_LIFE)] == [
        ("sending", NOW + CLAIM_LIFE), ("unknown", NOW)
    ]  # fmt: skip


def test_what_waited_for_two_days_is_given_up(messages: Messages) -> None:
    [claim, _] = messages.claim(messages.booking())
    [budget, *_] = messages.ways()[0].budgets
    assert decisions.put_off(budget, claim, NOW + decisions.LONGEST_WAIT - 1).status == "pending"
    given_up = decisions.put_off(budget, claim, NOW + decisions.LONGEST_WAIT)
    assert given_up.status == "skipped" and "two days" in str(given_up.reason)


def test_a_booking_that_changed_meanwhile_rolls_everything_back(messages: Messages) -> None:
    message = messages.booking()
    messages.core.run("UPDATE bookings SET version = 2")
    with pytest.raises(sqlite3.IntegrityError, match="guard_failed"):
        messages.claim(message)
    assert messages.used == (0, 0)


def test_what_is_known_to_be_refused_takes_no_share(messages: Messages) -> None:
    refused = [Way(channel=one.channel, refusal="no", budgets=[]) for one in messages.ways()]
    results = messages.core.batch(claims_repository.claim(messages.booking(), "booking_confirmed", 1, refused, NOW))
    assert [one.metered for result in results for one in result.rows(Claim)] == [None, None]
    assert messages.used == (0, 0)


def test_spelling_a_mailbox_otherwise_is_no_way_around_its_budget() -> None:
    keys = '{"current":"k","keys":{"k":"bG9jYWwtZGV2ZWxvcG1lbnQtand0LWtleS1rMS0wMDA="}}'
    spelt = {
        budgets.hashed(keys, "email", one) for one in ("ada@example.net", "Ada+1@Example.NET ", "ada+2@example.net")
    }
    assert len(spelt) == 1
    dotted = ("adabyron@gmail.com", "Ada.Byron+1@gmail.com", "a.d.a.byron@GoogleMail.com")
    assert {budgets.mailbox(one) for one in dotted} == {"adabyron@gmail.com"}
    assert budgets.mailbox("ada.byron@example.net") == "ada.byron@example.net"
    assert budgets.hashed(keys, "sms", "+34600000000") != budgets.hashed(keys, "email", "+34600000000")
    assert "ada" not in spelt.pop()
