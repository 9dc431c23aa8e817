"""The upkeep removes what is over and nothing else, a bounded part at a time."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.schema import migrated, with_unit

from api.channels.feeds import repository as feeds
from api.core.context import Bindings
from api.core.idempotency import KEPT
from api.core.lifetimes import SESSION_IDLE
from api.operations import upkeep
from api.operations.operators import upkeep_repository as upkeep_runs
from api.operations.operators.upkeep_repository import UpkeepRow
from propflow import ids
from propflow.bindings.d1 import Database, Meta, Result, Statement
from propflow.clock import DAY, HOUR, MINUTE, to_rfc3339

NOW = 1_800_000_000_000
OVER, KEEP = True, False


@pytest.fixture
def core() -> sqlite3.Connection:
    connection = with_unit(migrated("core"))
    insert(connection, "users", id="usr_1", email="a@example.net", name="A", created_at=0, updated_at=0)
    insert(connection, "memberships", tenant_id="ten_1", user_id="usr_1", role="owner", created_at=0, updated_at=0)
    return connection


def insert(core: sqlite3.Connection, table: str, **row: Any) -> None:
    marks = ", ".join("?" * len(row))
    core.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def run(core: sqlite3.Connection, statement: Statement) -> int:
    """How many rows it changed; numbers are bound as REAL, as D1 does."""
    values = [float(value) if isinstance(value, int) else value for value in statement.params]
    before = core.total_changes
    core.execute(statement.sql, values)
    return core.total_changes - before


def session(name: str, **times: int) -> dict[str, Any]:
    given = {"created_at": 0, "last_seen_at": NOW, "expires_at": NOW + 1}
    return {"token_hash": name, "id": name, "tenant_id": "ten_1", "user_id": "usr_1", **given, **times}


def link(name: str, expires_at: int) -> dict[str, Any]:
    return {"id": name, "purpose": "verify_email", "user_id": "usr_1", "email": "a", "token_hash": name,
            "key_id": "k1", "expires_at": expires_at, "created_at": 0}  # fmt: skip


def invitation(name: str, expires_at: int, status: str = "pending", closed_at: int = NOW) -> dict[str, Any]:
    return {"tenant_id": "ten_1", "id": name, "email": name, "role": "member", "status": status, "token_hash": name,
            "key_id": "k1", "invited_by": "usr_1", "expires_at": expires_at, "created_at": 0,
            "updated_at": closed_at}  # fmt: skip


def sign_in(name: str, expires_at: int) -> dict[str, Any]:
    return {"state_hash": name, "nonce": "n", "verifier_sealed": "v", "expires_at": expires_at}


def host(ago: int) -> dict[str, Any]:
    return {"host": "c.example.com", "minute": (NOW - ago) // MINUTE, "asked": 1}  # whose turn it is


def turn(ago: int) -> dict[str, Any]:
    return {"host": "c.example.com", "tenant_id": "ten_1", "asked_at": NOW - ago}


def remembered(name: str, created_at: int) -> dict[str, Any]:
    return {"tenant_id": "ten_1", "principal_id": "usr_1", "key_hash": name, "fingerprint": "f", "status": 201,
            "headers": "{}", "body": "{}", "created_at": created_at}  # fmt: skip


def quote(name: str, expires_at: int) -> dict[str, Any]:
    return {"tenant_id": "ten_1", "id": name, "unit_id": "unit_1", "check_in": "2027-01-01", "check_out": "2027-01-02",
            "guests": 1, "total_amount": 1, "currency": "EUR", "lines": "[]", "expires_at": expires_at,
            "created_at": 0}  # fmt: skip


def fact(name: str, created_at: int, waiting: int = 0) -> dict[str, Any]:
    return {"tenant_id": "ten_1", "id": name, "type": "t", "message": "{}", "waiting": waiting, "next_attempt_at": 0,
            "created_at": created_at}  # fmt: skip


def letter(name: str, replayed_at: int | None, outbox_id: str = "x") -> dict[str, Any]:
    return {"id": name, "queue": "q", "tenant_id": "ten_1", "outbox_id": outbox_id, "body": "b", "reason": "r",
            "attempts": 4, "created_at": 0, "replayed_at": replayed_at}  # fmt: skip


def recorded(at: int) -> dict[str, Any]:
    return {"id": ids.new_id("upk", at), "job": "tick", "rows": 0, "started_at": at, "finished_at": at}


def alert(subject: str, resolved_at: int | None) -> dict[str, Any]:
    return {"kind": "k", "subject": subject, "detail": "d", "first_at": 0, "last_at": 0, "resolved_at": resolved_at}


def finding(name: str, resolved_at: int | None) -> dict[str, Any]:
    return {"tenant_id": "ten_1", "kind": "k", "object_id": name, "detail": "[]", "found_at": 0, "seen_at": 0,
            "resolved_at": resolved_at}  # fmt: skip


FEED = "feed_1" + ids.ending(NOW // MINUTE)  # whose turn it is


def feed(core: sqlite3.Connection) -> None:
    insert(core, "feeds", tenant_id="ten_1", id=FEED, unit_id="unit_1", name="F", host="h", url_sealed="x",
           next_due_at=0, created_at=0, updated_at=0)  # fmt: skip


def entry(state: str, ended: int, changed: int = 0, reason: str = "listed") -> dict[str, Any]:
    end = to_rfc3339(NOW - ended * DAY)[:10]
    return {"tenant_id": "ten_1", "feed_id": FEED, "uid": "u", "start_date": "2000-01-01", "end_date": end,
            "kind": "stay", "state": state, "reason": reason, "occupancy_id": "occ_1", "created_at": 0,
            "updated_at": NOW - changed * DAY}  # fmt: skip


def waiting(ended: int) -> dict[str, Any]:
    end = to_rfc3339(NOW - ended * DAY)[:10]
    return {"tenant_id": "ten_1", "id": "occ_1", "unit_id": "unit_1", "feed_id": FEED, "uid": "u", "source": "s",
            "start_date": "2000-01-01", "end_date": end, "settled_at": 0}  # fmt: skip


def conflict(resolved_at: int | None) -> dict[str, Any]:
    status = "open" if resolved_at is None else "resolved"
    return {"tenant_id": "ten_1", "id": "con_1", "unit_id": "unit_1", "feed_id": FEED, "uid": "u", "status": status,
            "start_date": "2000-01-01", "end_date": "2000-01-02", "created_at": 0,
            "resolved_at": resolved_at}  # fmt: skip


def decision(run_id: str) -> dict[str, Any]:
    return {"tenant_id": "ten_1", "feed_id": FEED, "run_id": run_id, "id": "dec_1", "uid": "u", "change": "created",
            "reason": "listed", "start_date": "2000-01-01", "end_date": "2000-01-02", "occupancy_id": "occ_1",
            "created_at": 0}  # fmt: skip


CASES = [
    ("sessions.expire", "sessions", session("s", expires_at=NOW), OVER),
    ("sessions.expire", "sessions", session("s", expires_at=NOW + 1), KEEP),
    ("sessions.expire", "sessions", session("s", last_seen_at=NOW - SESSION_IDLE), OVER),
    ("sessions.expire", "sessions", session("s", last_seen_at=NOW - SESSION_IDLE + 1), KEEP),
    ("links.expire", "one_time_tokens", link("l", NOW), OVER),
    ("links.expire", "one_time_tokens", link("l", NOW + 1), KEEP),
    ("invitations.expire", "invitations", invitation("i", NOW - 30 * DAY), OVER),
    ("invitations.expire", "invitations", invitation("i", NOW - 30 * DAY + 1), KEEP),
    ("invitations.expire", "invitations", invitation("i", 0, "accepted"), KEEP),
    ("invitations.expire", "invitations", invitation("i", 0, "revoked"), KEEP),
    ("invitations.forget", "invitations", invitation("i", 0, "accepted", NOW - 365 * DAY), OVER),
    ("invitations.forget", "invitations", invitation("i", 0, "revoked", NOW - 365 * DAY), OVER),
    ("invitations.forget", "invitations", invitation("i", 0, "accepted", NOW - 365 * DAY + 1), KEEP),
    ("invitations.forget", "invitations", invitation("i", 0, closed_at=NOW - 365 * DAY), KEEP),
    ("message_budgets.forget", "message_budgets", {"ends_at": NOW, "key": "k", "used": 1}, OVER),
    ("message_budgets.forget", "message_budgets", {"ends_at": NOW + 1, "key": "k", "used": 1}, KEEP),
    ("google.expire", "google_sign_ins", sign_in("g", NOW), OVER),
    ("google.expire", "google_sign_ins", sign_in("g", NOW + 1), KEEP),
    ("calendar_hosts.forget", "calendar_hosts", host(7 * HOUR + MINUTE), OVER),
    ("calendar_hosts.forget", "calendar_hosts", host(7 * HOUR), KEEP),
    ("calendar_turns.forget", "calendar_turns", turn(7 * HOUR + 1), OVER),
    ("calendar_turns.forget", "calendar_turns", turn(7 * HOUR), KEEP),
    ("idempotency.expire", "idempotency_keys", remembered("k", NOW - KEPT), OVER),
    ("idempotency.expire", "idempotency_keys", remembered("k", NOW - KEPT + 1), KEEP),
    ("quotes.expire", "quotes", quote("q", NOW - 30 * DAY), OVER),
    ("quotes.expire", "quotes", quote("q", NOW - 30 * DAY + 1), KEEP),
    ("outbox.forget", "outbox", fact("o", NOW - 30 * DAY), OVER),
    ("outbox.forget", "outbox", fact("o", NOW - 30 * DAY + 1), KEEP),
    ("outbox.forget", "outbox", fact("o", 0, waiting=16), KEEP),
    ("dead_letters.forget", "dead_letters", letter("d", NOW - 90 * DAY), OVER),
    ("dead_letters.forget", "dead_letters", letter("d", NOW - 90 * DAY + 1), KEEP),
    ("dead_letters.forget", "dead_letters", letter("d", None), KEEP),
    ("upkeep_runs.forget", "upkeep_runs", recorded(NOW - 30 * DAY - 1), OVER),
    ("upkeep_runs.forget", "upkeep_runs", recorded(NOW - 30 * DAY), KEEP),
    ("integrity_findings.forget", "integrity_findings", finding("f", NOW - 90 * DAY), OVER),
    ("integrity_findings.forget", "integrity_findings", finding("f", NOW - 90 * DAY + 1), KEEP),
    ("integrity_findings.forget", "integrity_findings", finding("f", None), KEEP),
    ("operator_alerts.forget", "operator_alerts", alert("a", NOW - 400 * DAY), OVER),
    ("operator_alerts.forget", "operator_alerts", alert("a", NOW - 400 * DAY + 1), KEEP),
    ("operator_alerts.forget", "operator_alerts", alert("a", None), KEEP),
    ("feed_events.forget", "feed_events", entry("imported", 401), OVER),
    ("feed_events.forget", "feed_events", entry("imported", 400), KEEP),
    ("feed_events.forget", "feed_events", entry("removed", 61), OVER),
    ("feed_events.forget", "feed_events", entry("removed", 60), KEEP),
    ("feed_events.forget", "feed_events", entry("removed", -300, 8, "not_listed"), OVER),
    ("feed_events.forget", "feed_events", entry("removed", -300, 8, "missed_twice"), KEEP),
    ("feed_events.forget", "feed_events", entry("replaced", -300, 8), OVER),
    ("feed_events.forget", "feed_events", entry("replaced", -300, 6), KEEP),
    ("feed_events.forget", "feed_events", entry("setting", -300, 8), KEEP),
    ("waiting_stays.forget", "waiting_stays", waiting(401), OVER),
    ("waiting_stays.forget", "waiting_stays", waiting(400), KEEP),
    ("conflicts.forget", "conflicts", conflict(NOW - 401 * DAY), OVER),
    ("conflicts.forget", "conflicts", conflict(NOW - 399 * DAY), KEEP),
    ("conflicts.forget", "conflicts", conflict(None), KEEP),
    ("feed_decisions.forget", "feed_decisions", decision("run_1"), OVER),
    ("feed_decisions.forget", "feed_decisions", decision("run_2"), KEEP),
]


@pytest.mark.parametrize(("job", "table", "row", "over"), CASES)
def test_what_is_over_is_removed_and_nothing_else(
    core: sqlite3.Connection, job: str, table: str, row: dict[str, Any], over: bool
) -> None:
    if "feed_id" in row:
        feed(core)
        insert(core, "feed_runs", tenant_id="ten_1", feed_id=FEED, id="run_2", status="queued", created_at=NOW)
    insert(core, table, **row)
    before = counts(core)
    assert run(core, upkeep.forgetting(NOW)[job]) == int(over)
    assert counts(core) == before | {table: before[table] - int(over)}


def test_what_a_moved_entry_waits_for_is_forgotten_with_the_entry(core: sqlite3.Connection) -> None:
    feed(core)
    insert(core, "units", tenant_id="ten_1", id="unit_2", property_id="prop_1", name="Loft", max_guests=2,
           nightly_amount=100, created_at=0, updated_at=0)  # fmt: skip
    insert(core, "feed_events", **entry("conflict", 401), moved_to="unit_2")
    insert(core, "waiting_stays", **waiting(401) | {"unit_id": "unit_2"})
    for statement in upkeep.forgetting(NOW).values():
        run(core, statement)
    assert (counts(core)["feed_events"], counts(core)["waiting_stays"]) == (0, 0)


def counts(core: sqlite3.Connection) -> dict[str, int]:
    tables = [name for (name,) in core.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: int(core.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in tables}


@pytest.mark.parametrize("job", sorted(set(upkeep.forgetting(NOW)) - {"feed_runs.forget"}))
def test_every_job_is_tried_at_its_boundary(job: str) -> None:
    assert {over for name, _, _, over in CASES if name == job} == {OVER, KEEP}


BOUNDED = [
    ("sessions.expire", "sessions", lambda n: session(f"s{n}", expires_at=0)),
    ("links.expire", "one_time_tokens", lambda n: link(f"l{n}", 0)),
    ("invitations.expire", "invitations", lambda n: invitation(f"i{n}", 0)),
    ("invitations.forget", "invitations", lambda n: invitation(f"i{n}", 0, "revoked", 0)),
    ("message_budgets.forget", "message_budgets", lambda n: {"ends_at": n, "key": "k", "used": 1}),
    ("google.expire", "google_sign_ins", lambda n: sign_in(f"g{n}", 0)),
    ("idempotency.expire", "idempotency_keys", lambda n: remembered(f"k{n}", 0)),
    ("calendar_hosts.forget", "calendar_hosts", lambda n: host(NOW) | {"host": f"c{n}"}),
    ("calendar_turns.forget", "calendar_turns", lambda n: turn(NOW) | {"tenant_id": f"ten_{n}"}),
    ("quotes.expire", "quotes", lambda n: quote(f"q{n}", 0)),
    ("outbox.forget", "outbox", lambda n: fact(f"o{n}", 0)),
    ("dead_letters.forget", "dead_letters", lambda n: letter(f"d{n}", 0)),
    ("upkeep_runs.forget", "upkeep_runs", lambda n: recorded(n)),
    ("integrity_findings.forget", "integrity_findings", lambda n: finding(f"f{n}", 0)),
    ("operator_alerts.forget", "operator_alerts", lambda n: alert(f"a{n}", 0)),
]


@pytest.mark.parametrize(("job", "table", "make"), BOUNDED)
def test_a_run_removes_a_bounded_part(core: sqlite3.Connection, job: str, table: str, make: Any) -> None:
    for number in range(upkeep.CHUNK + 7):
        insert(core, table, **make(number))
    statement = upkeep.forgetting(NOW)[job]
    assert [run(core, statement) for _ in range(3)] == [upkeep.CHUNK, 7, 0]


def test_every_host_has_its_turn_within_an_hour(core: sqlite3.Connection) -> None:
    names = ("0.example.com", "9-a.example.com", "airbnb.com", "www.airbnb.com", "xn--a.example.com", "zz.zz")
    for name in names:
        insert(core, "calendar_hosts", **(host(NOW) | {"host": name}))
    removed = [run(core, upkeep.forgetting(NOW + minute * MINUTE)["calendar_hosts.forget"]) for minute in range(60)]
    assert (sum(removed), max(removed)) == (len(names), 1)


class InMemory(Database):
    """The database as the Worker sees it; each batch takes a while."""

    def __init__(self, core: sqlite3.Connection, takes: int) -> None:
        self.core, self.takes, self.batches, self.clock = core, takes, 0, NOW

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.batches, self.clock = self.batches + 1, self.clock + self.takes
        return [Result(meta=Meta(changes=run(self.core, statement))) for statement in statements]


@pytest.mark.parametrize(("takes", "batches"), [(10, 4), (2_000, 3), (6_000, 1)])
def test_what_came_back_full_is_repeated_as_long_as_there_is_time(
    core: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, takes: int, batches: int
) -> None:
    database = InMemory(core, takes)
    monkeypatch.setattr(upkeep, "now_ms", lambda: database.clock)
    for number in range(3 * upkeep.CHUNK + 7):
        insert(core, "google_sign_ins", **sign_in(f"g{number}", 0))
    insert(core, "one_time_tokens", **link("l", 0))
    bindings = cast("Bindings", SimpleNamespace(core=database))
    rows = asyncio.run(upkeep._forget(bindings, upkeep.forgetting(NOW)))
    removed = min(batches, 3) * upkeep.CHUNK + (7 if batches == 4 else 0)
    assert {row.job: row.rows for row in rows if row.rows} == {"google.expire": removed, "links.expire": 1}
    assert counts(core)["google_sign_ins"] == 3 * upkeep.CHUNK + 7 - removed
    assert (database.batches, len(rows)) == (batches, len(upkeep.forgetting(NOW)))


@pytest.mark.parametrize(("clock_at", "over"), [(NOW - 1, KEEP), (NOW, OVER), (NOW + DAY, OVER), (None, OVER)])
def test_a_quote_ends_by_the_clock_of_its_tenant(core: sqlite3.Connection, clock_at: int | None, over: bool) -> None:
    """So that a price that was promised in a space whose clock stands in the past is kept."""
    insert(core, "tenants", id="live", name="T", created_at=0, updated_at=0)
    core.execute("UPDATE tenants SET mode = 'test', live_id = 'live', clock_at = ? WHERE id = 'ten_1'", (clock_at,))
    insert(core, "quotes", **quote("q", NOW - 30 * DAY))
    assert run(core, upkeep.forgetting(NOW)["quotes.expire"]) == int(over)


def test_what_a_dead_letter_can_still_need_is_kept(core: sqlite3.Connection) -> None:
    insert(core, "outbox", **fact("o1", 0))
    insert(core, "outbox", **fact("o2", 0))
    insert(core, "dead_letters", **letter("d1", None, "o1"))
    insert(core, "dead_letters", **letter("d2", 5, "o2"))
    assert run(core, upkeep.forgetting(NOW)["outbox.forget"]) == 1
    assert core.execute("SELECT id FROM outbox").fetchall() == [("o1",)]


class Runs:
    """A feed whose turn it is in a certain minute, and its runs."""

    def __init__(self, core: sqlite3.Connection, feed_id: str) -> None:
        self.core, self.feed_id = core, feed_id
        insert(core, "feeds", tenant_id="ten_1", id=feed_id, unit_id="unit_1", name="F", host="h", url_sealed="u",
               next_due_at=0, created_at=0, updated_at=0)  # fmt: skip

    def add(self, at: int) -> None:
        insert(self.core, "feed_runs", tenant_id="ten_1", feed_id=self.feed_id, id=ids.new_id("run", at),
               status="unchanged", created_at=at)  # fmt: skip

    @property
    def instants(self) -> list[int]:
        sql = "SELECT created_at FROM feed_runs WHERE feed_id = ? ORDER BY created_at"
        return [int(at) for (at,) in self.core.execute(sql, (self.feed_id,))]


def forget_runs(minute: int, limit: int = upkeep.RUNS_CHUNK) -> Statement:
    return feeds.forget_runs(minute, before=NOW - 90 * DAY, keep=200, limit=limit)


def test_the_newest_200_runs_of_a_feed_are_kept(core: sqlite3.Connection) -> None:
    mine, other = Runs(core, f"feed_{'0' * 24}05"), Runs(core, f"feed_{'0' * 24}06")
    for number in range(260):
        mine.add(NOW - number * HOUR)
        other.add(NOW - number * HOUR)
    assert run(core, forget_runs(5)) == 60
    assert mine.instants == [NOW - number * HOUR for number in reversed(range(200))]
    assert len(other.instants) == 260
    assert run(core, forget_runs(5)) == 0
    assert run(core, forget_runs(6)) == 60


def test_runs_older_than_90_days_are_removed_also_when_they_are_few(core: sqlite3.Connection) -> None:
    runs = Runs(core, f"feed_{'0' * 24}05")
    for at in (NOW - 91 * DAY, NOW - 90 * DAY - 1, NOW - 90 * DAY, NOW):
        runs.add(at)
    assert run(core, forget_runs(5)) == 2
    assert runs.instants == [NOW - 90 * DAY, NOW]


def test_runs_are_removed_a_bounded_part_at_a_time_the_oldest_of_a_feed_first(core: sqlite3.Connection) -> None:
    runs = Runs(core, f"feed_{'0' * 24}05")
    for number in range(210):
        runs.add(NOW - number * HOUR)
    assert [run(core, forget_runs(5, limit=6)) for _ in range(3)] == [6, 4, 0]


def test_every_feed_has_its_turn_within_a_day(core: sqlite3.Connection) -> None:
    feed_id = ids.new_id("feed", NOW)
    turns = [minute for minute in range(24 * 60) if ids.ending(minute) == feed_id[-2:]]
    assert turns
    assert upkeep.forgetting(turns[0] * MINUTE)["feed_runs.forget"].params[0] == feed_id[-2:]


def test_jobs_find_what_is_over_by_an_index(core: sqlite3.Connection) -> None:
    for job, statement in upkeep.forgetting(NOW).items():
        plan = [row[3] for row in core.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params)]
        walked = [step for step in plan if step.startswith("SCAN") and "turn" not in step and "SCAN f" not in step]
        assert walked == [], (job, plan)


def test_a_run_is_recorded_in_one_statement(core: sqlite3.Connection) -> None:
    rows = [
        UpkeepRow(id="upk_1", job="tick", rows=3, started_at=1, finished_at=2),
        UpkeepRow(id="upk_2", job="outbox.sweep", error="RuntimeError: x", started_at=1, finished_at=2),
    ]
    assert run(core, upkeep_runs.insert(rows)) == 2
    assert core.execute("SELECT * FROM upkeep_runs").fetchall() == [
        ("upk_1", "tick", 3, None, 1, 2), ("upk_2", "outbox.sweep", 0, "RuntimeError: x", 1, 2),
    ]  # fmt: skip
    assert json.loads(str(upkeep_runs.insert(rows).params[0]))[0]["job"] == "tick"
