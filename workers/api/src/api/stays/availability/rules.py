"""What a search says of prices, and how long its answer stays true. Pure."""

import re

from api.edge.etags import digest, is_known
from api.stays.availability.errors import currency_required, invalid_amenities
from api.stays.availability.repository import Calendar, Wanted
from propflow.clock import MINUTE

QUARTER = 15 * MINUTE  # in every time zone days begin on a quarter of an hour
MOST_AMENITIES = 20
_AMENITY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def amenities_of(text: str | None) -> tuple[str, ...]:
    """The names of a filter, all of which a unit must have. Raises BadRequest."""
    names = () if text is None else tuple(dict.fromkeys(text.split(",")))
    if len(names) > MOST_AMENITIES or not all(_AMENITY.fullmatch(name) for name in names):
        raise invalid_amenities(MOST_AMENITIES)
    return names


def check(wanted: Wanted) -> None:
    """Raises BadRequest when amounts are named without their currency."""
    if wanted.priced and wanted.currency is None:
        raise currency_required()


def fits(wanted: Wanted, total: int, nights: int) -> bool:
    """Whether a total lies within the bounds. A bound of a night is one of the total's average, without rounding."""
    return (
        (wanted.total_from is None or total >= wanted.total_from)
        and (wanted.total_to is None or total <= wanted.total_to)
        and (wanted.nightly_from is None or total >= wanted.nightly_from * nights)
        and (wanted.nightly_to is None or total <= wanted.nightly_to * nights)
    )


def tag_of(calendar: Calendar, query: str, now: int) -> str:
    """The ETag of an answer: of the version, until when time alone does not change it, and what was asked.

    What time changes is which day it is, and which holds have run out. The tag shows none of these, for they count what
    happens to all properties: nobody outside knows `query`.
    """
    until = (now // QUARTER + 1) * QUARTER
    if calendar.next_expiry is not None and calendar.next_expiry > now:
        until = min(until, calendar.next_expiry)
    return f'"{digest(f"{calendar.version}-{until}-{query}")}"'


def still_true(tags: str, calendar: Calendar, query: str, now: int) -> str | None:
    """The tag of the answer that would be given now, if it is one of these (by commas)."""
    tag = tag_of(calendar, query, now)
    return tag if is_known(tags, tag) else None
