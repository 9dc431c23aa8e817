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
# What channels call closed nights, as a whole: a title that says more may name a guest.
_CLOSURES = frozenset(
    """
    airbnb (not available)|not available|unavailable|blocked|block|closed|closed - not available
    indisponible|bloqué|fermé|nicht verfügbar|blockiert|gesperrt|geschlossen|no disponible|bloqueado|cerrado
    non disponibile|bloccato|chiuso|não disponível|indisponível|fechado|niet beschikbaar|geblokkeerd|gesloten
    niedostępne|zablokowane|nedostupné|ikke ledig|inte tillgänglig|ei saatavilla|недоступно|заблокировано|закрыто
    μη διαθέσιμο|müsait değil|利用不可|ブロック済み|不可用|已关闭|예약 불가|غير متاح|לא זמין
    """.strip()
    .replace("\n    ", "|")
    .split("|")
)
_CLOSED_ON = re.compile(r"(unavailable on|blocked by) [\w.]+")
_OUR_TITLES = frozenset(title.casefold() for title in TITLES)


def kind_of(event: Event) -> str:
    """`stay` or `block`."""
    if event.uid.startswith(_AIRBNB_STAY):
        return STAY
    if event.uid.startswith(_AIRBNB_BLOCKS):
        return BLOCK
    if tells_nothing(event):
        return BLOCK if _nights(event) > LONGEST_STAY else STAY
    title = event.summary.strip().casefold()
    closed = _is_closure(title) or (_BLOCK_TITLE.search(title) and not _STAY_TITLE.match(title))
    return BLOCK if closed else STAY


def _is_closure(title: str) -> bool:
    return title in _CLOSURES or _CLOSED_ON.fullmatch(title) is not None


def tells_nothing(event: Event) -> bool:
    """Whether it is of a channel that gives reservations and closures the same title, so that either may be meant."""
    return event.uid.endswith("@booking.com")


def may_repeat(event: Event) -> bool:
    """Whether it can be what we wrote: closed nights that say nothing else, or our own title. We write no name, so a
    title that says more is a guest's, in whichever language."""
    if event.uid.startswith(_AIRBNB_STAY):
        return False
    title = event.summary.strip().casefold()
    known = event.uid.startswith(_AIRBNB_BLOCKS) or tells_nothing(event)
    return known or _is_closure(title) or title in _OUR_TITLES


def has_settings(event: Event) -> bool:
    """Whether it is of a kind that the channel makes by itself, from its settings: closed nights of Airbnb's."""
    return event.uid.endswith("@airbnb.com") and kind_of(event) == BLOCK


def _nights(event: Event) -> int:
    return (date.fromisoformat(event.end) - date.fromisoformat(event.start)).days
