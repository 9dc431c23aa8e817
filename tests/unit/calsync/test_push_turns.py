"""Who has not shown who they are takes turns of the hosts that they have us write to: they flood nobody through us."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory
from support.schema import with_unit

from api.channels.push_targets import repository as targets
from api.channels.push_targets.repository import TargetRow
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.shares import BY_HAND, MOST_WAITED, UNKNOWN, WINDOW
from calsync.pushes import repository
from calsync.pushes import service as pushes
from calsync.pushes.models import Target
from calsync.pushes.repository import Due
from calsync.settings import Settings
from propflow.clock import HOUR, MINUTE, SECOND
from propflow.messages import PushRequested

NOW = 1_800_000_000_000
MANY = 200
SETTINGS = Settings(ENV="production", API_BASE_URL="https://api.example", SESSION_ENC_KEY="")
ROW = TargetRow(
    id="push", unit_id="unit_1", kind="webhook", name="N", host="stranger.example.net", sealed="s",
    next_attempt_at=NOW, created_at=NOW, updated_at=NOW,
)  # fmt: skip


@pytest.fixture
def core() -> InMemory:
    """A tenant that has shown nothing yet, and very many targets at one host."""
    core = InMemory("core")
    with_unit(core.db)
    for number in range(MANY):
        row = {name: getattr(ROW, name) for name in ROW.__struct_fields__} | {"id": f"push_{number:03}"}
        asyncio.run(core.batch([targets.insert("ten_1", TargetRow(**row), MANY)]))
    return core


def push_all(core: InMemory, monkeypatch: pytest.MonkeyPatch, now: int) -> list[str]:
    """Ask for what is due and deliver a message for each; returns the targets that were brought their state."""
    brought = list[str]()

    async def bring(services: Any, target: Any, *_: Any) -> None:
        brought.append(target.id)

    monkeypatch.setattr(pushes, "_bring", bring)
    for module in (pushes, turns):
        monkeypatch.setattr(module, "now_ms", lambda: now)
    services = cast("pushes.Bindings", SimpleNamespace(db=core, queue=None, settings=SETTINGS))
    due = [Due(tenant_id="ten_1", id=f"push_{number:03}") for number in range(MANY)]
    asyncio.run(core.batch(repository.queue(due, now=now, next_attempt_at=now + pushes.RETRY)))
    for one in due:
        job = PushRequested(tenant_id="ten_1", outbox_id=f"obx_{one.id}", target_id=one.id)
        asyncio.run(pushes.push(services, job))
    return brought


def test_a_free_account_floods_no_stranger_and_all_is_brought_in_time(
    core: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought, now = list[str](), NOW
    while core.number("push_targets WHERE pushed_revision < revision"):
        some = push_all(core, monkeypatch, now)
        assert 0 < len(some) <= BY_HAND // 2
        left = core.number(f"push_targets WHERE pushed_revision < revision AND next_attempt_at = {now + MINUTE}")
        brought += some
        assert left == MANY - len(brought), "put off to the next minute"
        now += MINUTE
    assert sorted(brought) == [f"push_{number:03}" for number in range(MANY)]
    assert core.number("push_targets WHERE failures > 0 OR status <> 'active' OR claimed_until > 0") == 0


def test_that_servers_were_slow_once_gives_no_turns(core: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(core.batch([hosts.waited("ten_1", MOST_WAITED, NOW - WINDOW)]))
    assert len(push_all(core, monkeypatch, NOW)) == (UNKNOWN + 1) // 2
    assert core.number("calendar_turns") == 1


def test_our_own_slowness_is_not_the_tenant_s(core: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is three seconds later; the server answers between two of them."""
    clock, took = itertools.count(NOW, 3 * SECOND), list[int]()

    async def waited(_: Any, tenant_id: str, begun: int) -> None:
        took.append((next(clock) - begun) // SECOND)

    async def bring(*_: Any) -> None:
        for _ in range(4):
            next(clock)

    monkeypatch.setattr(pushes, "_bring", bring)
    monkeypatch.setattr(turns, "waited", waited)
    monkeypatch.setattr(pushes, "now_ms", lambda: next(clock))
    services = cast("pushes.Bindings", SimpleNamespace(db=core, queue=None, settings=SETTINGS))
    asyncio.run(pushes.push(services, PushRequested(tenant_id="ten_1", outbox_id="obx_1", target_id="push_000")))
    assert took == [18], "what the server took and the looks around it"


@pytest.mark.parametrize(("failures", "again"), [(0, NOW + MINUTE), (3, NOW + HOUR)])
def test_what_is_put_off_comes_in_the_next_minute_unless_it_fails_and_has_its_pause(
    core: InMemory, failures: int, again: int
) -> None:
    core.db.execute("UPDATE push_targets SET failures = ?, next_attempt_at = ?", (failures, NOW + HOUR))
    [target] = asyncio.run(core.batch([repository.load("ten_1", "push_000")]))[0].rows(Target)
    asyncio.run(core.batch([repository.put_off(target, NOW + MINUTE)]))
    assert core.number(f"push_targets WHERE id = 'push_000' AND next_attempt_at = {again}") == 1


@pytest.mark.parametrize("shown", ["UPDATE users SET email_verified_at = 1", "UPDATE tenants SET plan = 'starter'"])
def test_who_has_shown_who_they_are_takes_no_turns(core: InMemory, monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    core.db.execute("INSERT INTO users (id, email, name, created_at, updated_at) VALUES ('usr_1', 'a@b', 'A', 0, 0)")
    core.db.execute("INSERT INTO memberships VALUES ('ten_1', 'usr_1', 'owner', NULL, 1, 0, 0)")
    core.db.execute(shown)
    assert len(push_all(core, monkeypatch, NOW)) == MANY
    assert core.number("calendar_turns") == core.number("calendar_hosts") == 0


def test_a_message_that_finds_nothing_to_bring_takes_no_turn(core: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    core.db.execute("UPDATE push_targets SET pushed_revision = revision WHERE id < 'push_100'")
    core.db.execute("UPDATE push_targets SET status = 'disabled' WHERE id >= 'push_100'")
    core.db.execute(f"UPDATE push_targets SET status = 'active', claimed_until = {NOW + 1} WHERE id >= 'push_150'")
    assert push_all(core, monkeypatch, NOW) == []
    assert core.number("calendar_turns") == 0
