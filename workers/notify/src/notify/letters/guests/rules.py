"""Pure: whether a guest is still told of a booking, and by which way."""

import re
from collections.abc import Sequence

from notify.delivery.decisions import TEST_SPACE
from notify.letters.guests.models import Booking, Later
from notify.letters.guests.templates import Template
from propflow import clock
from propflow.clock import to_rfc3339
from propflow.errors import Permanent

LATEST_ZONE = 12 * clock.HOUR  # behind UTC: until then a day is not over everywhere

OVER = "the stay is over"
GIVES_WAY = "a later message about the booking tells how it is"

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def reason_to_skip(template: Template, booking: Booking, now: int) -> str | None:
    """Why a guest is not told. Queues keep no order, so what counts is what the booking is now."""
    if booking.mode == "test":
        return TEST_SPACE
    if booking.check_out < to_rfc3339(now - LATEST_ZONE)[:10]:
        return OVER
    return None if booking.status in template.wanted else f"the booking is {booking.status} by now"


def gives_way(template: str, channel: str, later: Sequence[Later]) -> bool:
    """Whether a message recorded later tells the guest: it waits for its turn, or tells the same kind of thing."""
    return any(one.channel == channel and (one.status == "pending" or one.template == template) for one in later)


def check_phone(phone: str) -> None:
    """Raise Permanent unless the number is in the international form that providers take."""
    if not _E164.fullmatch(phone):
        raise Permanent("the phone number is not in international form, such as +34600123456")
