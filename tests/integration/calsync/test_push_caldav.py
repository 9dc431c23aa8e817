"""Our calendar in a collection of a real CalDAV server: ours is kept right there, and nothing else is touched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import pytest
from integration.calsync.pushing import Pushing
from support.people import ok
from support.radicale import USER, Radicale
from support.waiting import eventually

Uid = Callable[[str], str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    radicale = Radicale(tmp_path_factory.mktemp("radicale")).start()
    yield radicale
    radicale.stop()


@pytest.fixture(scope="module")
def host(server: Radicale) -> str:
    return server.host


@pytest.fixture
def uid(pushing: Pushing) -> Uid:
    """The UID that this installation gives the entry of an occupancy."""
    installation = hashlib.sha256(pushing.suite.url.encode()).hexdigest()[:8]
    return lambda occupancy_id: f"{occupancy_id}@{installation}.propflow360.com"


def test_what_takes_the_unit_is_brought_over_and_follows_every_change(
    pushing: Pushing, server: Radicale, uid: Uid
) -> None:
    calendar = server.new_calendar()
    before = pushing.booking("2027-05-01", "2027-05-04")
    target = pushing.caldav(calendar)["id"]
    pushing.settled(target)
    assert server.entries(calendar) == {uid(before["occupancy_id"]): ("2027-05-01", "2027-05-04", "Reserved")}

    made = pushing.booking("2027-06-01", "2027-06-04")
    block = ok(pushing.manager.api.block(pushing.unit_id, "2027-07-01", "2027-07-03"))
    pushing.settled(target)
    ok(pushing.manager.api.move(made["id"], check_in="2027-06-10", check_out="2027-06-12"), 200)
    ok(pushing.manager.api.cancel(before["id"]), 200)
    pushing.settled(target, lambda row: uid(before["occupancy_id"]) not in server.entries(calendar))
    pushing.settled(target)
    assert server.entries(calendar) == {
        uid(made["occupancy_id"]): ("2027-06-10", "2027-06-12", "Reserved"),
        uid(block["occupancy_id"]): ("2027-07-01", "2027-07-03", "Blocked"),
    }


def test_the_hand_of_somebody_else_is_corrected_on_our_entries_and_respected_on_theirs(
    pushing: Pushing, server: Radicale, uid: Uid
) -> None:
    calendar = server.new_calendar()
    target = pushing.caldav(calendar)["id"]
    first, second = pushing.booking("2027-05-01", "2027-05-04"), pushing.booking("2027-05-10", "2027-05-12")
    pushing.settled(target, lambda row: len(server.entries(calendar)) == 2)
    ours = first["occupancy_id"]
    server.write(calendar, uid(ours), uid(ours), "2027-05-02", "2027-05-03")
    server.write(calendar, "dentist", "dentist@else", "2027-05-20", "2027-05-21")
    server.remove(calendar, uid(second["occupancy_id"]))
    ok(pushing.manager.api.move(first["id"], check_in="2027-06-01", check_out="2027-06-02"), 200)
    ok(pushing.manager.api.move(second["id"], check_in="2027-06-05", check_out="2027-06-06"), 200)
    pushing.settled(target, lambda row: len(server.entries(calendar)) == 3 and not row["behind"])
    assert server.entries(calendar) == {
        uid(ours): ("2027-06-01", "2027-06-02", "Reserved"),
        uid(second["occupancy_id"]): ("2027-06-05", "2027-06-06", "Reserved"),
        "dentist@else": ("2027-05-20", "2027-05-21", "Dentist"),
    }


def test_what_was_put_but_not_remembered_is_put_once(pushing: Pushing, server: Radicale, uid: Uid) -> None:
    """As after a crash between the server's answer and our note of it; and every message may come again."""
    calendar = server.new_calendar()
    target = pushing.caldav(calendar)["id"]
    made = pushing.booking("2027-05-01", "2027-05-04")
    pushing.settled(target, lambda row: len(server.entries(calendar)) == 1 and not row["behind"])
    pushing.suite.d1("DELETE FROM pushed_entries WHERE target_id = ?1", target)
    pushing.suite.d1("UPDATE push_targets SET pushed_revision = 0 WHERE id = ?1", target)
    rows = pushing.suite.d1(
        "UPDATE outbox SET waiting = 4 WHERE type = 'calendar.push_requested' AND message ->> 'target_id' = ?1"
        " RETURNING message", target,
    )  # fmt: skip
    pushing.suite.queue("calsync", "calsync", [row["message"] for row in rows] * 3)
    pushing.settled(target)
    assert server.entries(calendar) == {uid(made["occupancy_id"]): ("2027-05-01", "2027-05-04", "Reserved")}
    left = pushing.suite.d1("SELECT uid FROM pushed_entries WHERE target_id = ?1", target)
    assert [row["uid"] for row in left] == [uid(made["occupancy_id"])]


