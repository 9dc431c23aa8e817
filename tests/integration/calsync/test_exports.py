"""Addresses of exports: rotated, deleted, read cheaply and counted, and what stands behind them is a true calendar."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import icalendar
import pytest
from integration.calsync.connected import day, waiting
from load.paths import read_cost
from support.client import Api
from support.people import Manager, ok
from support.suite import Suite
from support.waiting import eventually


@pytest.fixture
def unit(alice: Manager) -> str:
    return alice.new_unit()


def exports(manager: Manager, unit: str) -> list[dict[str, Any]]:
    return list(ok(manager.api.get(f"/v1/units/{unit}/exports"), 200)["data"])


def settle(suite: Suite, manager: Manager) -> None:
    eventually(lambda: not waiting(suite, manager.tenant["id"]), what="the exports to be rendered")


def test_the_old_address_dies_at_once_or_after_the_overlap(suite: Suite, alice: Manager, unit: str) -> None:
    first = ok(alice.api.create_export(unit))
    second = ok(alice.api.rotate_export(unit, first["id"], overlap_seconds=3600), 200)
    assert first["url"] != second["url"] == exports(alice, unit)[0]["url"] and second["previous_until"]
    assert [alice.api.ical(one["url"]).status_code for one in (first, second)] == [200, 200]
    suite.d1("UPDATE calendar_exports SET previous_until = 1 WHERE id = ?1", first["id"])
    assert [alice.api.ical(one["url"]).status_code for one in (first, second)] == [404, 200]
    third = ok(alice.api.rotate_export(unit, first["id"]), 200)
    assert [alice.api.ical(one["url"]).status_code for one in (first, second, third)] == [404, 404, 200]
    assert third["previous_until"] is None
    assert third["url"] == ok(alice.api.create_export(unit))["url"], "the channel still has one export"


def test_a_repeated_rotation_rotates_once_and_its_answer_keeps_no_secret(
    suite: Suite, alice: Manager, unit: str
) -> None:
    export, key = ok(alice.api.create_export(unit))["id"], secrets.token_hex(8)
    rotated = ok(alice.api.rotate_export(unit, export, key=key), 200)
    again = alice.api.rotate_export(unit, export, key=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert ok(again, 200) == rotated | {"url": None}
    assert exports(alice, unit)[0]["url"] == rotated["url"]
    token = rotated["url"].rpartition("/")[2].removesuffix(".ics")
    for table in ("calendar_exports", "idempotency_keys", "outbox", "events"):
        assert token not in str(suite.d1(f"SELECT * FROM {table} WHERE tenant_id = ?1", alice.tenant["id"])), table


def test_rotations_at_once_leave_one_address_and_readers_never_see_an_error(
    suite: Suite, alice: Manager, unit: str
) -> None:
    first = ok(alice.api.create_export(unit))

    def read(_: int) -> int:
        return alice.api.ical(first["url"]).status_code

    with ThreadPoolExecutor(6) as pool:
        reading = [pool.submit(read, number) for number in range(12)]
        rotating = [pool.submit(alice.api.rotate_export, unit, first["id"]) for _ in range(4)]
        answers = [one.result() for one in rotating]
        assert {one.result() for one in reading} <= {200, 404}
    assert {one.status_code for one in answers} <= {200, 409}
    urls = [one.json()["url"] for one in answers if one.status_code == 200]
    alive = [url for url in urls if alice.api.ical(url).status_code == 200]
    assert alive == [exports(alice, unit)[0]["url"]] and read(0) == 404


def test_a_deleted_export_is_gone_and_the_next_one_has_another_address(alice: Manager, unit: str, bob: Manager) -> None:
    export = ok(alice.api.create_export(unit))
    assert bob.api.delete_export(unit, export["id"]).status_code == 404
    assert alice.api.delete_export(alice.new_unit(), export["id"]).status_code == 404
    assert alice.api.delete_export(unit, export["id"]).status_code == 204
    assert alice.api.ical(export["url"]).status_code == 404 and exports(alice, unit) == []
    assert alice.api.delete_export(unit, export["id"]).status_code == 404
    assert ok(alice.api.create_export(unit))["url"] != export["url"]


def test_reading_is_one_statement_without_a_write_and_is_counted_later(suite: Suite, alice: Manager, unit: str) -> None:
    export = ok(alice.api.create_export(unit))
    assert (export["last_read_at"], export["reads"]) == (None, 0)
    costs = [read_cost(alice.api.ical(export["url"]).headers["propflow-cost"]) for _ in range(5)]
    assert [(cost["statements"], cost["rows_written"], cost["subrequests"]) for cost in costs] == [(1, 0, 1)] * 5
    eventually(lambda: exports(alice, unit)[0]["reads"], what="the first reading to be written down")
    written = "SELECT read_at, reads FROM calendar_exports WHERE id = ?1"
    [row] = suite.d1(written, export["id"])
    alice.api.ical(export["url"])
    assert suite.d1(written, export["id"]) == [row]
    suite.d1("UPDATE calendar_exports SET read_at = read_at - 900000 WHERE id = ?1", export["id"])
    alice.api.ical(export["url"])
    eventually(lambda: exports(alice, unit)[0]["reads"] == 7, what="all readings to be written down")


def test_a_reader_that_has_it_gets_304_by_tag_or_by_date(suite: Suite, alice: Manager, unit: str, api: Api) -> None:
    url = ok(alice.api.create_export(unit))["url"]
    empty = api.ical(url)
    assert empty.status_code == 200 and not icalendar.Calendar.from_ical(empty.content).events
    assert empty.headers["etag"].startswith('"') and empty.headers["last-modified"].endswith("GMT")

    def asks(**headers: str) -> int:
        return api.request(
            "GET", url, headers={name.replace("_", "-"): value for name, value in headers.items()}
        ).status_code

    tag, at = empty.headers["etag"], empty.headers["last-modified"]
    assert asks(if_none_match=tag) == asks(if_modified_since=at) == asks(if_none_match="*") == 304
    assert asks(if_none_match='"x"', if_modified_since=at) == 200, "the tag counts"
    assert asks(if_modified_since="Thu, 01 Jan 2026 00:00:00 GMT") == asks(if_modified_since="tomorrow") == 200
    alice.booking(unit, day(0), day(2))
    settle(suite, alice)
    assert asks(if_none_match=tag) == asks(if_modified_since=at) == 200
    assert parsedate_to_datetime(api.ical(url).headers["last-modified"]) > parsedate_to_datetime(at)


def test_the_calendar_is_read_back_by_the_library_as_it_was_meant(suite: Suite, alice: Manager, unit: str) -> None:
    url = ok(alice.api.create_export(unit))["url"]
    booking = alice.booking(unit, day(0), day(3))
    ok(alice.api.block(unit, day(5), day(6)))
    lease = {"unit_id": unit, "start": day(10), "renter": {"name": "R"}, "rent": {"amount": 1, "currency": "EUR"}}
    ok(alice.api.post(f"/v1/leases/{ok(alice.api.post('/v1/leases', lease))['id']}/activate"), 200)
    settle(suite, alice)

    def shown() -> dict[tuple[date, date], tuple[str, str, int, datetime]]:
        body = alice.api.ical(url).content
        assert all(len(line) <= 75 for line in body.split(b"\r\n")) and b"Grace" not in body
        found = icalendar.Calendar.from_ical(body).events
        assert all(one["DTSTART"].params["VALUE"] == one["DTEND"].params["VALUE"] == "DATE" for one in found)
        return {
            (one["DTSTART"].dt, one["DTEND"].dt): (
                str(one["UID"]), str(one["SUMMARY"]), int(one["SEQUENCE"]), one["DTSTAMP"].dt)
            for one in found
        }  # fmt: skip

    def nights(start: int, end: int) -> tuple[date, date]:
        return date.fromisoformat(day(start)), date.fromisoformat(day(end))

    before = shown()
    horizon = date(datetime.now(UTC).year + 4, 1, 1)
    open_end = (date.fromisoformat(day(10)), horizon)
    assert {key: value[1] for key, value in before.items()} == {
        nights(0, 3): "Reserved", nights(5, 6): "Blocked", open_end: "Reserved",
    }  # fmt: skip
    ok(alice.api.move(booking["id"], check_out=day(4)), 200)
    settle(suite, alice)
    after = shown()
    uid, _, sequence, stamp = after[nights(0, 4)]
    old_uid, _, old_sequence, old_stamp = before[nights(0, 3)]
    assert uid == old_uid and sequence > old_sequence and stamp >= old_stamp
    assert after[nights(5, 6)] == before[nights(5, 6)] and after[open_end] == before[open_end]


def test_what_a_reading_costs_does_not_depend_on_the_history(suite: Suite, alice: Manager, unit: str) -> None:
    url = ok(alice.api.create_export(unit))["url"]
    alice.api.ical(url)
    before = read_cost(alice.api.ical(url).headers["propflow-cost"])
    suite.d1(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)"
        " INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, created_at, updated_at)"
        " SELECT ?1, 'occ_old' || i, ?2, date('2024-01-01', '+' || i || ' days'),"
        " date('2024-01-01', '+' || (i + 1) || ' days'), 'booking', 'old', 0, 0 FROM n",
        alice.tenant["id"], unit,
    )  # fmt: skip
    alice.booking(unit, day(0), day(2))
    settle(suite, alice)
    assert read_cost(alice.api.ical(url).headers["propflow-cost"]) == before
    assert alice.api.ical(url).text.count("BEGIN:VEVENT") == 1
