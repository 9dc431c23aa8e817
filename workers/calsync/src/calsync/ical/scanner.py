"""From content lines to the entries of a calendar: VEVENT and VFREEBUSY. Rules 1, 4 and 6 of docs/calendars.md.

Only the properties that are wanted are kept; what belongs to an inner component (an alarm) or to a time zone never
reaches the entry. Events in the shape that channels write are taken by `common` in one step, others line by line.

A line that opens or closes what cannot be opened or closed there (`End: 12 Apr`) is one of a text and says nothing. A
broken entry never breaks the calendar: what lacks its end ends where its surroundings do.
"""

import re
from collections.abc import Iterator

from calsync.ical import common
from calsync.ical.common import Common
from calsync.ical.lines import split_quoted
from calsync.ical.models import MAX_EVENTS, STRAY, CalendarBroken, Problem
from calsync.ical.properties import WANTED, Properties

KNOWN = WANTED | {"BEGIN", "END", "METHOD"}
CALENDAR = ["VCALENDAR"]
ENTRIES = ("VEVENT", "VFREEBUSY")
INSIDE = [[kind] for kind in ENTRIES]
MAX_DEPTH = 8
MAX_HEADS = 1_000  # spellings of names that are remembered; a calendar has some twenty
NEXT_EVENT = f"\n{common.BEGIN}"
_NAME = re.compile(r"^[A-Z][A-Z0-9-]*$", re.ASCII)
_INNER = re.compile(r"^(?:VALARM|VLOCATION|VRESOURCE|PARTICIPANT|STANDARD|DAYLIGHT|X-.*)$", re.ASCII)  # of an entry


def events(text: str, problems: list[Problem]) -> Iterator[Common | Properties]:
    """Every entry. Raises CalendarBroken, at the latest at the end, for what is no whole calendar; `problems` gets what
    is wrong with its structure."""
    _check_beginning(text)
    scanner = Scanner(problems)
    at, end = 0, len(text)
    while at < end:
        if scanner.stack == CALENDAR and not scanner.called_off and (event := common.match(text, at)):
            scanner.count_event()
            yield event.groups()
            at = event.end()
            continue
        following = text.find(NEXT_EVENT, at)
        until = end if following < 0 else following + 1
        yield from scanner.scan(text[at:until].split("\n"))
        at = until
    if scanner.stack:
        raise CalendarBroken("The calendar is cut off: its end is missing.")
    if scanner.texts:
        detail = (
            f"Lines that look like the beginning or the end of something, and were taken for text: {scanner.texts}."
        )
        problems.append(Problem("text_line", detail, lost=False))


class Scanner:
    """Reads content lines and knows in which component it is. `called_off`: the calendar cancels what it lists; `texts`
    counts the lines that look like structure and are none."""

    def __init__(self, problems: list[Problem]) -> None:
        self.stack: list[str] = []
        self.called_off = False
        self._problems = problems
        self._names: dict[str, str] = {}
        self._entry = Properties()
        self._count = 0
        self.texts = 0

    def count_event(self) -> None:
        """One more; raises CalendarBroken when there are too many."""
        self._count += 1
        if self._count > MAX_EVENTS:
            raise CalendarBroken(f"The calendar has more than {MAX_EVENTS} entries.")

    def scan(self, lines: list[str]) -> Iterator[Properties]:
        """The entries that end in these lines."""
        names = self._names
        inside = self._inside()
        for line in lines:
            head, _, value = line.partition(":")
            name = names.get(head)
            if name is None:
                head, value, name = self._first_seen(line, head, value)
            if not name:
                continue
            if name == "BEGIN":
                yield from self._enter(value.strip().upper())
                inside = self._inside()
            elif name == "END":
                yield from self._leave(value.strip().upper())
                inside = self._inside()
            elif inside:
                self._entry.note(name, head, value)
            elif name == "METHOD" and self.stack == CALENDAR:
                self.called_off = value.strip().upper() == "CANCEL"

    def _inside(self) -> bool:
        return self.stack[1:] in INSIDE

    def _first_seen(self, line: str, head: str, value: str) -> tuple[str, str, str]:
        """Look closely at a kind of line that was not met yet: its name is empty when nobody asks for it."""
        quoted = '"' in head
        if quoted:
            head, value = split_quoted(line)
        name = head.partition(";")[0].strip().upper()
        name = name if name in KNOWN else ""
        if not quoted and len(self._names) < MAX_HEADS:
            self._names[head] = name
        return head, value, name

    def _enter(self, kind: str) -> Iterator[Properties]:
        if not _NAME.match(kind) or self._is_text(kind):
            self.texts += 1
            return
        if (kind == "VCALENDAR") == bool(self.stack) or len(self.stack) >= MAX_DEPTH:
            raise CalendarBroken(f"The calendar is malformed: {kind[:40]} begins where it must not.")
        if kind in ENTRIES:
            yield from self._close()
            self.count_event()
            self._entry = Properties(kind, called_off=self.called_off)
        self.stack.append(kind)
        if kind == "VCALENDAR":
            self.called_off = False

    def _is_text(self, kind: str) -> bool:
        """Whether nothing of this kind begins in an entry, nor a calendar, which would end it."""
        in_entry = len(self.stack) > 1 and self.stack[1] in ENTRIES
        return in_entry and kind not in (*ENTRIES, "VCALENDAR") and not _INNER.match(kind)

    def _leave(self, kind: str) -> Iterator[Properties]:
        if kind in self.stack:
            yield from self._close(kind, down_to=self.stack.index(kind))
        elif kind in ENTRIES:
            self._problems.append(Problem(STRAY, "An entry ends that has no beginning, so it could not be read."))
        else:
            self.texts += 1

    def _close(self, kind: str = "", *, down_to: int = 1) -> Iterator[Properties]:
        """Close what is open but the outermost `down_to`, because a `kind` ends or another one begins."""
        while len(self.stack) > down_to:
            closed = self.stack.pop()
            if closed in ENTRIES:
                self._entry.finish(closed=closed == kind)
                yield self._entry


def _check_beginning(text: str) -> None:
    first = text.lstrip()[:80].partition("\n")[0].strip()
    if first.upper() == "BEGIN:VCALENDAR":
        return
    if not first:
        raise CalendarBroken("The calendar's host sent an empty answer.")
    if first.startswith("<"):
        raise CalendarBroken("The address leads to a web page, perhaps one that asks to log in, not to a calendar.")
    raise CalendarBroken("The address does not lead to a calendar in iCalendar format.")
