"""SIGKILL of the whole runtime amid traffic: what was acknowledged is there, and each effect once.

Bookings, also imported ones, holds that run out, moves, swaps, cancellations, groups, blocks and leases; SEED repeats a
run.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import linearizability
from support.client import Api
from support.complete import faults, let_leases_end
from support.ledger import final_rows, main_rows
from support.ledger_checker import check, overlaps
from support.people import sign_up
from support.scripts import anything
from support.seeds import SEED
from support.standin_client import StandIn
from support.suite import Suite
from support.traffic import Traffic
from support.waiting import eventually

ROUNDS, UNITS = 5, 6
MINUTE = 60 * 1000  # ms
ENDED = "SELECT id FROM occupancies WHERE tenant_id = ? AND live = 1 AND expires_at < ?"


@pytest.fixture
def mortal(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """A runtime that may be killed."""
    runtime = Suite(standin.url, state=tmp_path).start()
    yield runtime
    runtime.stop()


def killed(suite: Suite, traffic: Traffic, numbers: Iterator[int], after: int) -> int:
    """Ask without pause; with so many answers in hand and other calls under way the runtime is killed."""
    enough = traffic.answered + after

    def perhaps_kill() -> None:
        if traffic.answered >= enough and not traffic.over:
            traffic.over = True
            suite.kill()

    traffic.over, traffic.on_answer = False, perhaps_kill
    asyncio.run(traffic.run(anything, numbers))
    return len(traffic.unknown)


def sweep(suite: Suite, later: int) -> None:
    """What the api's cron would do later on: the pauses between its attempts double, and so do ours."""
    at = int(time.time() * 1000) + 3 * MINUTE * 2 ** min(later, 11)  # four days: the session lives for seven
    assert suite.cron("api", at=at)["outcome"] == "ok"


def unfinished(suite: Suite, tenant_id: str) -> int:
    found = suite.d1("SELECT COUNT(*) AS n FROM outbox WHERE tenant_id = ? AND waiting <> 0", tenant_id)
    return int(found[0]["n"])


@pytest.mark.timeout(900)
def test_every_acknowledged_change_survives_with_each_effect_once(mortal: Suite, standin: StandIn) -> None:
    dice = random.Random(SEED)
    manager = sign_up(Api(mortal.url), "Alice")
    tenant, numbers = manager.tenant["id"], itertools.count()
    traffic = Traffic(mortal.url, manager.token, manager.new_units(UNITS), SEED, clients=12)
    for round_ in range(ROUNDS):
        unknown = killed(mortal, traffic, numbers, dice.randint(3, 80))
        begun = time.monotonic()
        mortal.start()
        up = time.monotonic() - begun
        let_leases_end(mortal)
        asyncio.run(traffic.resolve())
        print(f"round {round_}: seed {SEED}, {traffic.answered} answers, {unknown} unknown, up after {up:.1f} s")

    later = itertools.count(1)

    def settled() -> bool:
        sweep(mortal, next(later))
        time.sleep(2)  # the queues take a second to gather
        return unfinished(mortal, tenant) == 0

    eventually(settled, timeout=300, what="every outbox row to be closed")
    eventually(lambda: not mortal.d1(ENDED, tenant, time.time_ns() // 1_000_000), what="the alarms to come again")
    rows, ops = main_rows(mortal, tenant), traffic.history.ops
    findings = [*overlaps(final_rows(mortal, tenant)), *check(rows, ops), *linearizability.check(rows, ops)]
    print(f"{len(ops)} changes, {dict(traffic.history.tally())}, done {dict(traffic.history.done())}")
    assert [str(finding) for finding in findings] == []
    assert traffic.history.tally()["info"] == 0, "each key has one outcome by now"
    assert faults(mortal, standin, tenant) == []
    assert mortal.d1("PRAGMA quick_check") == [{"quick_check": "ok"}]
