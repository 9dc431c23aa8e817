"""Whether an entry is a stay of a guest or nights that were closed, told by its UID and title. Pure.

What the channels really write: docs/calendars.md, S1 to S4. In doubt it is a stay: both take the nights, but a stay
is what a person must not overlook.
"""

import re
from datetime import date

from calsync.exports.rules import UID_DOMAIN
from calsync.ical.models import Event

STAY = "stay"
BLOCK = "block"
LONGEST_STAY = 90  # nights; what is longer was closed by somebody

_AIRBNB_STAY = "1418fb94e984-"
_AIRBNB_BLOCKS = ("7f662ec65913-", "6fec1092d3fa-")
_STAY_TITLE = re.compile(r"^(reserved|réservé|reservation|réservation|booked)")
_BLOCK_TITLE = re.compile(r"not available|unavailable|indisponible|blocked|^closed\b|^block\b")


def kind_of(event: Event) -> str:
    """`stay` or `block`."""
    if event.uid.startswith(_AIRBNB_STAY):
        return STAY
    if event.uid.startswith(_AIRBNB_BLOCKS) or _nights(event) > LONGEST_STAY:
        return BLOCK
    if event.uid.endswith("@booking.com"):  # the same title for reservations and closures
        return STAY
    title = event.summary.casefold()
    return BLOCK if _BLOCK_TITLE.search(title) and not _STAY_TITLE.match(title) else STAY


def is_reservation(event: Event) -> bool:
    """Whether it certainly is a guest's: such an entry is nobody's echo, whichever nights it has."""
    if event.uid.endswith(("@booking.com", f"@{UID_DOMAIN}")):
        return False
    return event.uid.startswith(_AIRBNB_STAY) or bool(_STAY_TITLE.match(event.summary.casefold()))


def has_settings(event: Event) -> bool:
    """Whether it is of a kind that the channel makes by itself, from its settings: closed nights of Airbnb's."""
    return event.uid.endswith("@airbnb.com") and kind_of(event) == BLOCK


def _nights(event: Event) -> int:
    return (date.fromisoformat(event.end) - date.fromisoformat(event.start)).days