def test_a_server_that_is_away_is_told_when_it_returns(pushing: Pushing, server: Radicale, uid: Uid) -> None:
    calendar = server.new_calendar()
    target = pushing.caldav(calendar)["id"]
    pushing.settled(target)
    server.stop()
    try:
        made = pushing.booking("2027-05-01", "2027-05-04")
        failed = pushing.settled(target, lambda row: row["failures"] == 1)
        assert failed["behind"] and failed["status"] == "active" and "connection failed" in failed["error"]
        assert "casa" not in failed["error"]
        pushing.later(4)
        assert pushing.target(target)["failures"] == 1  # its pause is not over
    finally:
        server.start()
    pushing.later(6)
    healed = pushing.settled(target)
    assert (healed["failures"], healed["error"]) == (0, None)
    assert list(server.entries(calendar)) == [uid(made["occupancy_id"])]


def test_many_entries_take_several_messages(pushing: Pushing, server: Radicale) -> None:
    calendar = server.new_calendar()
    repeat = {"every_weeks": 1, "weekdays": ["monday"], "until": "2029-12-30"}
    made = ok(pushing.manager.api.block(pushing.unit_id, "2029-01-01", "2029-01-02", repeat=repeat))
    assert len(made["occurrences"]) == 52
    target = pushing.caldav(calendar)["id"]
    pushing.settled(target)
    assert len(server.entries(calendar)) == 52


@pytest.mark.parametrize(("entries", "left"), [("remove", 0), ("keep", 1)])
def test_who_disconnects_says_what_becomes_of_the_entries(
    pushing: Pushing, server: Radicale, entries: str, left: int
) -> None:
    calendar = server.new_calendar()
    target = pushing.caldav(calendar)["id"]
    pushing.booking("2027-05-01", "2027-05-04")
    pushing.settled(target, lambda row: len(server.entries(calendar)) == 1 and not row["behind"])
    answer = pushing.manager.api.request("DELETE", f"/v1/push_targets/{target}", params={"entries": entries})
    assert answer.status_code == 204
    assert pushing.manager.api.get(f"/v1/push_targets/{target}").status_code == 404

    def gone() -> bool:
        return not pushing.suite.d1("SELECT 1 FROM push_targets WHERE id = ?1", target)

    eventually(gone, what="the target to be removed")
    assert len(server.entries(calendar)) == left


def test_an_address_is_tried_before_it_is_taken(pushing: Pushing, server: Radicale) -> None:
    calendar = server.new_calendar()
    cases = [
        ({"password": "wrong"}, "does not accept the user name"),
        ({"url": f"http://{server.host}/{USER}/nothing/"}, "answered 404"),
        ({"url": f"http://{server.host}/{USER}/"}, "leads to no calendar"),
        ({"url": "https://127.0.0.1/calendar/"}, "public host"),
        ({"url": "http://192.168.1.1/calendar/"}, "https://"),
    ]
    for change, said in cases:
        body = {"unit_id": pushing.unit_id, "kind": "caldav", "url": calendar, "username": USER, "password": "wrong"}
        answer = pushing.manager.api.post("/v1/push_targets", body | {"password": "a-caldav-password"} | change)
        assert answer.status_code == 422 and answer.json()["param"] == "url", answer.text
        assert said in answer.json()["detail"], answer.text
    assert pushing.suite.d1("SELECT 1 FROM push_targets WHERE unit_id = ?1", pushing.unit_id) == []


def test_a_password_is_shown_to_no_other_address(pushing: Pushing, server: Radicale) -> None:
    target = pushing.caldav(server.new_calendar())["id"]
    etag = pushing.manager.api.get(f"/v1/push_targets/{target}").headers["etag"]
    other = {"url": server.new_calendar()}
    answer = pushing.manager.api.request("PATCH", f"/v1/push_targets/{target}", json=other, headers={"If-Match": etag})
    assert answer.status_code == 422 and answer.json()["code"] == "credentials_required"


def test_another_collection_gets_everything(pushing: Pushing, server: Radicale, uid: Uid) -> None:
    first, second = server.new_calendar(), server.new_calendar()
    target = pushing.caldav(first)["id"]
    made = pushing.booking("2027-05-01", "2027-05-04")
    pushing.settled(target, lambda row: len(server.entries(first)) == 1 and not row["behind"])
    pushing.change(target, url=second, username=USER, password="a-caldav-password")
    pushing.settled(target)
    assert list(server.entries(second)) == [uid(made["occupancy_id"])]


def test_what_is_paused_rests_until_it_is_active(pushing: Pushing, server: Radicale, uid: Uid) -> None:
    calendar = server.new_calendar()
    target = pushing.caldav(calendar)["id"]
    pushing.settled(target)
    pushing.change(target, status="paused")
    made = pushing.booking("2027-05-01", "2027-05-04")
    pushing.settled(target, lambda row: row["behind"])
    pushing.later(10)
    assert server.entries(calendar) == {}
    pushing.change(target, status="active")
    pushing.settled(target)
    assert list(server.entries(calendar)) == [uid(made["occupancy_id"])]
