"""A tag stands for an answer: what shows something else has another one, and both name the version to change."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
from support.client import Api
from support.clocks import Space
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.verbs import money
from support.waiting import eventually


def asked(api: Api, path: str, tag: str) -> httpx.Response:
    """What whoever has the answer of this tag is told."""
    return api.request("GET", path, headers={"If-None-Match": tag})


def test_a_feed_that_fares_otherwise_is_sent_again_and_changed_by_its_version(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    unit = alice.new_unit()
    feed = ok(alice.api.create_feed(unit, standin.put_airbnb(f"tagged-{unit}")))["id"]
    # Its first reading writes the feed and the end of its run in one batch; paused, nobody reads it meanwhile.
    unread = "SELECT id FROM feed_runs WHERE feed_id = ? AND status = 'queued'"
    eventually(lambda: not suite.d1(unread, feed), what="the first reading of the feed")
    ok(alice.api.change_feed(feed, '"1"', status="paused"), 200)
    path = f"/v1/feeds/{feed}"
    tag = alice.api.get(path).headers["etag"]
    assert asked(alice.api, path, tag).status_code == 304
    suite.d1("UPDATE feeds SET failures = 3, error = 'HTTP 500' WHERE id = ?", feed)
    assert ok(asked(alice.api, path, tag), 200)["failures"] == 3
    assert ok(alice.api.change_feed(feed, tag, name="Renamed"), 200)["name"] == "Renamed"
    assert alice.api.change_feed(feed, tag, name="Again").status_code == 412


def test_a_lease_that_ends_by_the_calendar_is_sent_again(alice: Manager) -> None:
    space = Space(alice)
    space.at(datetime(2029, 3, 1, 8, tzinfo=UTC))
    lease = ok(space.api.create_lease(space.unit, "2029-03-01", "2029-06-01", rent=money(90_000)))["id"]
    path, tag = f"/v1/leases/{lease}", ok_tag(space.api.lease(lease, "activate"))
    assert asked(space.api, path, tag).status_code == 304
    space.at(datetime(2029, 6, 2, 8, tzinfo=UTC))
    ended = asked(space.api, path, tag)
    assert ok(ended, 200)["status"] == "ended"
    assert asked(space.api, path, ended.headers["etag"]).status_code == 304


def test_a_member_who_has_another_name_is_sent_again(suite: Suite, alice: Manager) -> None:
    path = f"/v1/members/{alice.user['id']}"
    tag = alice.api.get(path).headers["etag"]
    assert asked(alice.api, path, f'"other", W/{tag}').content == b""
    ok(alice.api.request("PATCH", "/v1/me", json={"name": "Alice 👩‍🚀"}), 200)
    assert ok(asked(alice.api, path, tag), 200)["name"] == "Alice 👩‍🚀"


def ok_tag(answer: httpx.Response) -> str:
    """The tag of an answer that is one."""
    ok(answer, 200)
    return str(answer.headers["etag"])
