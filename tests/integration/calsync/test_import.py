"""Calendars come in: what they say becomes occupancies, and what does not fit becomes a conflict. Nothing is lost."""

from __future__ import annotations

from integration.calsync.connected import Connected, day
from support.people import ok
from support.waiting import eventually

STAYS = [(0, 4, "HMAAAAAAAA"), (4, 6, "HMBBBBBBBB")]


def test_an_airbnb_calendar_takes_the_nights(calendar: Connected) -> None:
    run = calendar.connect(calendar.publish(STAYS, [(10, 12)]))
    assert (run["status"], run["seen"], run["created"], run["conflicts"]) == ("succeeded", 3, 3, 0)
    assert calendar.taken() == calendar.imported((0, 4), (4, 6), (10, 12))
    assert calendar.feed()["failures"] == 0 and calendar.feed()["last_success_at"]
    refused = calendar.manager.api.book(calendar.unit_id, day(3), day(5))
    assert refused.status_code == 409, refused.text
    assert calendar.manager.api.book(calendar.unit_id, day(6), day(10)).status_code == 201


def test_the_same_calendar_writes_nothing(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS))
    before = calendar.everything()
    run = calendar.sync()
    assert (run["status"], run["seen"], run["created"], run["updated"]) == ("unchanged", 2, 0, 0)
    assert calendar.everything() == before


def test_a_calendar_that_did_not_change_is_not_sent_again(calendar: Connected) -> None:
    calendar.publish(STAYS)
    body = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20991210\nEND:VEVENT\nEND:VCALENDAR\n"
    run = calendar.connect(calendar.standin.put_calendar(calendar.name, body))
    assert (run["status"], run["created"]) == ("succeeded", 1)
    assert calendar.sync()["status"] == "unchanged"
    statuses = [call["status"] for call in calendar.standin.readings(calendar.name)]
    assert statuses == [200, 200, 304]
    zone = "UPDATE properties SET time_zone = 'America/New_York' WHERE tenant_id = ?1"
    calendar.suite.d1(zone, calendar.manager.tenant["id"])
    assert calendar.sync()["status"] == "unchanged"
    assert calendar.sync()["status"] == "unchanged"
    statuses = [call["status"] for call in calendar.standin.readings(calendar.name)][-2:]
    assert statuses == [200, 304], "the calendar is read in the new zone once"


def test_stays_move_and_vanish_only_on_good_evidence(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS))
    calendar.publish([(20, 24, "HMAAAAAAAA"), STAYS[1]])
    assert calendar.sync()["updated"] == 1
    assert calendar.taken() == calendar.imported((4, 6), (20, 24))
    calendar.publish([STAYS[1]])
    assert calendar.sync()["removed"] == 0
    calendar.let_time_pass(29)
    assert calendar.sync()["removed"] == 0
    calendar.let_time_pass(2)
    assert calendar.sync()["removed"] == 1
    assert calendar.taken() == calendar.imported((4, 6))
    calendar.publish([(20, 24, "HMAAAAAAAA"), STAYS[1]])
    calendar.sync()
    assert calendar.taken() == calendar.imported((4, 6), (20, 24))


def test_a_suddenly_empty_calendar_removes_nothing(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS))
    before = calendar.everything()
    calendar.publish()
    for _ in range(3):
        run = calendar.sync()
        assert (run["status"], run["removed"]) == ("succeeded", 0)
        assert "empty" in run["problems"][0]
        calendar.let_time_pass(60)
    assert calendar.everything() == before
    calendar.publish(STAYS)
    calendar.sync()
    assert calendar.everything() == before


def test_a_calendar_that_is_empty_for_a_day_is_believed(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS))
    calendar.publish()
    calendar.sync()
    calendar.sync()
    calendar.let_silence_last(hours=24)
    assert (calendar.sync()["removed"], calendar.taken()) == (0, calendar.imported((0, 4), (4, 6)))
    calendar.let_time_pass(31)
    assert (calendar.sync()["removed"], calendar.taken()) == (2, [])


def test_what_a_stay_in_conflict_has_is_let_go_when_its_nights_are_over(calendar: Connected) -> None:
    calendar.connect(calendar.publish([(0, 4, "HMAAAAAAAA"), (20, 22, "HMBBBBBBBB")]))
    calendar.manager.booking(calendar.unit_id, day(10), day(12))
    calendar.publish([(9, 12, "HMAAAAAAAA"), (20, 22, "HMBBBBBBBB")])
    assert calendar.sync()["conflicts"] == 1
    assert calendar.taken()[0] == calendar.imported((9, 10))[0]
    calendar.publish([(-90, -86, "HMAAAAAAAA"), (20, 22, "HMBBBBBBBB")])
    assert calendar.sync()["removed"] == 1
    assert calendar.taken() == [(day(10), day(12), "booking"), *calendar.imported((20, 22))]
    assert (calendar.conflicts(), len(calendar.conflicts("resolved"))) == ([], 1)


def test_a_stay_over_a_booking_is_a_conflict_and_heals(calendar: Connected) -> None:
    booking = calendar.manager.booking(calendar.unit_id, day(3), day(5))
    run = calendar.connect(calendar.publish([(0, 4, "HMAAAAAAAA"), (5, 7, "HMBBBBBBBB")]))
    assert (run["seen"], run["created"], run["conflicts"]) == (2, 1, 1)
    free, theirs = calendar.imported((0, 3), (5, 7))
    assert calendar.taken() == [free, (day(3), day(5), "booking"), theirs]
    [conflict] = calendar.conflicts()
    assert (conflict["start"], conflict["end"]) == (day(0), day(4))
    calendar.sync()
    assert [one["id"] for one in calendar.conflicts()] == [conflict["id"]]
    ok(calendar.manager.api.cancel(booking["id"]), 200)
    assert calendar.taken() == calendar.imported((0, 4), (5, 7))
    assert (calendar.conflicts(), len(calendar.conflicts("resolved"))) == ([], 1)
    assert calendar.sync()["created"] == 0


def test_what_is_imported_is_exported_to_other_channels(calendar: Connected) -> None:
    export = ok(calendar.manager.api.create_export(calendar.unit_id))
    first = calendar.manager.api.ical(export["url"])
    assert first.status_code == 200 and "BEGIN:VEVENT" not in first.text
    calendar.connect(calendar.publish(STAYS))

    def shown() -> bool:
        return calendar.manager.api.ical(export["url"]).text.count("SUMMARY:Blocked") == 2

    eventually(shown, what="the export to show the imported stays")
    answer = calendar.manager.api.ical(export["url"])
    assert answer.text.splitlines(keepends=True)[0] == "BEGIN:VCALENDAR\r\n"
    assert "HMAAAAAAAA" not in answer.text
    assert calendar.manager.api.ical(export["url"], answer.headers["etag"]).status_code == 304
    calendar.sync()
    assert calendar.manager.api.ical(export["url"]).headers["etag"] == answer.headers["etag"]
