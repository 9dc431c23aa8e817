"""Calendars that are made to do harm: each is refused or cut with a reason that a manager can read, costs little, and
changes nothing; meanwhile the feeds of other tenants go on. `-n0 -s` shows the figures."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest
from integration.calsync.connected import Connected, ask, day
from support.people import Manager, ok
from support.suite import Suite

CPU_MS = 2_000
STAYS = [(0, 4, "HMAAAAAAAA")]
BEGUN = "DTSTART:20260101\nDTEND:20260102\n"


def ics(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR"]
    for event in events:
        lines += ["BEGIN:VEVENT", event.strip(), "END:VEVENT"]
    return "\n".join([*lines, "END:VCALENDAR", ""]).encode()


def many(text: str) -> bytes:
    return ics(*[f"UID:{number}\n{BEGUN}{text}" for number in range(5_000)])


def spent(suite: Suite, url: str) -> tuple[dict[str, object], float]:
    """What checking an address answers, and the milliseconds of processor time that the whole runtime took."""
    before = suite.stats()["cpu_ms"]
    answer = ask(suite, "check_feed", {"url": url})
    return answer, suite.stats()["cpu_ms"] - before


TOO_LARGE, TOO_SLOW = "larger than", "no answer in time"


# Whether one of single bytes, or one that unpacks to nothing, is too large or too slow depends on the machine.
@pytest.mark.parametrize(
    ("bomb", "reasons"),
    [
        ("endless", [TOO_LARGE]), ("gzip", [TOO_LARGE]), ("drip", [TOO_SLOW]), ("crumbs", [TOO_LARGE, TOO_SLOW]),
        ("hollow", [TOO_SLOW, "connection failed"]),
    ],
)  # fmt: skip
def test_bodies_without_end(calendar: Connected, bomb: str, reasons: list[str]) -> None:
    calendar.connect(calendar.publish(STAYS))
    calendar.standin.put_calendar(calendar.name, b"", bomb=bomb)
    before, taken, begun = calendar.suite.stats(), calendar.taken(), time.monotonic()
    run = calendar.sync()
    after = calendar.suite.stats()
    cpu, rss = after["cpu_ms"] - before["cpu_ms"], (after["rss_kb"] - before["rss_kb"]) // 1024
    sent = max(call["sent"] for call in calendar.standin.calls("bomb", bomb))
    print(f"{bomb}: {cpu:.0f} ms CPU, {sent} bytes sent, {rss} MiB more, {time.monotonic() - begun:.1f} s")
    assert run["status"] == "failed" and any(reason in run["error"] for reason in reasons), run
    assert calendar.taken() == taken == calendar.imported((0, 4))
    if bomb in ("endless", "gzip", "drip"):
        assert cpu < CPU_MS
        assert sent < 16 << 20


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a million events", b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 1_000_000, "larger than"),
        ("45,000 events", b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 40_000, "more than 5000 entries"),
        ("one folded line", b"BEGIN:VCALENDAR\nX:" + b"a\n " * 330_000 + b"\nEND:VCALENDAR\n", 0),
        ("nested", b"BEGIN:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n", "malformed"),
        ("without an end", ics("UID:a\nDTSTART:20291210").replace(b"END:VCALENDAR", b""), "cut off"),
        ("UTF-16", ics("UID:a\nDTSTART:20291210").decode().encode("utf-16"), 1),
        ("NUL", ics("UID:a\nDTSTART:20291210").replace(b":", b"\0:"), 1),
        ("the year 9999", ics("UID:a\nDTSTART:99991231", "UID:b\nDTSTART:20291210"), 1),
        ("ten thousand rules", ics(f"UID:a\n{BEGUN}" + "RRULE:FREQ=DAILY\n" * 10_000), 0),
        ("5,000 daily rules", many("RRULE:FREQ=DAILY"), 4_000),
        ("5,000 x 30 February", many("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), 0),
        ("5,000 dense rules", many("RRULE:FREQ=YEARLY;BYMONTHDAY=1,2,3,4,5,6,7,8,9;BYDAY=MO,TU,WE;BYSETPOS=1,-1"), 100),
        ("5,000 x every second", many("RRULE:FREQ=SECONDLY;INTERVAL=0;COUNT=1000000000"), 0),
        ("5,000 unknown zones", many("").replace(b"DTSTART:20260101", b"DTSTART;TZID=Zone:20260101T100000"), 5_000),
    ],
)  # fmt: skip
def test_what_costs_much_to_read(calendar: Connected, name: str, body: bytes, expected: str | int) -> None:
    url = calendar.standin.put_calendar(calendar.name, body)
    answer, cpu = spent(calendar.suite, url)
    print(f"{name}: {cpu:.0f} ms CPU, {len(body)} bytes, {answer}")
    if isinstance(expected, str):
        assert expected in str(answer["error"])
    else:
        assert int(answer["value"]["events"]) >= expected  # type: ignore[index]
    assert cpu < CPU_MS


def test_an_entry_without_end_costs_what_others_do(calendar: Connected) -> None:
    entry = f"UID:a\nDTSTART:{day(0).replace('-', '')}\nDTEND:99991231\nSUMMARY:"
    url = calendar.standin.put_calendar(calendar.name, ics(entry + "Blocked"))
    before = calendar.suite.stats()["cpu_ms"]
    [shown] = ok(calendar.manager.api.preview_feed(calendar.unit_id, url), 200)["entries"]
    assert (shown["end"], shown["outcome"]) == ("9999-12-31", "create")
    assert calendar.connect(url)["created"] == 1
    calendar.standin.put_calendar(calendar.name, ics(entry.replace("UID:a", "UID:b") + "Blocked"))
    assert calendar.sync()["updated"] == 1
    assert calendar.taken() == [(day(0), "9999-12-31", "ical")]
    assert calendar.suite.stats()["cpu_ms"] - before < CPU_MS


def test_others_go_on_while_a_host_drips(calendar: Connected, bob: Manager) -> None:
    other = Connected(calendar.suite, calendar.standin, bob)
    other.connect(other.publish(STAYS))
    calendar.connect(calendar.publish(STAYS))
    calendar.standin.put_calendar(calendar.name, b"", bomb="drip")
    slow = ok(calendar.manager.api.sync_feed(calendar.feed_id), 202)["run_id"]
    other.publish([*STAYS, (7, 9, "HMBBBBBBBB")])
    assert other.sync()["created"] == 1
    assert calendar.finished(slow)["status"] == "failed"


def test_what_the_platform_does_not_unpack_is_refused_and_what_it_does_is_read(calendar: Connected) -> None:
    body = (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:{day(1).replace('-', '')}\nEND:VEVENT\nEND:VCALENDAR\n".encode()
    )
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "zstd": body}
    for encoding, expected in (("gzip", "events"), ("deflate", "compressed"), ("zstd", "compressed")):
        url = calendar.standin.put_calendar(calendar.name, packed[encoding], encoding=encoding)
        assert expected in str(ask(calendar.suite, "check_feed", {"url": url})), encoding
