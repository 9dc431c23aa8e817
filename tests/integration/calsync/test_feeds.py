"""Feeds that are looked at, renamed, paused, replaced, deleted and read at once, also while a run is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from integration.calsync.connected import Connected, ask, day
from integration.calsync.slow import SlowHost
from support.client import Api
from support.people import ok, sign_up
from support.settling import settle
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

STAYS = [(0, 4, "HMAAAAAAAA"), (4, 6, "HMBBBBBBBB")]


def events(calendar: Connected, kind: str) -> list[dict[str, Any]]:
    data = ok(calendar.manager.api.get("/v1/events", limit=200), 200)["data"]
    return [event for event in data if event["type"] == kind and event["unit_id"] == calendar.unit_id]


def test_a_preview_says_what_an_import_would_do_and_writes_nothing(calendar: Connected) -> None:
    booking, tenant = calendar.manager.booking(calendar.unit_id, day(5), day(7)), calendar.manager.tenant["id"]
    url = calendar.publish([*STAYS, (-90, -86, "HMCCCCCCCC")], [(10, 12)])
    settle(calendar.suite, tenant)  # the booking's invoice is written in the background, with an event of its own
    tables = ("feeds", "feed_runs", "feed_events", "conflicts", "occupancies", "events", "outbox")
    counts = [(f"SELECT count(*) AS n FROM {table} WHERE tenant_id = ?1", (tenant,)) for table in tables]
    before = calendar.suite.d1_batch(counts)
    shown = ok(calendar.manager.api.preview_feed(calendar.unit_id, url, key=None), 200)
    assert calendar.suite.d1_batch(counts) == before
    assert (shown["seen"], shown["creates"], shown["conflicts"], shown["ignores"]) == (4, 2, 1, 1)
    assert [(one["start"], one["end"], one["kind"], one["outcome"]) for one in shown["entries"]] == [
        (day(-90), day(-86), "stay", "ignore"), (day(0), day(4), "stay", "create"),
        (day(4), day(6), "stay", "conflict"), (day(10), day(12), "block", "create"),
    ]  # fmt: skip
    assert "HM" not in str(shown) and booking["id"] not in str(shown) and url not in str(shown)
    run = calendar.connect(url)
    assert (run["created"], run["conflicts"], run["ignored"]) == (2, 1, 1), "the import does what was shown"


def test_a_preview_of_no_calendar_names_the_field(calendar: Connected) -> None:
    url = calendar.standin.put_calendar(calendar.name, b"<html>Log in</html>")
    refused = calendar.manager.api.preview_feed(calendar.unit_id, url)
    assert (refused.status_code, refused.json()["param"]) == (422, "url")
    request = {"tenant_id": calendar.manager.tenant["id"], "unit_id": "unit_x", "url": url, "now": 0}
    assert ask(calendar.suite, "preview_feed", request)["error"]["code"] == "unit_not_found"


def test_who_waits_gets_the_run_that_has_ended(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS[:1]))
    calendar.publish(STAYS)
    answer = calendar.manager.api.request("POST", f"/v1/feeds/{calendar.feed_id}/sync", params={"wait": "true"})
    started = ok(answer, 202)
    assert (started["run"]["id"], started["run"]["created"]) == (started["run_id"], 1)
    assert calendar.taken() == calendar.imported((0, 4), (4, 6))
    assert len(calendar.runs()) == 2
    left = "SELECT count(*) AS n FROM outbox WHERE message ->> 'run_id' = ?1 AND waiting & 4"
    assert calendar.suite.d1(left, started["run_id"])[0]["n"] == 0


def test_the_health_of_a_feed_is_shown_and_its_address_is_not(calendar: Connected) -> None:
    url = calendar.publish(STAYS)
    calendar.connect(url)
    feed = calendar.feed()
    assert (feed["state"], feed["stale_since"], feed["failures"]) == ("healthy", None, 0)
    assert feed["next_due_at"] > feed["last_success_at"] == feed["last_attempt_at"]
    counts = {name: feed["last_run"][name] for name in ("status", "seen", "created", "conflicts", "problems")}
    assert counts == {"status": "succeeded", "seen": 2, "created": 2, "conflicts": 0, "problems": 0}
    assert feed["url"] == f"https://{feed['host']}/….ics" and url not in str(feed)
    calendar.standin.put_calendar(calendar.name, b"<html>")
    assert calendar.sync()["status"] == "failed"
    assert (calendar.feed()["state"], calendar.feed()["failures"]) == ("degraded", 1)
    calendar.suite.d1("UPDATE feeds SET failures = 4 WHERE id = ?1", calendar.feed_id)
    assert calendar.feed()["state"] == "failing"
    calendar.suite.d1("UPDATE feeds SET last_success_at = last_success_at - 43200000 WHERE id = ?1", calendar.feed_id)
    assert calendar.feed()["state"] == "stale" and calendar.feed()["stale_since"]


def test_a_feed_is_renamed_paused_and_resumed_by_who_has_seen_it(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS[:1]))
    api = calendar.manager.api
    assert api.change_feed(calendar.feed_id, None, name="N").status_code == 428
    renamed = api.change_feed(calendar.feed_id, '"1"', name="Lake")
    assert ok(renamed, 200)["name"] == "Lake"
    assert renamed.headers["etag"].startswith('"2-'), "of the version, and of how it fares"
    assert api.change_feed(calendar.feed_id, '"1"', name="Sea").status_code == 412
    paused = ok(api.change_feed(calendar.feed_id, '"2"', status="paused"), 200)
    assert (paused["state"], paused["next_due_at"]) == ("paused", None)
    refused = api.sync_feed(calendar.feed_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "feed_paused")
    calendar.publish(STAYS)
    runs = len(calendar.runs())
    ok(api.change_feed(calendar.feed_id, '"3"', status="active"), 200)
    eventually(lambda: calendar.taken() == calendar.imported((0, 4), (4, 6)), what="what was missed to be imported")
    assert len(calendar.runs()) == runs + 1
    told = [(event["changed"], event["previous"]) for event in events(calendar, "feed.changed")]
    assert told == [
        ({"name": "Lake"}, {"name": told[0][1]["name"]}),
        ({"status": "paused"}, {"status": "active"}),
        ({"status": "active"}, {"status": "paused"}),
    ]


def test_another_address_is_read_at_once_and_what_was_imported_stays(calendar: Connected) -> None:
    calendar.connect(calendar.publish([*STAYS[:1], (30, 32, "HMDDDDDDDD")]))
    calendar.publish([(30, 32, "HMDDDDDDDD")])
    calendar.sync()
    calendar.let_time_pass(31)
    stays = [(day(20), day(22), "HMCCCCCCCC"), (day(30), day(32), "HMDDDDDDDD")]
    other = calendar.standin.put_airbnb(f"{calendar.name}-b", stays)
    answer = calendar.manager.api.change_feed(calendar.feed_id, '"1"', url=other)
    assert other not in answer.text
    wanted = calendar.imported((0, 4), (20, 22), (30, 32))  # what the old one no longer listed is missing once now
    eventually(lambda: calendar.taken() == wanted, what="the new calendar to be imported")
    assert events(calendar, "feed.changed")[0]["changed"] == {"url": None}
    calendar.let_time_pass(31)
    calendar.sync()
    assert calendar.taken() == calendar.imported((20, 22), (30, 32))
    bad = calendar.standin.put_calendar(f"{calendar.name}-c", b"no calendar")
    refused = calendar.manager.api.change_feed(calendar.feed_id, '"2"', url=bad)
    assert (refused.status_code, refused.json()["param"]) == (422, "url")


def test_a_feed_that_is_deleted_keeps_its_nights_until_somebody_releases_them(calendar: Connected) -> None:
    calendar.manager.booking(calendar.unit_id, day(12), day(14))
    calendar.connect(calendar.publish([*STAYS, (13, 15, "HMCCCCCCCC")]))
    assert len(calendar.conflicts()) == 1
    api, feed = calendar.manager.api, f"/v1/feeds/{calendar.feed_id}"
    assert api.request("DELETE", feed, headers={"If-Match": '"9"'}).status_code == 412
    assert api.delete_feed(calendar.feed_id).status_code == 204
    assert api.get(feed).status_code == 404 and calendar.conflicts() == []
    assert calendar.feed_id not in api.get("/v1/feeds").text
    booked = (day(12), day(14), "booking")
    assert calendar.taken() == [*calendar.imported((0, 4), (4, 6)), booked, *calendar.imported((14, 15))]
    [row] = calendar.suite.d1("SELECT url_sealed, status FROM feeds WHERE id = ?1", calendar.feed_id)
    assert row == {"url_sealed": "", "status": "paused"}
    assert api.delete_feed(calendar.feed_id).status_code == 404
    assert api.delete_feed(calendar.feed_id, imported="release").status_code == 204
    assert calendar.taken() == [booked]
    assert [event["previous"] for event in events(calendar, "occupancy.removed")] == [
        {"start": day(0), "end": day(4)}, {"start": day(4), "end": day(6)}, {"start": day(14), "end": day(15)},
    ]  # fmt: skip
    assert [event["changed"] for event in events(calendar, "feed.deleted")] == [{"imported": "keep", "released": 0}]
    assert api.delete_feed(calendar.feed_id, imported="burn").status_code == 422


def test_a_guest_in_the_house_keeps_the_nights_and_a_closure_does_not(calendar: Connected) -> None:
    today = date.today()
    near = {number: (today + timedelta(days=number)).isoformat() for number in range(-3, 9)}
    url = calendar.standin.put_airbnb(
        calendar.name, [(near[-2], near[3], "HMAAAAAAAA"), (near[5], near[7], "HMBBBBBBBB")]
    )
    calendar.connect(url)
    assert calendar.manager.api.delete_feed(calendar.feed_id, imported="release").status_code == 204
    assert calendar.taken() == [(near[-2], near[3], "ical")]
    other = Connected(calendar.suite, calendar.standin, calendar.manager)
    other.connect(other.standin.put_airbnb(other.name, [], [(near[-2], near[3])]))
    assert other.taken() and other.manager.api.delete_feed(other.feed_id, imported="release").status_code == 204
    assert other.taken() == []


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowHost]:
    host = SlowHost()
    yield host
    host.close()


@pytest.fixture(scope="module")
def own(standin: StandIn, slow: SlowHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A product that may read the slow host."""
    hosts = [f"{standin.host}*", f"127.0.0.1:{slow.port}*"]
    suite = Suite(standin.url, state=tmp_path_factory.mktemp("slow"), calendar_hosts=hosts).start()
    yield suite
    suite.stop()


