"""An outage of ours is nothing against a message: it comes again soon, then when the outbox sends it; it never dies."""

from __future__ import annotations

import asyncio
import tomllib
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from support.in_memory import InMemory
from support.process import ROOT
from support.schema import with_unit

from propflow import consumer, outbox
from propflow.clock import DAY, HOUR, now_ms
from propflow.errors import Permanent, Transient, Unavailable
from propflow.messages import BILLING, BookingConfirmed, Message, encode
from propflow.outbox import Destination

MESSAGE = BookingConfirmed(tenant_id="ten_1", outbox_id="obx_1", booking_id="bkg_1", unit_id="unit_1")
ALL = range(1, consumer.ATTEMPTS + 1)


@pytest.fixture
def core() -> InMemory:
    core = InMemory("core")
    with_unit(core.db)
    asyncio.run(core.run(outbox.record(MESSAGE, Destination.BILLING, now=0)))
    return core


class Envelope:
    """A message as the platform hands it over; `answer` is what became of it, seconds when it is to come again."""

    def __init__(self, attempts: int, message: Message = MESSAGE) -> None:
        self.id, self.body, self.attempts = f"msg of {message.outbox_id}", encode(message), attempts
        self.answer: int | str | None = None

    def ack(self) -> None:
        self.answer = "done"

    def retry(self, delaySeconds: int) -> None:  # noqa: N803  the platform's name
        self.answer = delaySeconds


def answers(core: InMemory, error: Exception) -> list[int | str | None]:
    """What each attempt at the message answers when handling it fails."""

    async def handle(message: Any) -> None:
        raise error

    envelopes = [Envelope(attempt) for attempt in ALL]
    for envelope in envelopes:
        batch = SimpleNamespace(queue="billing", messages=[envelope])
        asyncio.run(consumer.consume(batch, core, Destination.BILLING, BILLING, handle))
    return [envelope.answer for envelope in envelopes]


def test_the_attempts_are_those_of_the_queue() -> None:
    manifest = tomllib.loads((ROOT / "infra/manifest.toml").read_text())
    assert manifest["queues"]["defaults"]["max_retries"] + 1 == consumer.ATTEMPTS


def test_what_is_away_for_long_leaves_the_message_to_the_outbox(core: InMemory) -> None:
    away = Unavailable("service_unavailable", "An internal service did not answer.", retry_after=1)
    assert answers(core, away) == [5, 10, 20, "done"]
    assert core.number("outbox WHERE waiting = 2") == 1 and core.number("dead_letters") == 0


def test_a_database_that_is_away_loses_no_message(core: InMemory) -> None:
    core.away = True
    assert answers(core, RuntimeError("never handled")) == [5, 10, 20, "done"]
    core.away = False
    assert core.number("outbox WHERE waiting = 2") == 1


def test_what_a_provider_or_a_defect_fails_is_retried_until_the_platform_gives_up(core: InMemory) -> None:
    assert answers(core, Transient("the provider wants to wait", 77)) == [77] * len(ALL)
    assert answers(core, Transient("the provider wants a week", 7 * 86_400)) == [86_400] * len(ALL)
    assert answers(core, RuntimeError("a defect")) == [5, 10, 20, 40]


def test_nothing_is_done_for_a_suspended_tenant_and_its_row_takes_no_turn_of_a_sweep(core: InMemory) -> None:
    core.db.execute("UPDATE tenants SET suspended_at = 1, suspended_reason = 'x'")
    assert answers(core, RuntimeError("never handled")) == ["done"] * len(ALL)
    assert core.number("outbox WHERE waiting = 2") == 1 and core.number("dead_letters") == 0
    assert asyncio.run(outbox.sweep(core, {}, now=now_ms() + 3_650 * DAY)) == 0
    core.db.execute("UPDATE tenants SET suspended_at = NULL, suspended_reason = NULL")
    asyncio.run(core.run(outbox.unpark_all("ten_1", now=5)))
    assert asyncio.run(outbox.sweep(core, {}, now=5)) == 1
    assert answers(core, RuntimeError("a defect")) == [5, 10, 20, 40]


def test_what_waited_for_a_test_space_goes_on_with_its_live_tenant(core: InMemory) -> None:
    core.db.execute(
        "INSERT INTO tenants (id, name, mode, live_id, created_at, updated_at)"
        " VALUES ('ten_2', 'T', 'test', 'ten_1', 0, 0)"
    )
    other = msgspec.structs.replace(MESSAGE, tenant_id="ten_2", outbox_id="obx_2")
    asyncio.run(core.run(outbox.record(other, Destination.BILLING, now=0)))
    core.db.execute("UPDATE outbox SET next_attempt_at = 10 * next_attempt_at")
    asyncio.run(core.run(outbox.unpark_all("ten_1", now=5)))
    assert asyncio.run(outbox.sweep(core, {}, now=5)) == 2


def test_a_row_is_not_parked_for_a_tenant_that_was_resumed_just_now(core: InMemory) -> None:
    asyncio.run(core.run(outbox.park([MESSAGE], now=0)))
    assert asyncio.run(outbox.sweep(core, {}, now=outbox.FIRST_SWEEP)) == 1


def test_a_row_is_not_put_aside_before_its_audit_entry_is_copied(core: InMemory) -> None:
    core.db.execute("UPDATE tenants SET suspended_at = 1, suspended_reason = 'x'")
    core.db.execute("UPDATE outbox SET waiting = 2 | 16")
    assert answers(core, RuntimeError("never handled")) == ["done"] * len(ALL)
    later = now_ms() + HOUR
    assert asyncio.run(outbox.sweep(core, {}, now=later)) == 1
    core.db.execute("UPDATE outbox SET waiting = 2")
    assert answers(core, RuntimeError("never handled")) == ["done"] * len(ALL)
    assert asyncio.run(outbox.sweep(core, {}, now=later + 3_650 * DAY)) == 0


