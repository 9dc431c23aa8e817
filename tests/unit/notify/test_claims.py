"""A message to a guest is taken from the plan once, by whoever claims its delivery, and given back when it fails."""

from __future__ import annotations

import pytest

from notify import repository
from notify.decisions import LEASE, Claim, Outcome
from propflow.messages import BookingConfirmed
from tests.unit.calsync.core_database import Core

NOW = 1_800_000_000_000  # 15 January 2027
LIMIT = 1_000


class Messages:
    """Bookings of one tenant, and the messages about them."""

    def __init__(self) -> None:
        self.core = Core()
        self._count = 0

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
        results = self.core.batch(repository.claim(message, "booking_confirmed", now))
        return [claim for result in results for claim in result.rows(Claim)]

    def finish(self, message: BookingConfirmed, claim: Claim, status: str, now: int = NOW) -> None:
        """How it went."""
        self.core.batch(repository.finish(message, [(claim, Outcome(status=status))], now))

    def spend(self, used: int) -> None:
        """The month's counter stands there."""
        self.core.run("INSERT INTO usage_counters VALUES ('ten_1', 'messages', '2027-01', ?)", used)

    @property
    def used(self) -> int:
        rows = self.core.run("SELECT used FROM usage_counters WHERE meter = 'messages' AND period = '2027-01'")
        return int(rows[0]["used"]) if rows else 0

    @property
    def days(self) -> int:
        return int(self.core.run("SELECT coalesce(sum(amount), 0) AS n FROM usage_days")[0]["n"])


@pytest.fixture
def messages() -> Messages:
    return Messages()


def test_each_way_to_a_guest_counts_once(messages: Messages) -> None:
    claims = messages.claim(messages.booking())
    assert [(one.channel, one.metered) for one in claims] == [("email", "2027-01"), ("sms", "2027-01")]
    assert (messages.used, messages.days) == (2, 0)


def test_a_copy_takes_nothing(messages: Messages) -> None:
    message = messages.booking()
    messages.claim(message)
    assert messages.claim(message, NOW + 1) == []
    assert messages.used == 2


def test_the_next_attempt_lives_on_what_the_first_took_also_in_another_month(messages: Messages) -> None:
    message = messages.booking()
    messages.claim(message)
    later = NOW + LEASE + 31 * 86_400_000
    assert [(one.status, one.metered) for one in messages.claim(message, later)] == [("unknown", "2027-01")] * 2
    assert messages.core.run("SELECT period, used FROM usage_counters WHERE meter = 'messages'") == [
        {"period": "2027-01", "used": 2}
    ]


def test_the_last_one_goes_to_the_email(messages: Messages) -> None:
    messages.spend(LIMIT - 1)
    assert [one.metered for one in messages.claim(messages.booking())] == ["2027-01", None]
    assert [one.metered for one in messages.claim(messages.booking())] == [None, None]
    assert messages.used == LIMIT


def test_what_was_sent_is_written_under_its_day_once(messages: Messages) -> None:
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "sent")
    messages.finish(message, email, "sent")
    assert (messages.used, messages.days) == (2, 1)


@pytest.mark.parametrize(("status", "used"), [("failed", 1), ("skipped", 1), ("pending", 2), ("unknown", 2)])
def test_what_failed_for_good_is_given_back_once(messages: Messages, status: str, used: int) -> None:
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, status)
    messages.finish(message, email, status)
    assert (messages.used, messages.days) == (used, 0)


def test_what_is_given_back_goes_to_its_month(messages: Messages) -> None:
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "failed", NOW + 31 * 86_400_000)
    assert messages.used == 1


def test_an_attempt_that_is_not_the_latest_gives_nothing_back(messages: Messages) -> None:
    message = messages.booking()
    first, _ = messages.claim(message)
    messages.claim(message, NOW + LEASE)
    messages.finish(message, first, "failed")
    assert messages.used == 2
    messages.finish(message, first, "sent")
    assert (messages.used, messages.days) == (2, 1)


def test_what_was_refused_for_the_plan_gives_nothing_back(messages: Messages) -> None:
    messages.spend(LIMIT)
    message = messages.booking()
    email, _ = messages.claim(message)
    messages.finish(message, email, "skipped")
    assert messages.used == LIMIT
