"""Everybody wants the same nights at once: D1 judges, and checkers that can fail judge D1.

RACE_CALLS is how many calls there are at least with UnitLock, over rounds of about a thousand; SEED repeats a run.
"""

import asyncio
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, takewhile
from pathlib import Path

import pytest
from support import linearizability
from support.client import Api
from support.history import History, asks
from support.ledger import final_rows, main_rows
from support.ledger_checker import TAKEN, Finding, Occupancy, Op, check, nightly, overlaps, with_parts
from support.people import Manager, ok, sign_up
from support.scripts import DAYS, FIRST, anything
from support.seeds import SEED
from support.standin_client import StandIn
from support.suite import Suite
from support.traffic import Traffic
from support.waiting import eventually

CALLS = int(os.environ.get("RACE_CALLS", "500"))
ROUND = 1000
ENDED = "SELECT id FROM feed_runs WHERE feed_id = ? AND status <> 'queued'"
LAPSING = "SELECT id FROM occupancies WHERE tenant_id = ?1 AND live = 1 AND kind = 'hold' AND expires_at < ?2"


@dataclass
class Race:
    """Single units, a villa with two rooms, and a channel's calendar for two of them."""

    suite: Suite
    standin: StandIn
    manager: Manager
    seed: int
    calls: int
    locked: bool = True  # by UnitLock, which ends holds by itself
    villa: dict[str, list[str]] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)
    history: History = field(default_factory=History)
    stays: set[str] = field(default_factory=set)

    def run(self) -> list[str]:
        """Race, and give what the checkers find."""
        units = self.manager.new_units(7)
        villa, *rooms = units[4:]
        self.villa = {villa: sorted(rooms)}
        ok(self.manager.api.set_parts(villa, rooms), 200)
        traffic = Traffic(self.suite.url, self.manager.token, units, self.seed, apart=units[:5], hangs_up=0.04)
        self.history = traffic.history
        numbers = takewhile(lambda _: len(self.history.ops) < self.calls, count())
        asyncio.run(traffic.run(anything, numbers, lambda: asyncio.to_thread(self._import, units[:2])))
        assert traffic.unknown == []
        self.history.ops += self._imported()
        return self._judged()

    def _import(self, units: list[str]) -> None:
        """Two channels report stays as facts, in the middle of it."""
        for unit in units:
            stays = [(FIRST + timedelta(days=n), FIRST + timedelta(days=n + 2), f"HM{n:08}") for n in range(2, DAYS, 9)]
            url = self.standin.put_airbnb(f"race-{secrets.token_hex(6)}", stays)
            self.feeds[unit] = ok(self.manager.api.create_feed(unit, url))["id"]

    def _imported(self) -> list[Op]:
        """For the checkers each night of an imported stay is a booking, because it may be free at another time than the
        others: one that the stay does not have in the end is refused to it."""
        begun = min(op.invoke for op in self.history.ops)
        ops = []
        for feed in self.feeds.values():
            eventually(lambda feed=feed: self.suite.d1(ENDED, feed), 120, "the import to end")
        self._wait_for_the_last_holds()
        for unit, feed in self.feeds.items():
            for row in self.suite.d1("SELECT * FROM feed_events WHERE feed_id = ?", feed):
                stay = Occupancy(row["occupancy_id"], unit, row["start_date"], row["end_date"])
                self.stays.add(stay.id)
                had = self.suite.d1("SELECT * FROM stay_nights WHERE stay_id = ?", stay.id)
                for night in nightly(stay):
                    has = any(one["start_date"] <= night.start < one["end_date"] for one in had)
                    op = asks(
                        f"import-{night.id}", unit_id=unit, start=night.start, end=night.end, occupancy_id=night.id
                    )
                    status, code = (201, None) if has else (409, TAKEN)
                    ops.append(replace(op, invoke=begun, complete=time.monotonic(), status=status, code=code))
        return ops

    def _wait_for_the_last_holds(self) -> None:
        """Whoever waits gets the nights of a hold when it runs out: not between two looks of ours at the ledger."""
        soon = time.time_ns() // 1_000_000 + 60_000  # long ones have more than that left
        if self.locked:
            tenant = self.manager.tenant["id"]
            eventually(lambda: not self.suite.d1(LAPSING, tenant, soon), 120, "the short holds to run out")

    def _by_night(self, rows: list[Occupancy]) -> list[Occupancy]:
        """The ranges of stays as nights, as `_imported` has them."""
        return [one for row in rows for one in (nightly(row) if row.id.partition("~")[0] in self.stays else [row])]

    def _judged(self) -> list[str]:
        tenant, begun = self.manager.tenant["id"], time.monotonic()
        everything, main = final_rows(self.suite, tenant), main_rows(self.suite, tenant)
        rows = self._by_night(main)
        findings = [
            *overlaps(everything), *check(rows, self.history.ops, parts=self.villa),
            *linearizability.check(rows, self.history.ops, self.villa),
        ]  # fmt: skip
        there = {(row.id, row.unit_id, row.start, row.end) for row in everything if row.live}
        for row in with_parts((row for row in main if row.live), self.villa):
            if (row.id, row.unit_id, row.start, row.end) not in there:
                findings.append(Finding("missing", f"{row.id} does not follow the villa"))
        took = time.monotonic() - begun
        print(f"seed {self.seed}: {len(self.history.ops)} calls, {dict(self.history.tally())}, judged in {took:.1f} s")
        print(f"done {dict(self.history.done())}; failed {dict(self.failed())}; findings {len(findings)}")
        return [str(finding) for finding in findings]

    def failed(self) -> Counter[str]:
        """Why calls failed for other reasons than taken nights."""
        return Counter(f"{op.status} {op.code}" for op in self.history.ops if op.outcome == "failed")


