"""Builders of calendars as each channel writes them (docs/calendars.md, S1 to S4), for any nights; all names invented.

A stay is (uid, first night, day of departure), with dates as `2026-12-10`. `calendars.py` holds whole calendars.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

Stay = tuple[str, str, str]

AIRBNB_HEAD = "PRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN\nCALSCALE:GREGORIAN\nVERSION:2.0"
BOOKING_PRODID = r"-//admin.booking.com\\\\\\, b.v.//NONSGML v1.0//EN"
BOOKING_HEAD = f"VERSION:2.0\nPRODID:{BOOKING_PRODID}\nCALSCALE:GREGORIAN\nMETHOD:PUBLISH"
VRBO_HEAD = "VERSION:2.0\nCALSCALE:GREGORIAN\nPRODID:-//HomeAway.com, Inc.//EN"
HTML_LOGIN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>"


def airbnb(stays: Iterable[Stay] = (), blocks: Iterable[Stay] = (), stamp: str = "20261101T060000Z") -> bytes:
    """Stamped anew each time, folded, CRLF."""
    entries = [
        f"DTSTAMP:{stamp}\n{_dates(start, end)}\nSUMMARY:Reserved\nUID:1418fb94e984-{uid}@airbnb.com\n"
        "DESCRIPTION:Reservation URL: https://www.airbnb.com/hosting/reservations/de\n"
        f" tails/HM{uid[:8].upper()}\\nPhone Number (Last 4 Digits): 1234"
        for uid, start, end in stays
    ] + [
        f"DTSTAMP:{stamp}\n{_dates(start, end)}\nSUMMARY:Airbnb (Not available)\nUID:7f662ec65913-{uid}@airbnb.com"
        for uid, start, end in blocks
    ]
    return _calendar(AIRBNB_HEAD, entries, "\r\n")


def airbnb_rolling(today: str, window: int = 365) -> bytes:
    """Closures that slide with the day: tonight only and the end of the window; and a night beside a stay."""
    day = date.fromisoformat(today)
    tail, end = _plus(day, window - 180), _plus(day, window)
    closed = [(f"{today}-tonight", today, _plus(day, 1)), (f"{today}-tail", tail, end)]
    return airbnb([("fixed", "2026-12-10", "2026-12-14")], [*closed, ("beside", "2026-12-14", "2026-12-15")])


def booking(stays: Iterable[Stay], end: str = "\r\n") -> bytes:
    """One title for stays and closures alike, a UID of 32 digits, an over-escaped PRODID. `end` may be a bare LF."""
    entries = [
        f"DTSTAMP:20261101T060000Z\n{_dates(start, last)}\nUID:{uid:0>32}@booking.com\nSUMMARY:CLOSED - Not available"
        for uid, start, last in stays
    ]
    return _calendar(BOOKING_HEAD, entries, end)


def vrbo(stays: Iterable[Stay], title: str = "Reserved - Melanie") -> bytes:
    """Bare LF, a title with a first name in the language of the host."""
    entries = [
        f"UID:{uid}\nDTSTAMP:20261101T060000Z\n{_dates(start, end)}\nSUMMARY:{title}" for uid, start, end in stays
    ]
    return _calendar(VRBO_HEAD, entries, "\n")


def vrbo_block_uid(start: str, end: str) -> str:
    """The UID that Vrbo makes of the nights of a closure: `12202026-1220-2026-1223-122020261223`."""
    (year, month, day), (_, last_month, last_day) = start.split("-"), end.split("-")
    return f"{month}{day}{year}-{month}{day}-{year}-{last_month}{last_day}-{month}{day}{year}{last_month}{last_day}"


def expedia(first: str, nights: int) -> bytes:
    """Each closed night by itself, hundreds of them."""
    days = [date.fromisoformat(first) + timedelta(days=number) for number in range(nights)]
    entries = [
        f"UID:{10**18 + number}@expedia.com\n{_dates(day.isoformat(), _plus(day, 1))}\nSUMMARY:Unavailable on Expedia"
        for number, day in enumerate(days)
    ]
    return _calendar("VERSION:2.0", entries, "\r\n")


def smoobu(uid: str, start: str, end: str) -> bytes:
    """One stay three times: arrival, departure, and the whole of it."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    parts = [("Check-in", start, _plus(first, 1)), ("Check-out", end, _plus(last, 1)), ("Stay", start, end)]
    entries = [f"UID:{uid}\n{_dates(*nights)}\nSUMMARY:{title} Grace Guest" for title, *nights in parts]
    return _calendar("PRODID:Smoobu", entries, "\r\n")


def guesty(stays: Iterable[Stay]) -> bytes:
    """Names in titles, masked or not."""
    entries = [
        f"UID:{uid}\n{_dates(start, end)}\nSUMMARY:J*** S**** (Reserved)\nSEQUENCE:0" for uid, start, end in stays
    ]
    return _calendar("PRODID:-//Guesty//EN", entries, "\r\n")


def google(zone: str, rule: str) -> bytes:
    """A timed entry in a zone that repeats, the zone defined as Google does."""
    head = (
        f"PRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nX-WR-TIMEZONE:{zone}\n"
        f"BEGIN:VTIMEZONE\nTZID:{zone}\nX-LIC-LOCATION:{zone}\nBEGIN:STANDARD\nDTSTART:19701025T030000\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE"
    )
    entry = f"DTSTART;TZID={zone}:20261210T150000\nDTEND;TZID={zone}:20261212T100000\nRRULE:{rule}\nUID:r@google.com"
    return _calendar(head, [f"{entry}\nEXDATE;TZID={zone}:20261217T150000\nSUMMARY:Owner"], "\r\n")


def truncated(body: bytes) -> bytes:
    """Cut off before the end of its last entry."""
    return body[: body.rindex(b"END:VEVENT")]


def marked_and_folded(body: bytes) -> bytes:
    """With a byte-order mark, and a fold within a character of two bytes."""
    return b"\xef\xbb\xbf" + body.replace("é".encode(), b"\xc3\r\n \xa9")


def _dates(start: str, end: str) -> str:
    return f"DTSTART;VALUE=DATE:{start.replace('-', '')}\nDTEND;VALUE=DATE:{end.replace('-', '')}"


def _plus(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def _calendar(head: str, entries: Iterable[str], end: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", head, *(f"BEGIN:VEVENT\n{entry}\nEND:VEVENT" for entry in entries), "END:VCALENDAR", ""]
    return "\n".join(lines).replace("\n", end).encode()
