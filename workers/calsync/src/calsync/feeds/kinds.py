"""Whether an entry is a stay of a guest or nights that were closed, told by its UID and title. Pure.

What the channels really write: docs/calendars.md, S1 to S4. In doubt it is a stay: both take the nights, but a stay
is what a person must not overlook.
"""

import re
from datetime import date

from calsync.exports.rules import TITLES
from calsync.ical.models import Event

STAY = "stay"
BLOCK = "block"
LONGEST_STAY = 90  # nights; where a channel does not tell stays from closures, what is longer was closed by somebody

_AIRBNB_STAY = "1418fb94e984-"
_AIRBNB_BLOCKS = ("7f662ec65913-", "6fec1092d3fa-")
_STAY_TITLE = re.compile(r"^(reserved|réservé|reservation|réservation|booked)")
_BLOCK_TITLE = re.compile(r"not available|unavailable|indisponible|blocked|^closed\b|^block\b")
_OUR_TITLES = frozenset(title.casefold() for title in TITLES)


def kind_of(event: Event) -> str:
    """`stay` or `block`."""
    if event.uid.startswith(_AIRBNB_STAY):
        return STAY
    if event.uid.startswith(_AIRBNB_BLOCKS):
        return BLOCK
    if tells_nothing(event):
        return BLOCK if _nights(event) > LONGEST_STAY else STAY
    title = event.summary.casefold()
    return BLOCK if _BLOCK_TITLE.search(title) and not _STAY_TITLE.match(title) else STAY


def tells_nothing(event: Event) -> bool:
    """Whether it is of a channel that gives reservations and closures the same title, so that either may be meant."""
    return event.uid.endswith("@booking.com")


def may_repeat(event: Event) -> bool:
    """Whether it can be what we wrote: nights that are closed, or our own title. We write no name, and nothing in
    another language, so whatever else is written there is a guest's, in any language."""
    if event.uid.startswith(_AIRBNB_STAY):
        return False
    return tells_nothing(event) or kind_of(event) == BLOCK or event.summary.strip().casefold() in _OUR_TITLES


def has_settings(event: Event) -> bool:
    """Whether it is of a kind that the channel makes by itself, from its settings: closed nights of Airbnb's."""
    return event.uid.endswith("@airbnb.com") and kind_of(event) == BLOCK


def _nights(event: Event) -> int:
    return (date.fromisoformat(event.end) - date.fromisoformat(event.start)).days
