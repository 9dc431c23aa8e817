"""Usage older than 13 months moves to R2 and nothing of it is lost or counted twice, whatever fails on the way."""

import contextlib
import hashlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.r2 import objects, swapped
from support.rows import row_id
from support.standin_client import StandIn
from support.suite import Suite

Amounts = Counter[tuple[str, str]]
METERS = ("api_calls", "cost_requests", "cost_rows_read", "messages")


@pytest.fixture
def tenant() -> str:
    return row_id("ten")


def spend(suite: Suite, tenant_id: str, month: str, days: int = 3) -> Amounts:
    """Some usage on the first days of a month."""
    amounts = Amounts({
        (f"{month}-{day:02}", meter): day * 100 + len(meter) for day in range(1, days + 1) for meter in METERS
    })  # fmt: skip
    add(suite, tenant_id, amounts)
    return amounts


def add(suite: Suite, tenant_id: str, amounts: Amounts) -> None:
    sql = (
        "INSERT INTO usage_days (tenant_id, day, meter, amount) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET amount = amount + excluded.amount"
    )
    suite.d1_batch([(sql, [tenant_id, *where, amount]) for where, amount in amounts.items()])


def left(suite: Suite, tenant_id: str) -> Amounts:
    """What the database still has."""
    rows = suite.d1("SELECT day, meter, amount FROM usage_days WHERE tenant_id = ?", tenant_id)
    return Amounts({(row["day"], row["meter"]): row["amount"] for row in rows})


def archived(suite: Suite, tenant_id: str) -> Amounts:
    """What all pages hold together."""
    total = Amounts()
    for content in objects(suite, f"tenants/{tenant_id}/usage/").values():
        for line in content.splitlines():
            row: dict[str, Any] = json.loads(line)
            total[row["day"], row["meter"]] += row["amount"]
    return total


def pages(suite: Suite, tenant_id: str) -> list[dict[str, Any]]:
    return suite.d1("SELECT * FROM usage_archives WHERE tenant_id = ? ORDER BY month, page", tenant_id)


def archive(suite: Suite, tenant_id: str) -> None:
    """Let upkeep run until nothing of the tenant waits."""
    for _ in range(20):
        suite.cron("api")
        if not [day for day, _ in left(suite, tenant_id) if day < "2025"]:
            return
    raise AssertionError("the archive does not come to an end")


def test_what_is_old_moves_to_r2_and_what_is_young_stays(suite: Suite, tenant: str) -> None:
    old = spend(suite, tenant, "2023-02", 28) + spend(suite, tenant, "2024-01", 31)
    young = spend(suite, tenant, f"{datetime.now(UTC):%Y-%m}", 1)
    archive(suite, tenant)
    assert left(suite, tenant) == young
    assert archived(suite, tenant) == old
    found = objects(suite, f"tenants/{tenant}/usage/")
    assert [*sorted(found)] == [f"tenants/{tenant}/usage/{month}-0001.jsonl" for month in ("2023-02", "2024-01")]
    assert {page["sha256"] for page in pages(suite, tenant)} == {
        hashlib.sha256(one).hexdigest() for one in found.values()
    }
    print(f"{len(old)} rows in {len(found)} pages of {sum(map(len, found.values()))} bytes")


def test_late_amounts_of_an_archived_month_make_another_page(suite: Suite, tenant: str) -> None:
    first = spend(suite, tenant, "2024-03")
    archive(suite, tenant)
    before = objects(suite, f"tenants/{tenant}/usage/")
    late = spend(suite, tenant, "2024-03", 1)
    archive(suite, tenant)
    after = objects(suite, f"tenants/{tenant}/usage/")
    assert len(after) == 2 and before.items() <= after.items(), "the first page is as it was"
    assert archived(suite, tenant) == first + late


