"""UnitLock: it bounds the line of a unit, ends holds by itself, and keeps nothing that the database does not know."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.client import Api
from support.people import Manager, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

WAITING = 64
STAY = ("2027-05-01", "2027-05-03")


def live(suite: Suite, occupancy_id: str) -> bool:
    return bool(suite.d1("SELECT live FROM occupancies WHERE id = ?", occupancy_id)[0]["live"])


async def everybody_books(manager: Manager, unit: str, count: int) -> list[httpx.Response]:
    async with manager.api.many() as calls:
        return list(await asyncio.gather(*[calls.block(unit, *STAY) for _ in range(count)]))


def test_the_line_of_a_unit_is_bounded_and_who_is_sent_away_is_told_when_to_come_back(alice: Manager) -> None:
    answers = asyncio.run(everybody_books(alice, alice.new_unit(), 2 * WAITING + 12))
    tally = Counter(answer.status_code for answer in answers)
    print(f"\nline: {dict(tally)}")
    assert tally[201] == 1 and set(tally) <= {201, 409, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert (answer.json()["code"], answer.headers["retry-after"]) == ("unit_busy", "1")


def test_a_hold_ends_by_itself_and_the_next_one_after_it(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    holds = [
        ok(alice.api.hold(unit, f"2027-06-0{day}", f"2027-06-0{day + 1}", ttl_seconds=seconds))["occupancy_id"]
        for day, seconds in ((1, 2), (3, 1), (5, 1800))
    ]
    eventually(lambda: [live(suite, one) for one in holds] == [False, False, True], what="the two that ran out")


@pytest.fixture
def own(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    runtime = Suite(standin.url, state=tmp_path).start()
    yield runtime
    runtime.stop()


def test_killed_it_ends_its_holds_all_the_same_and_has_stored_only_which_unit_it_is(own: Suite) -> None:
    alice = sign_up(Api(own.url), "Alice")
    unit = alice.new_unit()
    hold = ok(alice.api.hold(unit, *STAY, ttl_seconds=10))["occupancy_id"]
    own.kill()
    assert stored(own.state) == [{"tenant_id": alice.tenant["id"], "unit_id": unit}]
    own.restart()
    eventually(lambda: not live(own, hold), timeout=120, what="the alarm after the restart")
    alice.booking(unit, *STAY)


def stored(state: Path) -> list[dict[str, str]]:
    """What all UnitLocks keep, straight from their files."""
    found = []
    for path in state.rglob("*UnitLock*/*.sqlite"):
        with sqlite3.connect(path) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            assert tables <= {"_cf_KV", "_cf_METADATA", "_cf_ALARM", "__cf_kv"}, tables
            if "_cf_KV" in tables:
                for key, value in database.execute("SELECT key, value FROM _cf_KV"):
                    assert key == "unit"
                    text = bytes(value).decode(errors="ignore")
                    found.append(json.loads(text[text.index("{") : text.rindex("}") + 1]))
    return found
