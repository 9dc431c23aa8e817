"""What is brought to other services, and when it is tried again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar
from standardwebhooks.webhooks import Webhook

from calsync.exports.rules import Taken
from calsync.providers.caldav.collection import IS_CALENDAR
from calsync.providers.caldav.xml import text_of
from calsync.providers.webhook import signing
from calsync.pushes import rules
from calsync.pushes.models import Pushed, Secret
from propflow import clock

NOW = 1_800_000_000_000


def taken(number: int, start: str, end: str, **more: str) -> Taken:
    known = {"kind": "booking", "source": "direct"} | more
    return Taken(id=f"occ_{number}", start=start, end=end, created_at=NOW, updated_at=NOW, **known)


def pushed_as(plan: rules.Plan) -> dict[str, Pushed]:
    return {
        one.uid: Pushed(uid=one.uid, end_date=one.end_date, content_hash=one.content_hash, etag='"1"')
        for one in plan.puts
    }


def test_a_plan_carried_out_leaves_nothing_to_do() -> None:
    entries = rules.shown([taken(1, "2027-01-01", "2027-01-03"), taken(2, "2027-01-05", "2027-01-06")], "h", "i")
    plan = rules.plan(entries, {}, "2026-12-01")
    assert [one.etag for one in plan.puts] == [None, None]
    again = rules.plan(entries, pushed_as(plan), "2026-12-01")
    assert (again.puts, again.removals, again.forgotten) == ([], [], [])


def test_what_changed_is_written_over_the_state_that_we_know() -> None:
    known = pushed_as(rules.plan(rules.shown([taken(1, "2027-01-01", "2027-01-03")], "h", "i"), {}, "2026-12-01"))
    plan = rules.plan(rules.shown([taken(1, "2027-01-02", "2027-01-03")], "h", "i"), known, "2026-12-01")
    assert [(one.uid, one.etag) for one in plan.puts] == [("occ_1@i.propflow360.com", '"1"')]


def test_what_came_free_is_taken_away_and_what_is_over_stays() -> None:
    known = {
        "occ_1": Pushed(uid="occ_1", end_date="2027-01-03", content_hash="x"),
        "occ_2": Pushed(uid="occ_2", end_date="2026-11-30", content_hash="x"),
    }
    plan = rules.plan([], known, "2026-12-01")
    assert ([one.uid for one in plan.removals], plan.forgotten) == (["occ_1"], ["occ_2"])


def test_an_entry_of_a_collection_is_a_calendar_of_its_own_without_a_method() -> None:
    [put] = rules.plan(rules.shown([taken(1, "2027-01-01", "2027-01-03")], "h", "i"), {}, "2026-12-01").puts
    calendar = Calendar.from_ical(put.body)
    [event] = calendar.walk("VEVENT")
    assert "METHOD" not in calendar and event["UID"] == "occ_1@i.propflow360.com" and event["SUMMARY"] == "Reserved"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 1, 1), date(2027, 1, 3))


def test_a_host_is_not_told_what_it_told_us() -> None:
    shown = rules.shown(
        [taken(1, "2027-01-01", "2027-01-03", kind="ical", source="ical:dav.example.org")], "dav.example.org", "i"
    )
    assert shown == []


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        ([("1", "2"), ("2", "3")], [("1", "3")]),
        ([("3", "5"), ("1", "2")], [("1", "2"), ("3", "5")]),
        ([("1", "9"), ("2", "3")], [("1", "9")]),
    ],
)
def test_ranges_that_touch_are_one(ranges: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert rules.merged(ranges) == expected


def test_a_payload_tells_the_nights_from_today_on_and_stays_below_20_kilobytes() -> None:
    month = [f"2{year:03}-{month:02}" for year in range(27, 60) for month in range(1, 13)]
    stays = [taken(number, f"{one}-03", f"{one}-05") for number, one in enumerate(month)]
    text = rules.payload("unit_1", 7, rules.shown(stays, "h", "i"), "2027-01-04", NOW)
    told = json.loads(text)["data"]
    assert len(text) < 20_000
    assert (told["complete"], len(told["taken"])) == (False, rules.MOST_RANGES)
    assert told["taken"][0] == {"start": "2027-01-04", "end": "2027-01-05"}


def test_attempts_follow_the_advice_of_standard_webhooks_and_end() -> None:
    pauses = [rules.next_attempt(failures, 0, None) for failures in range(1, 10)]
    hours = [2, 5, 10, 14, 20, 24]
    assert pauses == [5 * clock.MINUTE, 30 * clock.MINUTE, *(hour * clock.HOUR for hour in hours), None]
    assert rules.next_attempt(1, 0, 3_600) == clock.HOUR


def test_the_reference_library_verifies_our_signature_by_every_present_secret() -> None:
    old, new, gone = (Secret(secret="whsec_" + 40 * letter, until=until)
                      for letter, until in (("b", NOW + 1), ("a", None), ("c", NOW)))  # fmt: skip
    secrets = rules.signing([new, old, gone], NOW)
    assert secrets == [new.secret, old.secret]
    seconds = int(datetime.now(UTC).timestamp())
    headers = signing.headers("msg_1", seconds, '{"a":1}', secrets)
    for secret in secrets:
        Webhook(secret).verify('{"a":1}', headers)


def test_an_answer_of_a_server_is_read_without_its_entities() -> None:
    body = (
        b'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/</d:href>'
        b"<d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
        b"<d:getetag>&quot;7&quot;</d:getetag></d:prop>"
        b"<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
    )
    assert text_of(body, "{DAV:}getetag") == '"7"'
    assert text_of(body, IS_CALENDAR) == ""
    assert text_of(body.replace(b"<c:calendar/>", b""), IS_CALENDAR) is None
    assert text_of(b'<!DOCTYPE x [<!ENTITY a "b">]>' + body, IS_CALENDAR) is None
    assert text_of(b"<html>", IS_CALENDAR) is None
    for encoding in (b"foo", b"gbk", b"utf-7"):
        assert text_of(b'<?xml version="1.0" encoding="' + encoding + b'"?><a/>', IS_CALENDAR) is None
