"""What a host's headers mean: the condition to ask with, the encoding, and how long it wants to be left alone."""

from __future__ import annotations

from collections import Counter

import pytest

from calsync.hosts.rules import LONGEST, Turn, come_again, hold, spread
from calsync.hosts.shares import RATE
from calsync.providers.ical.answers import conditions, undecoded, utf8, validator
from propflow.clock import HOUR, MINUTE, SECOND

NOW = 1_795_000_000_000  # Wed, 18 Nov 2026 11:06:40 GMT


@pytest.mark.parametrize(
    ("headers", "asked_with"),
    [
        ({"etag": '"a"'}, {"if-none-match": '"a"'}),
        ({"etag": 'W/"a"', "last-modified": "Wed, 18 Nov 2026 10:00:00 GMT"}, {"if-none-match": 'W/"a"'}),
        ({"etag": '"' + "a" * 300 + '"'}, {}),
        ({"etag": "a"}, {}),
        (
            {"last-modified": "Wed, 18 Nov 2026 10:00:00 GMT", "date": "Wed, 18 Nov 2026 10:01:00 GMT"},
            {"if-modified-since": "Wed, 18 Nov 2026 10:00:00 GMT"},
        ),
        ({"last-modified": "Wed, 18 Nov 2026 10:00:00 GMT", "date": "Wed, 18 Nov 2026 10:00:59 GMT"}, {}),
        ({"last-modified": "Wed, 18 Nov 2026 10:00:00 GMT"}, {}),
        ({"last-modified": "yesterday", "date": "Wed, 18 Nov 2026 10:01:00 GMT"}, {}),
        ({}, {}),
    ],
)
def test_conditions(headers: dict[str, str], asked_with: dict[str, str]) -> None:
    assert conditions(validator(headers)) == asked_with


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("ü".encode(), "text/calendar; charset=iso-8859-1", "ü".encode()),  # it lies
        (b"\xfc", "text/calendar; charset=iso-8859-1", "ü".encode()),
        (b"\xd0\xf3", 'text/calendar; charset="Windows-1251"', "Ру".encode()),
        ("BE".encode("utf-16-be"), "text/calendar;charset=UTF-16BE", b"BE"),
        (b"\xfc", "text/calendar; charset=punycode", b"\xfc"),
        (b"\xfc", "text/calendar; charset=utf-8", b"\xfc"),
        (b"\xfc", "text/calendar; charset=iso-8859-99", b"\xfc"),
        (b"\xfc", "", b"\xfc"),
    ],
)
def test_the_charset_of_the_host_is_a_hint(body: bytes, content_type: str, expected: bytes) -> None:
    assert utf8(body, {"content-type": content_type}) == expected


def test_what_the_platform_does_not_decompress_is_known() -> None:
    assert [undecoded({"content-encoding": text}) for text in ("", "gzip", "BR", "identity")] == [False] * 4
    assert [undecoded({"content-encoding": text}) for text in ("deflate", "zstd", "gzip, gzip")] == [True] * 3


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, "120", 120), (503, " 5 ", 5), (429, "Wed, 18 Nov 2026 11:16:40 GMT", 600), (429, "99999999999", 21_600),
        (429, None, None), (429, "0", None), (429, "soon", None), (429, "-5", None), (500, "120", None),
        (200, "120", None), (429, "Wed, 18 Nov 2020 11:16:40 GMT", None),
    ],
)  # fmt: skip
def test_how_long_a_host_wants_to_be_left_alone(status: int, retry_after: str | None, seconds: int | None) -> None:
    assert LONGEST == 6 * HOUR
    assert hold(status, retry_after, NOW) == (None if seconds is None else NOW + seconds * SECOND)


def test_a_host_is_not_asked_while_it_is_left_alone_nor_beyond_the_minute() -> None:
    assert come_again(Turn(taken=True), "feed_1", NOW) is None
    assert come_again(Turn(taken=False), "feed_1", NOW) == (NOW // MINUTE + 1) * MINUTE
    assert come_again(Turn(taken=True, held_until=NOW + 5), "feed_1", NOW) == spread(NOW + 5, "feed_1")


def test_those_who_waited_for_one_host_come_no_faster_than_it_may_be_asked() -> None:
    minutes = Counter((spread(NOW, f"feed_{number}") - NOW) // MINUTE for number in range(3_000))
    assert sorted(minutes) == list(range(15)) and max(minutes.values()) < RATE