@pytest.mark.parametrize("change", ["paused", "deleted", "released", "replaced"])
def test_nothing_of_a_run_in_flight_is_applied_to_what_was_changed_meanwhile(
    own: Suite, standin: StandIn, slow: SlowHost, change: str
) -> None:
    calendar = Connected(own, standin, sign_up(Api(own.url), "Alice"))
    slow.serve(day(0), day(4), "before")
    calendar.connect(slow.url)
    slow.serve(day(20), day(24), "after")
    with slow.held(), ThreadPoolExecutor(1) as pool:
        run_id = ok(calendar.manager.api.sync_feed(calendar.feed_id), 202)["run_id"]
        assert slow.reached.wait(60)
        api, version = calendar.manager.api, '"1"'
        if change == "paused":
            ok(api.change_feed(calendar.feed_id, version, status="paused"), 200)
        elif change == "replaced":
            new = standin.put_airbnb(calendar.name, [(day(8), day(9), "HMNEWNEWNE")])
            done = pool.submit(lambda: api.change_feed(calendar.feed_id, version, url=new))
            ok(done.result(), 200)
        else:
            kept = "keep" if change == "deleted" else "release"
            assert api.delete_feed(calendar.feed_id, imported=kept).status_code == 204
    over = "SELECT status FROM feed_runs WHERE id = ?1 AND status <> 'queued'"
    eventually(lambda: own.d1(over, run_id), what="the run in flight to end")
    if change == "replaced":
        eventually(lambda: len(calendar.taken()) == 2, what="the new calendar to be read")
    before = calendar.imported((0, 4))
    wanted = {"released": [], "replaced": [*before, *calendar.imported((8, 9))]}
    assert calendar.taken() == wanted.get(change, before)
    uids = {str(row["uid"]) for row in own.d1("SELECT uid FROM feed_events WHERE feed_id = ?1", calendar.feed_id)}
    assert "after" not in uids
