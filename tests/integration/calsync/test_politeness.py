"""A host that asks a tenant to be left alone is, by all of its feeds: their runs wait and are no failures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.calsync.connected import Connected, ask
from integration.calsync.listeners import Canary
from support.people import Manager
from support.suite import Suite
from support.waiting import eventually

from tests.unit.calsync.addresses import REFUSED, SECRET

STAYS = [(0, 4, "HMAAAAAAAA")]


@pytest.fixture
def another(calendar: Connected) -> Iterator[Connected]:
    """Another feed of the same host and tenant, which is forgiven everything afterwards."""
    yield Connected(calendar.suite, calendar.standin, calendar.manager)
    calendar.suite.d1("DELETE FROM calendar_turns")


def test_a_host_is_left_alone_as_long_as_it_wants(calendar: Connected, another: Connected) -> None:
    for one in (calendar, another):
        one.connect(one.publish(STAYS))
    calendar.standin.fault("calendar", "429", count=1, retry_after=600, to=calendar.name)
    assert "asked too often" in calendar.sync()["error"]
    asked = len(calendar.standin.readings(another.name))
    held = another.sync()
    assert held["status"] == "failed" and "wants to be left alone until" in held["error"]
    left = "SELECT count(*) AS n FROM outbox WHERE message ->> 'run_id' = ?1 AND waiting <> 0"
    assert another.suite.d1(left, held["id"]) == [{"n": 0}], "nothing is parked where others wait"
    pause = another.suite.d1("SELECT next_due_at - last_attempt_at AS pause FROM feeds WHERE id = ?1", another.feed_id)
    assert 590_000 < pause[0]["pause"] < 590_000 + 16 * 60_000
    assert (another.feed()["failures"], another.feed()["error"]) == (0, None)
    looked_at = another.manager.api.create_feed(another.unit_id, another.publish(STAYS))
    assert looked_at.status_code == 422 and "wants to be left alone" in looked_at.text
    assert len(calendar.standin.readings(another.name)) == asked
    another.suite.d1("UPDATE calendar_turns SET held_until = 0")
    another.suite.d1("UPDATE feeds SET next_due_at = 0 WHERE id = ?1", another.feed_id)
    another.publish([*STAYS, (8, 9, "HMBBBBBBBB")])
    another.suite.cron("calsync")
    eventually(lambda: another.runs()[0]["created"] == 1, what="the run after the hold")


def test_what_a_host_tells_one_tenant_stops_no_other(calendar: Connected, another: Connected, bob: Manager) -> None:
    calendar.connect(calendar.publish(STAYS))
    calendar.standin.fault("calendar", "429", count=1, retry_after=600, to=calendar.name)
    assert "asked too often" in calendar.sync()["error"]
    others = Connected(calendar.suite, calendar.standin, bob)
    assert others.connect(others.publish(STAYS))["status"] == "succeeded"
    assert others.sync()["status"] == "unchanged"


def test_a_date_is_as_good_as_an_etag(calendar: Connected) -> None:
    empty = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    url = calendar.standin.put_calendar(calendar.name, empty, etag="none", modified="Wed, 01 Jan 2020 10:00:00 GMT")
    assert calendar.connect(url)["status"] == "unchanged"  # there was nothing in it
    assert calendar.suite.d1("SELECT etag FROM feeds WHERE id = ?1", calendar.feed_id)[0]["etag"].endswith(
        "10:00:00 GMT"
    )
    assert calendar.sync()["status"] == "unchanged"
    assert calendar.standin.readings(calendar.name)[-1]["status"] == 304


def test_no_spelling_of_a_private_address_is_asked(suite: Suite) -> None:
    canary = Canary()
    loopback = ("127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "[::1]", "[::ffff:7f00:1]", "0.0.0.0")
    urls = [f"{scheme}://{host}:{canary.port}/{SECRET}" for scheme in ("http", "https") for host in loopback]
    urls += [f"http://example.com@127.0.0.1:{canary.port}/", f"gopher://127.0.0.1:{canary.port}/", *REFUSED]
    for url in urls:
        error = ask(suite, "check_feed", {"url": url})["error"]
        assert (error["status"], error["code"][:4]) == (422, "url_"), url
        assert SECRET not in str(error)
    print(f"{len(urls)} addresses, {canary.hits} hits")
    assert canary.hits == 0
    canary.close()
