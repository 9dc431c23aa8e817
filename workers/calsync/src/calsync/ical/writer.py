"""Writes a calendar that every channel reads: dates only, exclusive ends, CRLF, lines of at most 75 octets.

The same entries give the same bytes: nothing in it is the time of writing, so an unchanged calendar keeps its ETag.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from calsync.ical.models import Entry

PRODID = "-//PropFlow360//Calendar 1.0//EN"
HEADER = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    f"PRODID:{PRODID}",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    "X-PUBLISHED-TTL:PT1H",
)
END = "END:VCALENDAR\r\n"
MAX_OCTETS = 75


def write(entries: Iterable[Entry]) -> str:
    """The whole calendar; valid when there are no entries, too."""
    return f"{_lines(HEADER)}{''.join(map(_event, entries))}{END}"


def resource(entry: Entry) -> str:
    """A calendar of one entry, as a CalDAV collection holds it: without METHOD (RFC 4791, 4.1) and hints to readers."""
    return f"{_lines(HEADER[:4])}{_event(entry)}{END}"


def escaped(text: str) -> str:
    """TEXT as it is written (RFC 5545, 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """A content line with its line end, continued on the next ones when too long; a character is never split."""
    if len(line) <= MAX_OCTETS and line.isascii():
        return line + "\r\n"
    parts: list[str] = []
    current, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > MAX_OCTETS:
            parts.append(current)
            current, size = " ", 1
        current += char
        size += width
    return "\r\n".join([*parts, current]) + "\r\n"


def _lines(lines: Iterable[str]) -> str:
    return "".join(folded(line) for line in lines)


def _event(entry: Entry) -> str:
    """Only what others may have written can be long."""
    stamp = datetime.fromtimestamp(entry.changed_at // 1000, UTC).isoformat()[:19]
    return (
        f"BEGIN:VEVENT\r\n{folded(f'UID:{escaped(entry.uid)}')}"
        f"DTSTAMP:{stamp.replace('-', '').replace(':', '')}Z\r\n"
        f"DTSTART;VALUE=DATE:{entry.start.replace('-', '')}\r\nDTEND;VALUE=DATE:{entry.end.replace('-', '')}\r\n"
        f"SEQUENCE:{entry.sequence}\r\n{folded(f'SUMMARY:{escaped(entry.summary)}')}END:VEVENT\r\n"
    )
