"""People hear of a feed's trouble by mail: once, when it is true, and never from a test space."""

from __future__ import annotations

import json

import pytest
from integration.calsync.connected import Connected, day
from support.deliver import deliver_one
from support.people import ok
from support.standin_client import Record
from support.waiting import eventually

STAYS = [(0, 4, "HMAAAAAAAA"), (4, 6, "HMBBBBBBBB")]


@pytest.fixture
def told(calendar: Connected) -> Connected:
    """A calendar whose owner has shown that her address is hers."""
    calendar.suite.d1("UPDATE users SET email_verified_at = 1 WHERE id = ?1", calendar.manager.user["id"])
    return calendar


def mails(calendar: Connected, about: str) -> list[Record]:
    """The mails with these words in their subject; waits until every message was dealt with."""
    left = "SELECT count(*) AS n FROM outbox WHERE tenant_id = ?1 AND type = 'feed.alert_requested' AND waiting & 1"
    eventually(lambda: calendar.suite.d1(left, calendar.manager.tenant["id"])[0]["n"] == 0, what="the mails")
    return [one for one in calendar.standin.emails(calendar.manager.email) if about in one["subject"]]


def deliveries(calendar: Connected) -> list[tuple[str, str]]:
    sql = "SELECT template, status FROM deliveries WHERE object_id = ?1 ORDER BY created_at"
    return [(row["template"], row["status"]) for row in calendar.suite.d1(sql, calendar.feed_id)]


def test_trouble_is_told_once_and_so_is_its_end(told: Connected) -> None:
    url = told.publish(STAYS)
    told.connect(url)
    told.standin.put_calendar(told.name, b"<html>Log in</html>")
    for failures in range(1, 7):
        assert told.sync()["status"] == "failed"
        assert len(mails(told, "cannot be read")) == (failures >= 4), failures
    [mail] = mails(told, "cannot be read")
    assert "last read successfully on" in mail["text"] and url not in str(mail) and told.manager.name in mail["text"]
    told.publish(STAYS)
    for _ in range(2):
        told.sync()
        assert len(mails(told, "is read again")) == 1
    assert deliveries(told) == [("feed_trouble", "sent"), ("feed_recovered", "sent")]
    stored = told.suite.d1("SELECT message FROM outbox WHERE type = 'feed.alert_requested' AND tenant_id = ?1",
                           told.manager.tenant["id"])  # fmt: skip
    assert told.manager.email not in str(stored) and "Alice" not in str(stored)


UNREADABLE = b"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:whole@host.example
DTSTART;VALUE=DATE:20300410
DTEND;VALUE=DATE:20300412
SUMMARY:Reserved for Zoe
END:VEVENT
BEGIN:VEVENT
UID:broken@host.example
DTSTART:0NaNaNaNTaNaNaN
DTEND:0NaNaNaNTaNaNaN
SUMMARY:Reserved for Zoe
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_that_can_only_be_read_in_part_is_degraded_and_told_once(told: Connected) -> None:
    told.connect(told.publish([]))
    told.standin.put_calendar(told.name, UNREADABLE)
    for _ in range(3):
        run = told.sync()
        assert run["status"] == "succeeded", "what cannot be read may have changed"
        assert run["problems"] == ["broken@host.example: The entry has a date or a duration that does not exist."]
        feed = told.feed()
        assert (feed["state"], feed["unread"], feed["failures"]) == ("degraded", 1, 0)
        [mail] = mails(told, "can only be read in part")
        assert "Zoe" not in mail["text"]
    told.standin.put_calendar(told.name, UNREADABLE.replace(b"0NaNaNaNTaNaNaN", b"20300420"))
    assert told.sync()["problems"] == []
    assert told.taken() == [("2030-04-10", "2030-04-12", "ical"), ("2030-04-20", "2030-04-21", "ical")]
    assert told.feed()["state"] == "healthy"
    assert deliveries(told) == [("feed_unread", "sent")]


def test_a_host_that_asks_for_patience_is_given_it(told: Connected) -> None:
    told.connect(told.publish(STAYS))
    told.standin.fault("calendar", "429", count=1, retry_after=7200, to=told.name)
    try:
        assert told.sync()["status"] == "failed"
    finally:
        told.suite.d1("DELETE FROM calendar_turns")  # all other feeds of this host wait, too
    row = told.suite.d1("SELECT next_due_at - last_attempt_at AS pause FROM feeds WHERE id = ?1", told.feed_id)[0]
    assert 7_200_000 <= row["pause"] < 8_200_000


def test_new_conflicts_are_told_together_and_once(told: Connected) -> None:
    told.manager.booking(told.unit_id, day(0), day(6))
    told.connect(told.publish(STAYS))
    told.sync()
    told.sync()
    [mail] = mails(told, "taken twice")
    assert "Open conflicts: 2" in mail["text"] or "2 to decide" in mail["subject"]


def test_an_emptied_calendar_is_told_of_once(told: Connected) -> None:
    told.connect(told.publish(STAYS))
    told.publish()
    for _ in range(3):
        told.sync()
    assert len(mails(told, "has lost its stays")) == 1
    assert told.taken() == told.imported((0, 4), (4, 6))


def test_what_is_not_true_any_more_when_its_turn_comes_is_not_sent(told: Connected) -> None:
    told.connect(told.publish(STAYS))
    told.standin.put_calendar(told.name, b"<html>Log in</html>")
    told.suite.d1("UPDATE feeds SET failures = 3 WHERE id = ?1", told.feed_id)
    told.sync()
    assert len(mails(told, "cannot be read")) == 1
    [row] = told.suite.d1("SELECT message FROM outbox WHERE message ->> 'feed_id' = ?1 AND waiting = 0"
                          " AND type = 'feed.alert_requested'", told.feed_id)  # fmt: skip
    assert told.manager.api.delete_feed(told.feed_id).status_code == 204
    outbox_id = json.loads(row["message"])["outbox_id"]
    told.suite.d1_batch([
        ("DELETE FROM deliveries WHERE outbox_id = ?1", [outbox_id]),
        ("UPDATE outbox SET waiting = 1 WHERE id = ?1", [outbox_id]),
    ])  # fmt: skip
    assert deliver_one(told.suite, "notifications", row["message"]) is None
    [delivery] = told.suite.d1("SELECT status, reason FROM deliveries WHERE outbox_id = ?1", outbox_id)
    assert delivery == {"status": "skipped", "reason": "the feed is gone"}
    assert len(mails(told, "cannot be read")) == 1


def test_a_test_space_tells_nobody(told: Connected) -> None:
    key = ok(told.manager.api.create_api_key(mode="test"))["key"]
    api = told.manager.api.with_token(key)
    home = ok(api.create_property("House"))["id"]
    unit = ok(api.create_unit(home, "Flat", 2, {"amount": 100, "currency": "EUR"}))["id"]
    feed = ok(api.create_feed(unit, told.publish(STAYS)))["id"]

    def last() -> str:
        return str(ok(api.feed_runs(feed), 200)["data"][0]["status"])

    eventually(lambda: last() != "queued", what="the first run")
    told.suite.d1("UPDATE feeds SET failures = 5 WHERE id = ?1", feed)
    told.standin.put_calendar(told.name, b"<html>Log in</html>")
    ok(api.sync_feed(feed), 202)
    eventually(lambda: last() == "failed", what="the run to fail")
    assert told.suite.d1("SELECT * FROM feed_alerts WHERE feed_id = ?1", feed) == []
    assert mails(told, "cannot be read") == []
