"""Reads a calendar into nights. A broken entry is reported and skipped; a broken calendar is an error.

Rules 1 to 8 of docs/calendars.md. What repeats is expanded by `series`, which is loaded only then: channels send none.
"""

from collections.abc import Iterable
from datetime import date, tzinfo

from calsync.ical import lines, nights
from calsync.ical.common import Common
from calsync.ical.lines import Properties
from calsync.ical.models import Event, Problem, Reading
from calsync.ical.nights import EventBroken
from calsync.ical.versions import Versions
from calsync.ical.zones import Zones

MAX_UID = 255
_OF_SERIES = frozenset({"RRULE", "RDATE", "EXRULE", "RECURRENCE-ID"})


def read(data: bytes, home: tzinfo, today: date | None = None) -> Reading:
    """Read a whole calendar, seen from the property's zone. Raises CalendarBroken.

    What repeats is expanded around `today`; without it, it is reported.
    """
    locations: dict[str, str] = {}
    reader = _Reader(Zones(home, locations))
    reader.take(lines.events(lines.unfolded(data), locations))
    return reader.reading(today)


class _Reader:
    """What has been read of a calendar so far."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._versions = Versions()
        self._problems: list[Problem] = []
        self._of_series: list[tuple[str, Properties]] = []
        self._cancelled = 0

    def take(self, entries: Iterable[Common | Properties]) -> None:
        """All entries; a broken one becomes a problem."""
        for entry in entries:
            uid = ""
            try:
                if isinstance(entry, tuple):
                    uid = (entry[2] or "").rstrip()
                    self._take_common(uid, entry)
                else:
                    uid = entry.text("UID")
                    self._take_lines(uid, entry)
            except EventBroken as broken:
                self._problems.append(Problem(broken.code, broken.detail, uid[:MAX_UID] or None))

    def reading(self, today: date | None) -> Reading:
        """Everything together."""
        if self._of_series:
            self._expand(today)
        return Reading(
            events=self._versions.events(), problems=self._problems + self._versions.problems(),
            cancelled=self._cancelled, repeats=bool(self._of_series),
        )  # fmt: skip

    def _take_common(self, uid: str, entry: Common) -> None:
        first, last, _, summary, sequence = entry
        _check_uid(uid)
        if first is None:
            raise nights.without_start()
        start, end = nights.common_nights(first, last)
        self._versions.add(Event(uid, start, end, (summary or "").strip()), int(sequence or 0))

    def _take_lines(self, uid: str, entry: Properties) -> None:
        if entry.value("STATUS").upper() == "CANCELLED":
            self._cancelled += 1
            if uid and "RECURRENCE-ID" in entry:
                self._of_series.append((uid, entry))
            elif uid:
                self._versions.cancel(uid, entry.sequence)
            return
        _check_uid(uid)
        if not _OF_SERIES.isdisjoint(entry):
            self._of_series.append((uid, entry))
            return
        start, end = nights.nights(entry, self._zones)
        self._versions.add(Event(uid, start, end, entry.text("SUMMARY").strip()), entry.sequence)

    def _expand(self, today: date | None) -> None:
        from calsync.ical import series  # with the library behind it; few calendars need them

        self._problems += series.expand(self._of_series, self._versions, self._zones, today)


def _check_uid(uid: str) -> None:
    if not uid:
        raise EventBroken("missing_uid", "The entry has no UID, so it could not be recognised the next time.")
    if len(uid) > MAX_UID:
        raise EventBroken("uid_too_long", f"The UID of the entry is longer than {MAX_UID} characters.")
