"""From bytes to the VEVENT components of a calendar: rules 1, 4 and 6 of docs/calendars.md.

Lines are unfolded as bytes, before decoding, because a fold may split a character. Only the properties in WANTED are
kept, the first of each, and all of those in LISTED; what belongs to an inner component (an alarm) or to a time zone
never reaches the event. Events in the shape that channels write are taken by `common` in one step, others line by line.
"""

import re
from collections.abc import Iterator

from calsync.ical import common
from calsync.ical.common import Common
from calsync.ical.models import MAX_BYTES, MAX_EVENTS, CalendarBroken

LISTED = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE"})
WANTED = LISTED | {"UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "SEQUENCE", "RECURRENCE-ID"}
OF_ZONE = frozenset({"TZID", "X-LIC-LOCATION"})
KNOWN = WANTED | OF_ZONE | {"BEGIN", "END"}
CALENDAR, EVENT, ZONE = ["VCALENDAR"], ["VCALENDAR", "VEVENT"], ["VCALENDAR", "VTIMEZONE"]
MAX_DEPTH = 8
MAX_HEADS = 1_000  # spellings of names that are remembered; a calendar has some twenty
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LONE_CR = re.compile(rb"\r(?!\n)")
_FOLD = re.compile(rb"\n[ \t]")  # one pass, and less than half the time of two replacements
_NUMBER = re.compile(r"^\d{1,9}$", re.ASCII)
NEXT_EVENT = f"\n{common.BEGIN}"

Line = tuple[str, str]
"""(name with its parameters, value)."""


class Properties(dict[str, Line]):
    """Name → the first line with it, and in `listed` every line of the names that may come more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[tuple[str, Line]] = []

    def value(self, name: str) -> str:
        """The value of a property; empty where it is missing."""
        line = self.get(name)
        return line[1].strip() if line else ""

    def text(self, name: str) -> str:
        """The value of a TEXT property without its escapes."""
        return unescaped(self.value(name))

    @property
    def sequence(self) -> int:
        """Which version of itself the entry is; 0 where it does not say so."""
        text = self.value("SEQUENCE")
        return int(text) if _NUMBER.match(text) else 0


def unescaped(text: str) -> str:
    r"""Undo the escapes of TEXT: `\n`, `\,`, `\;`, `\\`."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text) if "\\" in text else text


def unfolded(data: bytes) -> str:
    """The content lines of a calendar, each ended by one line feed, whatever its line ends and encoding."""
    if len(data) > MAX_BYTES:
        raise CalendarBroken(f"The calendar is larger than {MAX_BYTES // 1024} KiB.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    elif data[:4] in (b"B\0E\0", b"b\0e\0", b"\0B\0E", b"\0b\0e"):  # UTF-16 without its mark
        data = data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    if _LONE_CR.search(data):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _decoded(_FOLD.sub(b"", data.translate(None, b"\r"))) + "\n"


def _decoded(data: bytes) -> str:
    """UTF-8; a line that is none is taken as Latin-1, so that different UIDs stay different."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\n".join(map(_decoded_line, data.split(b"\n")))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def events(text: str, locations: dict[str, str]) -> Iterator[Common | Properties]:
    """Every VEVENT. Raises CalendarBroken, at the latest at the end, unless the whole calendar is well nested.

    `locations` is filled with what the calendar's time zones say of themselves: TZID → X-LIC-LOCATION.
    """
    _check_beginning(text)
    scanner = Scanner(locations)
    at, end = 0, len(text)
    while at < end:
        if scanner.stack == CALENDAR and (event := common.match(text, at)):
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


class Scanner:
    """Reads content lines and knows in which component it is."""

    def __init__(self, locations: dict[str, str]) -> None:
        self.stack: list[str] = []
        self._locations = locations
        self._zone: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._event = Properties()
        self._count = 0

    def count_event(self) -> None:
        """One more; raises CalendarBroken when there are too many."""
        self._count += 1
        if self._count > MAX_EVENTS:
            raise CalendarBroken(f"The calendar has more than {MAX_EVENTS} entries.")

    def scan(self, lines: list[str]) -> Iterator[Properties]:
        """The events that end in these lines."""
        names = self._names
        inside = self.stack == EVENT
        for line in lines:
            head, _, value = line.partition(":")
            name = names.get(head)
            if name is None:
                head, value, name = self._first_seen(line, head, value)
            if not name:
                continue
            if name == "BEGIN":
                self._enter(value.strip().upper())
                inside = self.stack == EVENT
            elif name == "END":
                if inside:
                    yield self._event
                self._leave(value.strip().upper())
                inside = self.stack == EVENT
            elif inside:
                self._event.setdefault(name, (head, value))
                if name in LISTED:
                    self._event.listed.append((name, (head, value)))
            elif name in OF_ZONE and self.stack == ZONE:
                self._zone[name] = value.strip()

    def _first_seen(self, line: str, head: str, value: str) -> tuple[str, str, str]:
        """Look closely at a kind of line that was not met yet: its name is empty when nobody asks for it."""
        quoted = '"' in head
        if quoted:
            head, value = _split_quoted(line)
        name = head.partition(";")[0].strip().upper()
        name = name if name in KNOWN else ""
        if not quoted and len(self._names) < MAX_HEADS:
            self._names[head] = name
        return head, value, name

    def _enter(self, kind: str) -> None:
        self.stack.append(kind)
        depth = len(self.stack)
        if (kind == "VCALENDAR") != (depth == 1) or (kind == "VEVENT" and depth != 2) or depth > MAX_DEPTH:
            raise CalendarBroken(f"The calendar is malformed: {kind[:40]} begins where it must not.")
        if kind == "VEVENT":
            self.count_event()
            self._event = Properties()

    def _leave(self, kind: str) -> None:
        if not self.stack or self.stack[-1] != kind:
            raise CalendarBroken(f"The calendar is malformed: {kind[:40]} ends where it must not.")
        if self.stack == ZONE:
            if len(self._zone) == len(OF_ZONE):
                self._locations[self._zone["TZID"]] = self._zone["X-LIC-LOCATION"]
            self._zone = {}
        self.stack.pop()


def _split_quoted(line: str) -> Line:
    """Split at the first colon that is not inside quotes: `DTSTART;TZID="UTC+01:00":20280110T150000`."""
    quoted = False
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return line[:at], line[at + 1 :]
    return line, ""


def _check_beginning(text: str) -> None:
    first = text.lstrip()[:80].partition("\n")[0].strip()
    if first.upper() == "BEGIN:VCALENDAR":
        return
    if not first:
        raise CalendarBroken("The calendar's host sent an empty answer.")
    if first.startswith("<"):
        raise CalendarBroken("The address leads to a web page, perhaps one that asks to log in, not to a calendar.")
    raise CalendarBroken("The address does not lead to a calendar in iCalendar format.")