def test_a_month_of_many_rows_takes_several_pages(suite: Suite, tenant: str) -> None:
    many = Amounts({(f"2024-05-{day:02}", f"meter_{n:02}"): day + n for day in range(1, 32) for n in range(40)})
    add(suite, tenant, many)
    archive(suite, tenant)
    assert archived(suite, tenant) == many
    assert len(pages(suite, tenant)) == -(-len(many) // 500) == 3


def test_dying_between_put_and_delete_repeats_harmlessly(suite: Suite, tenant: str) -> None:
    old = spend(suite, tenant, "2024-06")
    suite.d1(
        f"CREATE TRIGGER no_delete BEFORE DELETE ON usage_days WHEN OLD.tenant_id = '{tenant}'"
        " BEGIN SELECT RAISE(ABORT, 'killed_here'); END"
    )
    try:
        suite.cron("api")
        put = objects(suite, f"tenants/{tenant}/usage/")
        assert len(put) == 1 and left(suite, tenant) == old, "written and not deleted"
        late = Amounts({("2024-06-01", "messages"): 7, ("2024-06-09", "messages"): 1})
        add(suite, tenant, late)
    finally:
        suite.d1("DROP TRIGGER no_delete")
    suite.cron("api")
    assert objects(suite, f"tenants/{tenant}/usage/") == put, "the same key, the same bytes"
    assert left(suite, tenant) == late, "what came meanwhile is not lost with the page"
    archive(suite, tenant)
    assert archived(suite, tenant) == old + late
    assert left(suite, tenant) == Amounts()


def test_what_r2_refuses_stays_and_keeps_nobody_waiting(suite: Suite, tenant: str) -> None:
    """R2 refuses keys of more than 1,024 bytes."""
    unlucky = "ten_" + "x" * 1100
    kept = spend(suite, unlucky, "2024-01")
    moved = spend(suite, tenant, "2024-02")
    try:
        archive(suite, tenant)
        assert archived(suite, tenant) == moved
        assert left(suite, unlucky) == kept
        assert [page["archived_at"] for page in pages(suite, unlucky)] == [None]
        runs = suite.d1("SELECT error FROM upkeep_runs WHERE job = 'usage.archive' ORDER BY id DESC LIMIT 1")
        assert "NotArchived" in runs[0]["error"]
    finally:
        suite.d1("DELETE FROM usage_days WHERE tenant_id = ?", unlucky)
        suite.d1("DELETE FROM usage_archives WHERE tenant_id = ?", unlucky)


def test_what_reads_back_as_something_else_is_not_deleted(suite: Suite, tenant: str) -> None:
    other = row_id("ten")
    add(suite, other, Amounts({("2024-09-01", "messages"): 11}))
    archive(suite, other)
    old = Amounts({("2024-09-01", "messages"): 12})  # as many bytes, and not the same
    add(suite, tenant, old)
    with swapped(suite, f"tenants/{tenant}/", f"tenants/{other}/usage/2024-09-0001.jsonl"):
        suite.cron("api")
        assert archived(suite, tenant) == Amounts({("2024-09-01", "messages"): 11}), "the fault works"
        assert left(suite, tenant) == old and pages(suite, tenant)[0]["archived_at"] is None
    archive(suite, tenant)
    assert (archived(suite, tenant), left(suite, tenant)) == (old, Amounts())


def test_two_runs_at_once_archive_everything_once(suite: Suite) -> None:
    tenants = [row_id("ten") for _ in range(30)]
    old = {one: spend(suite, one, "2024-07") for one in tenants}
    threads = [threading.Thread(target=suite.cron, args=("api",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive(suite, tenants[0])
    suite.cron("api")
    for one in tenants:
        assert (archived(suite, one), left(suite, one)) == (old[one], Amounts())
        assert len(pages(suite, one)) == 1


@pytest.fixture
def mortal(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """A runtime that may be killed."""
    runtime = Suite(standin.url, state=tmp_path).start()
    yield runtime
    runtime.stop()


def test_killed_at_any_moment_nothing_is_lost_or_counted_twice(mortal: Suite) -> None:
    seed, rounds = random.randrange(2**32), 3
    chance = random.Random(seed)
    tenants = [row_id("ten") for _ in range(120)]
    old = {one: spend(mortal, one, "2024-08", 1) for one in tenants}
    mortal.cron("api")
    begun = time.monotonic()
    mortal.cron("api")
    run = time.monotonic() - begun  # of twenty pages
    seen = [finished(mortal)]
    for _ in range(rounds):
        killer = threading.Timer(chance.uniform(0.1, 0.7) * run, mortal.kill)
        killer.start()
        with contextlib.suppress(httpx.TransportError, AssertionError, RuntimeError):  # killed before it was asked
            mortal.cron("api")
        killer.join()
        mortal.restart()
        seen.append(finished(mortal))
    for _ in range(len(tenants) // 20 + 1):
        mortal.cron("api")
    wrong = [one for one in tenants if archived(mortal, one) != old[one] or left(mortal, one)]
    print(f"seed {seed}: killed {rounds} times within {run:.2f} s, done {seen} of {len(tenants)}; wrong: {len(wrong)}")
    assert wrong == []


def finished(suite: Suite) -> int:
    """How many pages are archived."""
    return int(suite.d1("SELECT count(*) AS n FROM usage_archives WHERE archived_at IS NOT NULL")[0]["n"])
