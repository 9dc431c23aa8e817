"""Reads a calendar into nights. A broken entry is reported and skipped; a broken calendar is an error.

Rules 1 to 8 of docs/calendars.md. What repeats is expanded by `series`, which is loaded only then: channels send none.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, tzinfo

from calsync.ical import busy, nights, scanner
from calsync.ical.common import Common
from calsync.ical.errors import EventBroken
from calsync.ical.lines import unfolded
from calsync.ical.models import UNKNOWN_ZONE, Event, Problem, Reading, nameless
from calsync.ical.properties import Properties, version
from calsync.ical.versions import Versions
from calsync.ical.zones import Zones

MAX_UID = 255
_OF_SERIES = frozenset({"RRULE", "RDATE", "EXRULE", "RECURRENCE-ID"})


def read(data: bytes, home: tzinfo, today: date | None = None) -> Reading:
    """Read a whole calendar, seen from the property's zone. Raises CalendarBroken.

    What repeats is expanded around `today`; without it, it is reported.
    """
    text = unfolded(data)
    reader = _Reader(Zones(home, text))
    reader.take(scanner.events(text, reader.problems))
    return reader.reading(today)


class _Reader:
    """What has been read of a calendar so far."""

    def __init__(self, zones: Zones) -> None:
        self.problems: list[Problem] = []
        self._zones = zones
        self._versions = Versions()
        self._of_series: list[tuple[str, Properties]] = []
        self._busy: list[tuple[str, str]] = []
        self._cancelled = self._free = self._nameless = 0

    def take(self, entries: Iterable[Common | Properties]) -> None:
        """All entries; a broken one becomes a problem."""
        for entry in entries:
            uid = ""
            try:
                if isinstance(entry, tuple):
                    uid = _known_as((entry[2] or "").rstrip())
                    self._take_common(uid, entry)
                elif entry.kind == busy.KIND:
                    self._busy += busy.periods(entry, self._zones)
                else:
                    uid = _known_as(entry.text("UID"))
                    self._take_lines(uid, entry)
            except EventBroken as broken:
                self.problems.append(Problem(broken.code, broken.detail, uid or None))

    def reading(self, today: date | None) -> Reading:
        """Everything together."""
        if self._of_series:
            self._expand(today)
        if self._busy:
            self._add_busy()
        return Reading(
            events=self._versions.events(), problems=self.problems + self._versions.problems() + self._notes(),
            cancelled=self._cancelled, free=self._free, repeats=bool(self._of_series),
            cancellations=self._versions.cancellations(),
        )  # fmt: skip

    def _take_common(self, uid: str, entry: Common) -> None:
        first, last, _, summary, sequence, changed, stamped = entry
        if first is None:
            raise nights.without_start()
        start, end = nights.common_nights(first, last)
        self._add(uid, start, end, (summary or "").strip(), version(int(sequence or 0), changed or "", stamped or ""))

    def _take_lines(self, uid: str, entry: Properties) -> None:
        if not entry.closed:
            detail = "The entry has no end; it was read as far as it goes."
            self.problems.append(Problem("unclosed", detail, uid or None))
        repeats = not _OF_SERIES.isdisjoint(entry) if uid else "RRULE" in entry or "RDATE" in entry
        if entry.cancelled or entry.free:
            self._without_nights(uid, entry)
        elif repeats:
            self._of_series.append((uid or self._named_after(entry), entry))
        else:
            start, end = nights.nights(entry, self._zones)
            self._add(uid, start, end, entry.text("SUMMARY").strip(), entry.version)

    def _add(self, uid: str, start: str, end: str, title: str, version: tuple[int, str, str]) -> None:
        if not uid:
            self._nameless += 1
            uid = nameless(start, end, title)
        self._versions.add(Event(uid, start, end, title, version))

    def _named_after(self, entry: Properties) -> str:
        """The UID of an entry that repeats and has none."""
        self._nameless += 1
        return nameless(*(entry.value(name) for name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "SUMMARY")))

    def _without_nights(self, uid: str, entry: Properties) -> None:
        """An entry that is called off, or that is free time, counts as absent."""
        if entry.cancelled:
            self._cancelled += 1
        else:
            self._free += 1
        if uid and "RECURRENCE-ID" in entry:
            self._of_series.append((uid, entry))
        elif uid:
            self._versions.cancel(uid, entry.version)

    def _expand(self, today: date | None) -> None:
        from calsync.ical import series  # with the library behind it; few calendars need them

        self.problems += series.expand(self._of_series, self._versions, self._zones, today)

    def _add_busy(self) -> None:
        """Published busy times come last: what an entry says is better known."""
        for start, end in busy.uncovered(self._busy, self._versions.events()):
            self._versions.add(Event(nameless(busy.KIND, start, end), start, end))

    def _notes(self) -> list[Problem]:
        """What a person should know of the calendar as a whole: a line for each kind."""
        told = [
            Problem(UNKNOWN_ZONE, f"The time zone {_shown(name)} is not known; its times were taken for local ones.")
            for name in self._zones.unknown
        ]
        notes = (
            (self._nameless, "missing_uid", "Entries without a UID, known by their nights and titles: {}."),
            (
                len(self._busy),
                "free_busy",
                "Busy times (VFREEBUSY), taken for stays where no entry covers them: {}.",
            ),
            (self._free, "free_time", "Entries that are marked as free time (TRANSPARENT) and take no nights: {}."),
        )
        return told + [Problem(code, text.format(count), lost=False) for count, code, text in notes if count]


def _known_as(uid: str) -> str:
    """The UID by which an entry is remembered: a long one by its hash."""
    return uid if len(uid) <= MAX_UID else f"sha256:{hashlib.sha256(uid.encode()).hexdigest()}"


def _shown(name: str) -> str:
    return "".join(filter(str.isprintable, name))[:60]
