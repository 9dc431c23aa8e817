"""Messages and the schedule: one outcome however often and in whatever order they come."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from integration.calsync.connected import Connected, ask, day, waiting
from support.deliver import deliver_many, deliver_one
from support.people import ok
from support.rows import row_id
from support.suite import Suite
from support.waiting import eventually

STAYS = [(0, 4, "HMAAAAAAAA"), (4, 6, "HMBBBBBBBB")]


def test_health(suite: Suite) -> None:
    assert ask(suite, "health", {}) == {"value": {"worker": "calsync", "environment": "local"}}


def test_a_message_that_comes_again_changes_nothing(calendar: Connected) -> None:
    run = calendar.connect(calendar.publish(STAYS))
    before = calendar.everything()
    calendar.publish([(10, 12, "HMCCCCCCCC")])
    deliver_many(calendar.suite, "calsync", [calendar.message(run["id"])] * 4)
    assert calendar.everything() == before
    assert len(calendar.runs()) == 1


def test_several_runs_at_once_have_one_outcome(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS[:1]))
    calendar.publish(STAYS)

    def carry_out(body: str) -> None:  # who was overtaken too often asks to come again
        eventually(lambda: deliver_one(calendar.suite, "calsync", body) is None, what="the run to end")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(carry_out, [calendar.another_run() for _ in range(4)]))
    runs = calendar.runs()[:4]
    assert sorted(run["created"] for run in runs) == [0, 0, 0, 1]
    assert sorted(run["status"] for run in runs) == ["succeeded", "unchanged", "unchanged", "unchanged"]
    assert calendar.taken() == calendar.imported((0, 4), (4, 6))
    assert calendar.conflicts() == []
    eventually(lambda: not waiting(calendar.suite, calendar.manager.tenant["id"]), what="all messages to be done")


def test_who_asks_for_a_run_while_one_waits_gets_that_one(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS[:1]))
    body = calendar.another_run()
    asked = {ok(calendar.manager.api.sync_feed(calendar.feed_id), 202)["run_id"] for _ in range(3)}
    assert asked == {json.loads(body)["run_id"]}


def test_the_schedule_asks_for_what_is_due_once(calendar: Connected) -> None:
    calendar.connect(calendar.publish(STAYS[:1]))
    calendar.publish(STAYS)
    calendar.suite.d1("UPDATE feeds SET next_due_at = 0 WHERE id = ?1", calendar.feed_id)
    with ThreadPoolExecutor(3) as pool:
        outcomes = [result["outcome"] for result in pool.map(lambda _: calendar.suite.cron("calsync"), range(3))]
    assert outcomes == ["ok"] * 3
    eventually(lambda: len(calendar.runs()) == 2, what="the run of the schedule")
    assert calendar.runs()[0]["status"] == "succeeded"
    assert calendar.taken() == calendar.imported((0, 4), (4, 6))
    due = calendar.suite.d1("SELECT next_due_at - last_attempt_at AS pause FROM feeds WHERE id = ?1", calendar.feed_id)
    assert 5 * 60_000 <= due[0]["pause"] < 6 * 60_000  # it has just changed, and the unit is free tonight


def test_a_feed_that_does_not_exist_is_recorded_as_dead(calendar: Connected) -> None:
    tenant, outbox_id = calendar.manager.tenant["id"], row_id("obx")
    job = {"tenant_id": tenant, "outbox_id": outbox_id, "feed_id": row_id("feed"), "run_id": row_id("run")}
    body = json.dumps({"type": "feed.sync_requested", **job})
    calendar.suite.d1(
        "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
        " VALUES (?1, ?2, 'feed.sync_requested', ?3, 4, 0, 0)",
        tenant, outbox_id, body,
    )  # fmt: skip
    assert deliver_one(calendar.suite, "calsync", body) is None
    dead = calendar.suite.d1("SELECT reason FROM dead_letters WHERE outbox_id = ?1", outbox_id)
    assert [row["reason"] for row in dead] == ["no such feed or run"]
    assert waiting(calendar.suite, tenant) == []


def test_exports_follow_bookings_whatever_the_order(calendar: Connected) -> None:
    suite, manager = calendar.suite, calendar.manager
    ok(manager.api.create_export(calendar.unit_id))
    bookings = [manager.booking(calendar.unit_id, day(n), day(n + 1)) for n in range(0, 6, 2)]
    ok(manager.api.cancel(bookings[0]["id"]), 200)
    eventually(lambda: not waiting(suite, manager.tenant["id"]), what="all messages to be done")

    def export() -> dict[str, object]:
        return suite.d1("SELECT body, etag, revision FROM calendar_exports WHERE unit_id = ?1", calendar.unit_id)[0]

    first = export()
    assert str(first["body"]).count("BEGIN:VEVENT") == 2
    rows = suite.d1("SELECT id, message FROM outbox WHERE message ->> 'unit_id' = ?1", calendar.unit_id)
    suite.d1("UPDATE outbox SET waiting = waiting | 4 WHERE message ->> 'unit_id' = ?1", calendar.unit_id)
    deliver_many(suite, "calsync", [str(row["message"]) for row in rows])
    assert export() == first
    assert waiting(suite, manager.tenant["id"]) == []


def test_a_booking_that_moves_is_in_the_export_of_its_unit_only(calendar: Connected) -> None:
    suite, manager = calendar.suite, calendar.manager
    units = [calendar.unit_id, manager.new_unit()]
    for unit in units:
        ok(manager.api.create_export(unit))
    booking = manager.booking(units[0], day(0), day(1))

    def shown() -> list[int]:
        eventually(lambda: not waiting(suite, manager.tenant["id"]), what="all messages to be done")
        sql = "SELECT body FROM calendar_exports WHERE unit_id = ?1"
        return [str(suite.d1(sql, unit)[0]["body"]).count("BEGIN:VEVENT") for unit in units]

    assert shown() == [1, 0]
    ok(manager.api.move(booking["id"], unit_id=units[1]), 200)
    assert shown() == [0, 1]
    ok(manager.api.move(booking["id"], unit_id=units[0], check_out=day(2)), 200)
    assert shown() == [1, 0]
    rows = suite.d1("SELECT message FROM outbox WHERE message ->> 'booking_id' = ?1", booking["id"])
    suite.d1("UPDATE outbox SET waiting = waiting | 4 WHERE message ->> 'booking_id' = ?1", booking["id"])
    deliver_many(suite, "calsync", [str(row["message"]) for row in rows], seed=3)
    assert shown() == [1, 0]
    ok(manager.api.post(f"/v1/bookings/{booking['id']}/cancel"), 200)
    assert shown() == [0, 0]