class Together:
    """A handler of many, and of one; `spoilt` is the message because of which the many fail."""

    def __init__(self, finishes: set[str], spoilt: str | None = None, fails: Any = None) -> None:
        self.finishes, self.spoilt, self.fails = finishes, spoilt, fails or {}
        self.groups: list[list[str]] = []
        self.singly: list[str] = []

    async def handle(self, message: Any) -> None:
        self.singly.append(message.outbox_id)
        if message.outbox_id == self.spoilt:
            raise Transient("spoilt", 30)

    async def together(self, messages: Any) -> consumer.Endings:
        self.groups.append([message.outbox_id for message in messages])
        if self.spoilt in self.groups[-1]:
            raise Transient("one of them is spoilt")
        return {one: None for one in self.groups[-1] if one in self.finishes} | self.fails


def delivered_together(core: InMemory, handlers: Together, ids: list[str]) -> dict[str, int | str | None]:
    """What becomes of one queue batch with a message of each id."""
    envelopes = {}
    for outbox_id in ids:
        envelopes[outbox_id] = Envelope(1, msgspec.structs.replace(MESSAGE, outbox_id=outbox_id))
    batch = SimpleNamespace(queue="billing", messages=list(envelopes.values()))
    asyncio.run(consumer.consume(batch, core, Destination.BILLING, BILLING, handlers.handle, handlers.together))
    return {outbox_id: envelope.answer for outbox_id, envelope in envelopes.items()}


def with_rows(core: InMemory, *ids: str) -> None:
    for outbox_id in ids:
        message = msgspec.structs.replace(MESSAGE, outbox_id=outbox_id)
        asyncio.run(core.run(outbox.record(message, Destination.BILLING, now=0)))


def test_what_a_group_finishes_is_acknowledged_and_the_rest_is_handled_one_by_one(core: InMemory) -> None:
    with_rows(core, "obx_2", "obx_3")
    handlers = Together(finishes={"obx_1", "obx_3"})
    answers = delivered_together(core, handlers, ["obx_1", "obx_2", "obx_3"])
    assert answers == {"obx_1": "done", "obx_2": "done", "obx_3": "done"}
    assert handlers.groups == [["obx_1", "obx_2", "obx_3"]] and handlers.singly == ["obx_2"]


def test_a_message_that_spoils_its_group_harms_nobody_but_itself(core: InMemory) -> None:
    with_rows(core, "obx_2", "obx_3")
    handlers = Together(finishes={"obx_1", "obx_2", "obx_3"}, spoilt="obx_2")
    answers = delivered_together(core, handlers, ["obx_1", "obx_2", "obx_3"])
    assert answers == {"obx_1": "done", "obx_2": 30, "obx_3": "done"}
    assert sorted(handlers.singly) == ["obx_1", "obx_2", "obx_3"]


def test_a_group_has_nothing_that_is_done_or_that_no_row_knows(core: InMemory) -> None:
    with_rows(core, "obx_2", "obx_3")
    asyncio.run(core.run(outbox.close(msgspec.structs.replace(MESSAGE, outbox_id="obx_3"), Destination.BILLING)))
    handlers = Together(finishes={"obx_1", "obx_2"})
    delivered_together(core, handlers, ["obx_1", "obx_2", "obx_3", "obx_unknown"])
    assert handlers.groups == [["obx_1", "obx_2"]] and handlers.singly == []
    assert core.number("dead_letters") == 1  # the unknown one's


def test_what_failed_in_a_group_is_answered_as_if_it_had_failed_alone_and_is_not_tried_again(core: InMemory) -> None:
    with_rows(core, "obx_2", "obx_3", "obx_4", "obx_5")
    fails: dict[str, Exception] = {
        "obx_2": Transient("busy", 77), "obx_3": Unavailable("away", "Away."), "obx_4": Permanent("no such thing"),
        "obx_5": RuntimeError("a defect"),
    }  # fmt: skip
    handlers = Together(finishes={"obx_1"}, fails=fails)
    answers = delivered_together(core, handlers, ["obx_1", *fails])
    assert answers == {"obx_1": "done", "obx_2": 77, "obx_3": 5, "obx_4": "done", "obx_5": 5}
    assert handlers.singly == []
    assert core.number("outbox WHERE waiting = 2") == 4, "the group's own effect closes what it has done"
    assert core.number("dead_letters WHERE reason = 'no such thing'") == 1


def test_a_group_gets_no_copies_and_a_copy_does_not_share_a_failure(core: InMemory) -> None:
    with_rows(core, "obx_2")
    handlers = Together(finishes={"obx_1"}, fails={"obx_2": Transient("busy", 77)})
    envelopes = [Envelope(1, msgspec.structs.replace(MESSAGE, outbox_id=f"obx_{n}")) for n in (1, 1, 2, 2)]
    batch = SimpleNamespace(queue="billing", messages=envelopes)
    asyncio.run(consumer.consume(batch, core, Destination.BILLING, BILLING, handlers.handle, handlers.together))
    assert (handlers.groups, handlers.singly) == ([["obx_1", "obx_2"]], ["obx_2"])
    assert [one.answer for one in envelopes] == ["done", "done", 77, "done"]


def test_one_message_alone_is_no_group(core: InMemory) -> None:
    handlers = Together(finishes={"obx_1"})
    assert delivered_together(core, handlers, ["obx_1"]) == {"obx_1": "done"}
    assert handlers.groups == [] and handlers.singly == ["obx_1"]
