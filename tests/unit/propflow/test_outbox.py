"""Outbox rows carry ids only, and wait longer after each attempt."""

import asyncio
import json
from collections.abc import Sequence
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.in_memory import InMemory

from propflow import outbox, parts
from propflow.audit import AuditEntry
from propflow.bindings.queues import MAX_BATCH, Queue
from propflow.clock import HOUR, MINUTE
from propflow.messages import ANY, NOTIFICATIONS, BookingConfirmed
from propflow.outbox import Destination

MESSAGE = BookingConfirmed(tenant_id="ten_1", outbox_id="obx_1", booking_id="bkg_1", unit_id="unit_1")


def test_a_recorded_message_waits_for_each_of_its_destinations() -> None:
    statement = outbox.record(MESSAGE, Destination.NOTIFICATIONS | Destination.BILLING, now=1000)
    tenant, row_id, kind, text, waiting, audit, due, created = statement.params
    assert (tenant, row_id, kind, waiting, audit) == ("ten_1", "obx_1", "booking.confirmed", 3, None)
    assert (due, created) == (1000 + MINUTE, 1000)
    assert NOTIFICATIONS.decode(str(text)) == MESSAGE


def test_many_are_closed_as_one_by_one_each_of_its_own_tenant_and_destination() -> None:
    core, to = InMemory("core"), Destination.BILLING | Destination.CALSYNC
    found = [msgspec.structs.replace(MESSAGE, tenant_id=f"ten_{n % 2}", outbox_id=f"obx_{n}") for n in range(4)]
    asyncio.run(core.batch([outbox.record(message, to, now=1000) for message in found]))
    strangers = msgspec.structs.replace(found[3], tenant_id="ten_0")
    for _ in range(2):
        asyncio.run(core.run(outbox.close_all([*found[:3], strangers], Destination.CALSYNC)))
    assert core.db.execute("SELECT waiting FROM outbox ORDER BY id").fetchall() == [(2,), (2,), (2,), (6,)]


def test_many_rows_are_those_that_one_by_one_would_be() -> None:
    to, entry = Destination.CALSYNC | Destination.AUDIT, AuditEntry(actor="usr_1", action="a", object_id="x")
    others = [msgspec.structs.replace(MESSAGE, outbox_id=f"obx_{number}") for number in range(2, 5)]
    one_by_one, together = InMemory("core"), InMemory("core")
    for message in others:
        asyncio.run(one_by_one.run(outbox.record(message, to, now=1000, audit=entry)))
    statements = outbox.record_all([(message, to, entry) for message in others], now=1000)
    asyncio.run(together.batch(statements))
    rows = [core.db.execute("SELECT * FROM outbox ORDER BY id").fetchall() for core in (one_by_one, together)]
    assert rows[0] == rows[1] and len(rows[0]) == 3 and len(statements) == 1


def test_rows_are_split_where_a_parameter_would_be_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_TEXT", 20)
    rows = [["x" * size] for size in (1, 2, 30, 3, 4)]
    found = [(json.loads(text), count) for text, count in parts.json_lists(rows)]
    assert [row for part, _ in found for row in part] == rows
    assert [count for _, count in found] == [2, 1, 2] and list(parts.json_lists([])) == []


def test_an_older_worker_reads_a_message_that_has_new_fields() -> None:
    text = msgspec.json.encode({**msgspec.to_builtins(MESSAGE), "added_later": 1})
    assert ANY.decode(text) == MESSAGE


@given(st.integers(0, 200))
def test_the_pause_grows_and_is_bounded(attempts: int) -> None:
    assert MINUTE <= outbox.pause(attempts) <= outbox.pause(attempts + 1) <= 6 * HOUR


def test_chunks_keep_every_item_once() -> None:
    assert [list(part) for part in outbox.chunks(["a", "b", "c"], 2)] == [["a", "b"], ["c"]]


class Listening:
    """A queue that keeps what it is sent, call by call, and may refuse the first call."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses, self.calls = refuses, list[list[str]]()

    async def send(self, bodies: Sequence[str]) -> None:
        self.calls.append(list(bodies))
        if self.refuses and len(self.calls) == 1:
            raise RuntimeError("not now")


def test_many_messages_go_in_as_few_calls_as_fit_and_a_call_that_fails_keeps_none_of_the_others() -> None:
    calsync, billing = Listening(refuses=True), Listening()
    queues = {Destination.CALSYNC: cast("Queue", calsync), Destination.BILLING: cast("Queue", billing)}
    messages = [msgspec.structs.replace(MESSAGE, outbox_id=f"obx_{number}") for number in range(2 * MAX_BATCH + 1)]
    to = [Destination.CALSYNC | (Destination.BILLING if number % 2 else Destination.AUDIT) for number in range(201)]
    asyncio.run(outbox.send_all(queues, list(zip(messages, to, strict=True))))
    assert [len(call) for call in calsync.calls] == [MAX_BATCH, MAX_BATCH, 1]
    assert [body for call in calsync.calls for body in call] == [outbox.encode(message) for message in messages]
    assert [len(call) for call in billing.calls] == [MAX_BATCH]