EXPECTED = {"409 hold_expired", "409 changed_meanwhile", "409 unit_not_active"}
KINDS = {"book", "confirm", "hold", "release", "cancel", "reinstate", "move", "part", "swap", "block", "shift", "free",
         "lease", "end", "renew", "group", "disband", "bring", "import"}  # fmt: skip


@pytest.mark.timeout(300 + CALLS)
def test_no_night_is_sold_twice_and_every_answer_is_true(suite: Suite, standin: StandIn, api: Api) -> None:
    done, left = Counter[str](), CALLS
    while left > 0:
        race = Race(suite, standin, sign_up(api, "Alice"), SEED + left, min(left, ROUND))
        assert race.run() == []
        assert set(race.failed()) <= EXPECTED and race.history.tally()["info"] == 0
        assert race.history.tally()["refused"] > race.calls / 10
        done, left = done + race.history.done(), left - len(race.history.ops)
    assert set(done) == KINDS or (CALLS < 2 * ROUND and set(done) < KINDS)


@pytest.fixture
def bypassing(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """The product without its UnitLock."""
    runtime = Suite(standin.url, state=tmp_path, vars={"api": {"UNIT_LOCK": "bypass"}}).start()
    yield runtime
    runtime.stop()


@pytest.mark.timeout(300 + CALLS)
def test_the_database_alone_is_enough_and_without_its_triggers_the_checkers_see_it(
    bypassing: Suite, standin: StandIn
) -> None:
    api = Api(bypassing.url)
    race = Race(bypassing, standin, sign_up(api, "Alice"), SEED, max(300, CALLS // 4), locked=False)
    assert race.run() == []
    assert set(race.failed()) <= EXPECTED

    for trigger in ("occupancies_no_overlap_insert", "occupancies_no_overlap_update"):
        bypassing.d1(f"DROP TRIGGER {trigger}")
    unguarded = Race(bypassing, standin, sign_up(api, "Bob"), SEED, 150, locked=False)
    kinds = {finding.partition(":")[0] for finding in unguarded.run()}
    assert {"overlap", "not_linearizable"} <= kinds
