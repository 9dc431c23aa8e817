"""The calendar host: what was put is served, unchanged is a 304, and an Airbnb export is stamped anew."""

from __future__ import annotations

import httpx
from support.airbnb import airbnb_calendar
from support.standin_client import StandIn

BODY = airbnb_calendar([("2027-01-01", "2027-01-04", "HMABCDEFGH")])


def test_bytes_come_back_as_they_were_put(server: StandIn) -> None:
    odd = b"\xef\xbb\xbfBEGIN:VCALENDAR\nX:\xff\x00\xc3\r\n"
    answer = httpx.get(server.put_calendar("odd", odd))
    assert answer.content == odd
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_unchanged_is_a_304(server: StandIn) -> None:
    url = server.put_calendar("flat", BODY)
    tag = httpx.get(url).headers["ETag"]
    again = httpx.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    server.put_calendar("flat", BODY.replace(b"20270104", b"20270105"))
    assert httpx.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_fixed_tag_and_none(server: StandIn) -> None:
    assert httpx.get(server.put_calendar("flat", BODY, etag="v1")).headers["ETag"] == '"v1"'
    assert "ETag" not in httpx.get(server.put_calendar("flat", BODY, etag="none")).headers


def test_redirects(server: StandIn) -> None:
    target = server.put_calendar("target", BODY)
    url = server.put_calendar("moved", b"", redirect=target, status="301")
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["Location"]) == (301, target)
    assert httpx.get(url, follow_redirects=True).content == BODY


def test_an_airbnb_export_is_made_here(server: StandIn) -> None:
    url = server.put_airbnb("host", [("2027-01-01", "2027-01-04", "HMABCDEFGH")], [("2027-02-01", "2027-02-02")])
    text = httpx.get(url).text
    assert text.count("BEGIN:VEVENT") == 2
    assert "DTSTAMP:20261101T060000Z" not in text


def test_an_unknown_or_deleted_calendar_is_a_404(server: StandIn) -> None:
    url = server.put_calendar("gone", BODY)
    server.drop_calendar("gone")
    assert httpx.get(url).status_code == 404
    assert httpx.get(f"{server.url}/calendars/never.ics").status_code == 404
