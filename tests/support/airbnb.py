"""Calendars in the shape in which Airbnb exports them to hosts today.

CRLF lines folded at 75 octets; two summaries only; the kind of an event shows in the prefix of its UID; a reservation
has a link and the last digits of a phone number, a block has no description; dates are half-open; DTSTAMP is the time
of the export on every event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

RESERVATION_UID = "1418fb94e984"
BLOCK_UID = "7f662ec65913"
HEADER = ("BEGIN:VCALENDAR", "PRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN", "CALSCALE:GREGORIAN", "VERSION:2.0")
DEFAULT_STAMP = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)

Day = date | str


def airbnb_calendar(
    stays: Iterable[Sequence[Day]] = (),
    blocks: Iterable[Sequence[Day]] = (),
    *,
    stamp: datetime = DEFAULT_STAMP,
) -> bytes:
    """A calendar with reservations `(start, end, code)`, code like `HMABCDEFGH`, and blocks `(start, end)`."""
    lines = list(HEADER)
    for start, end, code in stays:
        lines += _event(start, end, "Reserved", RESERVATION_UID, str(code), stamp, _description(str(code)))
    for start, end in blocks:
        lines += _event(start, end, "Airbnb (Not available)", BLOCK_UID, f"{start}/{end}", stamp, None)
    lines.append("END:VCALENDAR")
    return "".join(folded(line) for line in lines).encode()


def folded(line: str) -> str:
    """A content line with its CRLF, folded so that no physical line has more than 75 octets."""
    parts, current, room = [], "", 75
    for char in line:
        size = len(char.encode())
        if size > room:
            parts.append(current)
            current, room = "", 74  # the space that marks a continuation counts
        current += char
        room -= size
    return "\r\n ".join([*parts, current]) + "\r\n"


def uid(kind: str, identity: str) -> str:
    """The UID Airbnb-style for a reservation code or a block; the same for the same identity."""
    return f"{kind}-{hashlib.md5(identity.encode(), usedforsecurity=False).hexdigest()}@airbnb.com"


def _event(
    start: Day, end: Day, summary: str, kind: str, identity: str, stamp: datetime, description: str | None
) -> list[str]:
    first, last = _day(start), _day(end)
    if last <= first:
        raise ValueError(f"an event must have at least one night: {first} to {last}")
    lines = [
        "BEGIN:VEVENT",
        f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{last:%Y%m%d}",
        f"SUMMARY:{summary}",
        f"UID:{uid(kind, identity)}",
    ]
    if description is not None:
        lines.append(f"DESCRIPTION:{description}")
    return [*lines, "END:VEVENT"]


def _description(code: str) -> str:
    digits = int(hashlib.sha256(code.encode()).hexdigest(), 16) % 10_000
    link = f"https://www.airbnb.com/hosting/reservations/details/{code}"
    return f"Reservation URL: {link}\\nPhone Number (Last 4 Digits): {digits:04d}"


def _day(value: Day) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
