"""What it means to others that somebody said something about an entry: stale exports, the audit, and events."""

from collections.abc import Sequence
from typing import Any

from api.channels.entries.repository import EntryRow, FeedRow
from api.core.commit import Fact, audited, noted
from api.core.context import Context
from api.occupancies.facts import fields, occupancy_changed
from propflow.audit import AuditEntry
from propflow.events import Event
from propflow.handover import Nights
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def said(
    ctx: Context, feed: FeedRow, row: EntryRow, verb: str, nights: tuple[str, str] | None, more: tuple[Event, ...] = ()
) -> Fact:
    """`verb` is a past one: kept, cancelled, imported, put_back, separated. `nights` are those that it has now. Its
    channel may have to be shown the booking that it was one stay with."""
    before, now = row.nights, [nights] if nights else []
    stale = before != now or row.booking_id is not None
    unit_id = _lives(feed, row)
    entry = audited(
        ctx, f"feed_event.{verb}", row.occupancy_id, feed_id=feed.id, unit_id=unit_id, before=fields(before),
        after=fields(now),
    )  # fmt: skip
    return _fact(ctx, unit_id, entry, (*more, *_events(feed, row, verb, now)), stale)


def accepted(ctx: Context, feed: FeedRow, rows: Sequence[EntryRow]) -> list[Fact]:
    """Entries that vanished together are gone, each with events of its own: a fact for each unit that they lived in."""
    return [
        _accepted(ctx, feed, unit_id, [row for row in rows if _lives(feed, row) == unit_id])
        for unit_id in sorted({_lives(feed, row) for row in rows})
    ]


def _accepted(ctx: Context, feed: FeedRow, unit_id: str, rows: Sequence[EntryRow]) -> Fact:
    entry = audited(ctx, "feed_event.cancelled", feed.id, feed_id=feed.id, unit_id=unit_id, removed=len(rows))
    events = tuple(event for row in rows for event in _events(feed, row, "cancelled", []))
    return _fact(ctx, unit_id, entry, events, any(row.nights for row in rows))


def moved(ctx: Context, feed: FeedRow, row: EntryRow, after: EntryRow) -> list[Fact]:
    """It lives in another unit: one loses its nights and the other gets them, so the calendars of both are stale."""
    lived, lives = _lives(feed, row), _lives(feed, after)
    about = {"feed_id": feed.id, "before": fields(row.nights), "after": fields(after.nights)}
    away = audited(ctx, "feed_event.moved_away", row.occupancy_id, unit_id=lived, to_unit_id=lives, **about)
    entry = audited(ctx, "feed_event.moved", row.occupancy_id, unit_id=lives, from_unit_id=lived, **about)
    gone = [_ended(row, lived)] if row.conflict_id is not None else []
    if (lost := occupancy_changed(row.occupancy_id, lived, feed.id, row.nights, [])) is not None:
        gone.append(lost)
    come = [Event(
        type="feed_event.moved", object_id=row.occupancy_id, unit_id=lives, changed={"unit_id": lives},
        previous={"unit_id": lived},
    )]  # fmt: skip
    if (got := occupancy_changed(row.occupancy_id, lives, feed.id, [], after.nights)) is not None:
        come.append(got)
    return [_fact(ctx, lived, away, tuple(gone), True), _fact(ctx, lives, entry, tuple(come), True)]


def separated(ctx: Context, feed: FeedRow, row: EntryRow) -> Fact:
    """It is one stay with its booking no more, which its channel may have to be shown."""
    unit_id = _lives(feed, row)
    about = {"feed_id": feed.id, "booking_id": row.booking_id}
    entry = audited(ctx, "feed_event.separated", row.occupancy_id, unit_id=unit_id, **about)
    event = Event(
        type="feed_event.separated", object_id=row.occupancy_id, unit_id=unit_id, changed={"booking_id": None},
        previous={"booking_id": row.booking_id},
    )  # fmt: skip
    return _fact(ctx, unit_id, entry, (event,), True)


def _lives(feed: FeedRow, row: EntryRow) -> str:
    return row.moved_to or feed.unit_id


def _ended(row: EntryRow, unit_id: str) -> Event:
    return Event(
        type="conflict.resolved", object_id=row.conflict_id or "", unit_id=unit_id,
        changed={"status": "resolved", "resolution": "ignore"}, previous={"status": "open"},
    )  # fmt: skip


def _stale(ctx: Context, unit_id: str) -> UnitCalendarChanged:
    return UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=unit_id
    )


def _events(feed: FeedRow, row: EntryRow, verb: str, now: list[Nights]) -> list[Event]:
    unit_id = _lives(feed, row)
    about: dict[str, Any] = {"object_id": row.occupancy_id, "unit_id": unit_id}
    events = [Event(type=f"feed_event.{verb}", changed={"word": verb}, **about)]
    if (changed := occupancy_changed(row.occupancy_id, unit_id, feed.id, row.nights, now)) is not None:
        events.append(changed)
    if row.conflict_id is not None:
        events.append(_ended(row, unit_id))
    return events


def _fact(ctx: Context, unit_id: str, entry: AuditEntry, events: tuple[Event, ...], stale: bool) -> Fact:
    if not stale:
        message = noted(ctx, entry.action, entry.object_id).message
        return Fact(message=message, to=Destination.AUDIT, audit=entry, events=events)
    return Fact(message=_stale(ctx, unit_id), to=Destination.CALSYNC, audit=entry, events=events)
