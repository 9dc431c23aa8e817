"""Closed nights that a setting of the channel makes, and not a person: they slide from day to day. Pure.

Of 56 closures in 46 live calendars of Airbnb 27 were the end of the booking window, 13 a whole year, 7 tonight and 3
nights of preparation; 6 were closed by somebody (docs/calendars.md, S1). A setting takes no nights here and is in
nobody's way: our own rules about notice, window and preparation say what may be sold here.
"""

from collections.abc import Iterable, Mapping, Sequence

from calsync.feeds.kinds import BLOCK, STAY, has_settings, kind_of
from calsync.feeds.models import SETTING, Known
from calsync.ical.models import Event
from calsync.spans import days

WINDOWS = ((88, 93), (178, 185), (268, 277), (363, 367))  # days ahead at which 3, 6, 9 and 12 months end
HORIZON = 355  # days ahead up to which the end of a window is closed, at least
WHOLE_YEAR = 300  # nights from about today on
LONGEST_PREPARATION = 2  # nights


class Settings:
    """What the settings of one calendar are told by. `known` are closures that it listed before and may have slid."""

    def __init__(self, events: Sequence[Event], known: Iterable[Known], today: str) -> None:
        self._today, self._slid = today, Slid(known, today)
        self._prepared = preparation(events, today)
        stays = [one for one in events if kind_of(one) == STAY]
        self._arrivals, self._departures = {one.start for one in stays}, {one.end for one in stays}

    def reason(self, event: Event, before: Known | None = None) -> str | None:
        """The reason code of the setting behind an entry, known as `before`; None when a person may have closed it."""
        if not has_settings(event):
            return None
        today = self._today
        ahead, until, nights = days(today, event.start), days(today, event.end), days(event.start, event.end)
        if ahead == 0 and nights == 1:
            return "advance_notice"
        if ahead <= 1 and until >= WHOLE_YEAR:
            return "year_long"
        if until >= HORIZON and any(first <= ahead <= last for first, last in WINDOWS):
            return "booking_window"
        if event in self._slid or (before is not None and event in Slid([before], today)):
            return "slides"
        if 0 < nights <= self._prepared and (event.start in self._departures or event.end in self._arrivals):
            return "preparation"
        return None


def preparation(events: Sequence[Event], today: str) -> int:
    """How many nights the channel keeps free after each stay; 0 when it does not do so after every one.

    A setting holds for all stays alike: where one stay is followed by an open night, a person closed the others.
    """
    stays = sorted((one.start, one.end) for one in events if kind_of(one) == STAY and one.end > today)
    closed: Mapping[str, int] = {
        one.start: days(one.start, one.end) for one in events if has_settings(one)
    }  # fmt: skip
    arrivals = {start for start, _ in stays}
    found = {closed.get(end, 0) for _, end in stays if end not in arrivals}
    nights = found.pop() if len(found) == 1 else 0
    return nights if 0 < nights <= LONGEST_PREPARATION else 0


class Slid:
    """Closures that were listed before: an entry has slid if it is as long and as far ahead as one was on an earlier
    day, and begins today or slid before.

    What has slid today is not asked to do so again today.
    """

    def __init__(self, known: Iterable[Known], today: str) -> None:
        self._today = today
        self._resting: set[tuple[str, str]] = set()
        self._sliding: set[tuple[int, int]] = set()  # as long, as far ahead
        self._closed: set[tuple[int, int]] = set()
        for one in known:
            if one.state == SETTING and one.reason == "slides" and one.said_on == today:
                self._resting.add((one.start, one.end))
            elif one.kind == BLOCK and one.said_on is not None and one.said_on < today:
                place = days(one.start, one.end), days(one.said_on, one.start)
                (self._sliding if one.state == SETTING else self._closed).add(place)

    def __contains__(self, event: Event) -> bool:
        if (event.start, event.end) in self._resting:
            return True
        place = days(event.start, event.end), days(self._today, event.start)
        return place in self._sliding or (event.start == self._today and place in self._closed)
