"""Entries that repeat become one event for each occurrence: RRULE, RDATE and EXDATE, and the occurrences that were
changed or cancelled (RECURRENCE-ID). Rule 4 of docs/calendars.md.

An occurrence is known by its UID and the day on which the rule has it begin, so it stays itself when it is moved. A
series that cannot be followed to its end is reported and not imported: half of a rule would be worse than none.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

from calsync.ical import nights, rules
from calsync.ical.errors import EventBroken
from calsync.ical.models import MAX_EVENTS, Event, Problem, occurrence
from calsync.ical.properties import Properties
from calsync.ical.rules import Budget
from calsync.ical.versions import Versions
from calsync.ical.zones import Zones

PAST = timedelta(days=31)
HORIZON = timedelta(days=731)  # 24 months
MAX_DATES = 1_000  # of RDATE and EXDATE, for one entry

Parts = list[tuple[str, Properties]]
"""The entries that repeat or belong to one that does, each with its UID."""


class Clock(msgspec.Struct, frozen=True):
    """The clock that a series repeats by: the zone of its beginning, or None where it has dates only."""

    zone: tzinfo | None

    @classmethod
    def of(cls, start: date) -> "Clock":
        """That of a series that begins at this moment."""
        return cls(start.tzinfo if isinstance(start, datetime) else None)

    def read(self, moment: date) -> datetime:
        """A moment as it shows, without its zone; a date is its midnight."""
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time())
        if self.zone is None:
            return datetime.combine(moment.date(), time())
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def moment(self, shown: datetime) -> date:
        """The moment at which it shows this."""
        return shown.date() if self.zone is None else shown.replace(tzinfo=self.zone)


def expand(parts: Parts, versions: Versions, zones: Zones, today: date | None) -> list[Problem]:
    """Add every occurrence around `today` to `versions`; what cannot be followed is returned as problems."""
    problems: list[Problem] = []
    all_series: dict[str, Series] = {}
    budget = Budget()
    for uid, entry in parts:
        one = all_series.setdefault(uid, Series(uid, zones, budget, problems))
        (one.changes if "RECURRENCE-ID" in entry else one.masters).append(entry)
    for uid, one in all_series.items():
        try:
            one.expand(versions, today)
        except EventBroken as broken:
            problems.append(Problem(broken.code, broken.detail, uid))
        except (ValueError, OverflowError):
            problems.append(Problem("impossible_date", nights.impossible().detail, uid))
    return problems


class Series:
    """The entries with one UID: those that repeat (one, or versions of it) and single occurrences that were changed."""

    def __init__(self, uid: str, zones: Zones, budget: Budget, problems: list[Problem]) -> None:
        self.masters: list[Properties] = []
        self.changes: list[Properties] = []
        self._uid = uid
        self._zones = zones
        self._budget = budget
        self._problems = problems

    def expand(self, versions: Versions, today: date | None) -> None:
        """All or nothing of it. Raises EventBroken, ValueError or OverflowError."""
        if today is None:
            raise EventBroken("recurring", "The entry repeats.")
        masters = self._latest(versions.cancelled_at(self._uid))
        clock = Clock.of(nights.started(masters[0], self._zones)) if masters else None
        changed, regular = Versions(), Versions()
        for entry in self.changes:
            self._change(entry, clock, changed)
        for master in masters:
            for event in self._occurrences(master, today):
                regular.add(event)
            if len(versions) + len(changed) + len(regular) > MAX_EVENTS:
                raise rules.too_costly()
        versions.take(changed)
        versions.take(regular, unless=changed)

    def _latest(self, cancelled_at: int) -> list[Properties]:
        """The masters of the latest version; none when that is cancelled."""
        latest = max((master.sequence for master in self.masters), default=-1)
        return [master for master in self.masters if master.sequence == latest >= cancelled_at]

    def _change(self, entry: Properties, clock: Clock | None, changed: Versions) -> None:
        """One occurrence that is not as the rule has it. A broken one leaves the occurrence as it was."""
        line = entry["RECURRENCE-ID"]
        if "RANGE" in line[0].upper():
            raise EventBroken("recurring", "The entry changes all its later occurrences at once (RANGE).")
        origin = nights.moment(line, self._zones)
        key = occurrence(self._uid, _day((clock or Clock.of(origin)).read(origin)))
        if entry.cancelled or entry.free:
            changed.cancel(key, entry.version)
            return
        if not self.masters:
            detail = "The entry changes an occurrence of one that is not in the calendar; it was taken by itself."
            self._problems.append(Problem("orphan", detail, key, lost=False))
        try:
            start, end = nights.nights(entry, self._zones)
        except EventBroken as broken:
            self._problems.append(Problem(broken.code, broken.detail, key))
        else:
            changed.add(Event(key, start, end, entry.text("SUMMARY").strip(), entry.version))

    def _occurrences(self, master: Properties, today: date) -> Iterator[Event]:
        """What the rule and the dates of one entry make, around today. The beginning is always one of them."""
        self._budget.spend(rules.PER_SERIES)
        start = nights.started(master, self._zones)
        clock = Clock.of(start)
        begin = clock.read(start)
        length = clock.read(nights.ended(master, start, self._zones)) - begin
        first = datetime.combine(today - PAST, time()) - length
        last = datetime.combine(today + HORIZON, time())
        left_out = {
            clock.read(one) if isinstance(one, datetime) else one for one in self._listed(master, "EXDATE")
        }  # a date leaves out its whole day
        title, version = master.text("SUMMARY").strip(), master.version
        added = map(clock.read, self._listed(master, "RDATE"))
        found = {begin, *added, *self._ruled(master, clock, begin, first, last)}
        for shown in sorted(found):
            if first <= shown <= last and shown not in left_out and shown.date() not in left_out:
                self._budget.spend(rules.PER_OCCURRENCE)
                ends = self._end(master, clock, shown, length)
                night, morning = nights.span(clock.moment(shown), ends, self._zones.home)
                yield Event(occurrence(self._uid, _day(shown)), night.isoformat(), morning.isoformat(), title, version)

    def _ruled(
        self, master: Properties, clock: Clock, begin: datetime, first: datetime, last: datetime
    ) -> Iterator[datetime]:
        if master.lines("EXRULE"):
            raise EventBroken("recurring", "The entry leaves out days by a rule (EXRULE), which is not carried out.")
        if len(master.lines("RRULE")) > 1:
            raise EventBroken("recurring", "The entry repeats by more than one rule.")
        for _, text in master.lines("RRULE"):
            rule = rules.parse(text)
            until = min(last, self._until(rule.until, clock)) if rule.until else last
            yield from rules.starts(rule, begin, first, until, self._budget)

    def _until(self, text: str, clock: Clock) -> datetime:
        """The last moment of a rule on its own clock; of a date all of that day."""
        until = nights.moment(("UNTIL", text[:8] if clock.zone is None else text), self._zones)
        whole_day = timedelta(0) if isinstance(until, datetime) else timedelta(days=1, seconds=-1)
        return clock.read(until) + whole_day

    def _listed(self, master: Properties, name: str) -> Iterator[date]:
        """The moments that RDATE or EXDATE list."""
        lines = master.lines(name)
        count = sum(value.count(",") + 1 for _, value in lines)
        if count > MAX_DATES:
            raise rules.too_costly()
        self._budget.spend(count * rules.PER_DATE)
        for head, values in lines:
            for value in values.split(","):
                if "/" in value:
                    raise EventBroken("recurring", "The entry lists periods (RDATE), which are not imported.")
                yield nights.moment((head, value.strip()), self._zones)

    def _end(self, master: Properties, clock: Clock, shown: datetime, length: timedelta) -> date:
        if "DURATION" in master and "DTEND" not in master:
            return nights.later(clock.moment(shown), master.value("DURATION").upper(), self._zones.home)
        return clock.moment(shown + length)


def _day(shown: datetime) -> str:
    return shown.date().isoformat().replace("-", "")
