"""Audit entries are copied whatever happened before: an outage, an entry that cannot be, a postponed message."""

from __future__ import annotations

import asyncio

import pytest
from support.in_memory import InMemory

from propflow import audit, outbox
from propflow.audit import AuditEntry
from propflow.clock import DAY, HOUR, MINUTE
from propflow.errors import Unavailable
from propflow.messages import BookingConfirmed
from propflow.outbox import Destination

NOW = 1_800_000_000_000


@pytest.fixture
def core() -> InMemory:
    return InMemory("core")


@pytest.fixture
def entries() -> InMemory:
    return InMemory("audit")


def write(core: InMemory, number: int, to: Destination = Destination.AUDIT, size: int = 10, first: int = 0) -> None:
    for n in range(first, first + number):
        message = BookingConfirmed(tenant_id="ten_1", outbox_id=f"obx_{n:04}", booking_id="bkg_1", unit_id="unit_1")
        entry = AuditEntry(actor="usr_1", action="a", object_id=f"thing_{n:04}", changes={"text": "x" * size})
        asyncio.run(core.run(outbox.record(message, to, now=NOW, audit=entry)))


def copy(core: InMemory, entries: InMemory, now: int = NOW + 2 * MINUTE) -> int:
    return asyncio.run(audit.copy_due(core, entries, now=now))


def sweep(core: InMemory, now: int) -> int:
    return asyncio.run(outbox.sweep(core, {}, now=now))


def test_the_sweeper_leaves_what_waits_for_the_audit_alone(core: InMemory, entries: InMemory) -> None:
    write(core, 3)
    write(core, 1, Destination.AUDIT | Destination.BILLING, first=3)
    assert sweep(core, NOW + 2 * MINUTE) == 1
    assert core.number("outbox WHERE attempts > 0") == 1


def test_after_an_outage_everything_is_copied_at_once_also_what_was_postponed(
    core: InMemory, entries: InMemory
) -> None:
    write(core, 450)
    write(core, 50, Destination.AUDIT | Destination.BILLING, first=450)
    entries.away = True
    for minutes in range(2, 130):
        sweep(core, NOW + minutes * MINUTE)
    with pytest.raises(Unavailable):
        copy(core, entries, NOW + 2 * HOUR)
    assert entries.calls <= 1 + audit.MOST_FAILURES
    entries.away = False
    assert core.number(f"outbox WHERE waiting & 16 AND next_attempt_at > {NOW + 130 * MINUTE}") == 50
    assert copy(core, entries, NOW + 130 * MINUTE) == 500 == entries.number("audit_events")
    assert core.number("outbox WHERE waiting & 16") == 0 == copy(core, entries, NOW + 131 * MINUTE)


def test_the_entry_of_a_message_that_waits_for_days_does_not_wait(core: InMemory, entries: InMemory) -> None:
    write(core, 1, Destination.AUDIT | Destination.NOTIFICATIONS)
    core.db.execute("UPDATE outbox SET next_attempt_at = ?", (NOW + 3 * DAY,))
    assert copy(core, entries) == 1


def test_large_entries_are_copied_in_parts_that_the_database_takes(core: InMemory, entries: InMemory) -> None:
    write(core, 60, size=60_000)
    assert copy(core, entries) == 60 == entries.number("audit_events")
    assert entries.calls == 8


def test_an_entry_that_cannot_be_copied_stops_no_other(
    core: InMemory, entries: InMemory, capsys: pytest.CaptureFixture[str]
) -> None:
    write(core, 5)
    entries.refuses = "thing_0002"
    assert copy(core, entries) == 4 == entries.number("audit_events")
    assert core.db.execute("SELECT id FROM outbox WHERE waiting & 16").fetchall() == [("obx_0002",)]
    assert "audit.copy_failed" in capsys.readouterr().out


def test_what_was_written_just_now_is_left_to_who_wrote_it(core: InMemory, entries: InMemory) -> None:
    write(core, 1)
    assert copy(core, entries, NOW + MINUTE - 1) == 0
    assert copy(core, entries, NOW + MINUTE) == 1
