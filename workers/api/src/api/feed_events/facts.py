"""What it means to others that somebody said something about an entry: stale exports, the audit, and events."""

from collections.abc import Sequence
from typing import Any

from api.commit import Fact, audited, noted
from api.context import Context
from api.feed_events.repository import EventRow, FeedRow
from propflow.audit import AuditEntry
from propflow.events import Event
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def said(
    ctx: Context, feed: FeedRow, row: EventRow, verb: str, nights: tuple[str, str] | None, more: tuple[Event, ...] = ()
) -> Fact:
    """`verb` is a past one: kept, cancelled, imported, put_back, separated. `nights` are those that it has now."""
    held = _held(row)
    entry = audited(
        ctx, f"feed_event.{verb}", row.occupancy_id, feed_id=feed.id, unit_id=feed.unit_id, before=_fields(held),
        after=_fields(nights),
    )  # fmt: skip
    return _fact(ctx, feed, entry, (*more, *_events(feed, row, verb, nights)), held != nights)


def accepted(ctx: Context, feed: FeedRow, rows: Sequence[EventRow]) -> Fact:
    """Entries that vanished together are gone, each with events of its own."""
    entry = audited(ctx, "feed_event.cancelled", feed.id, feed_id=feed.id, unit_id=feed.unit_id, removed=len(rows))
    events = tuple(event for row in rows for event in _events(feed, row, "cancelled", None))
    return _fact(ctx, feed, entry, events, any(row.held for row in rows))


def _events(feed: FeedRow, row: EventRow, verb: str, nights: tuple[str, str] | None) -> list[Event]:
    held = _held(row)
    about: dict[str, Any] = {"object_id": row.occupancy_id, "unit_id": feed.unit_id}
    events = [Event(type=f"feed_event.{verb}", changed={"word": verb}, **about)]
    if held != nights:
        was, now = _fields(held), _fields(nights)
        kind = "moved" if held and nights else "imported" if nights else "removed"
        added = {"kind": "ical", "feed_id": feed.id} if kind == "imported" else {}
        events.append(Event(type=f"occupancy.{kind}", changed=now | added, previous=was, **about))
    if row.conflict_id is not None:
        events.append(Event(
            type="conflict.resolved", object_id=row.conflict_id, unit_id=feed.unit_id,
            changed={"status": "resolved", "resolution": "ignore"}, previous={"status": "open"},
        ))  # fmt: skip
    return events


def _fact(ctx: Context, feed: FeedRow, entry: AuditEntry, events: tuple[Event, ...], nights_changed: bool) -> Fact:
    if not nights_changed:
        message = noted(ctx, entry.action, entry.object_id).message
        return Fact(message=message, to=Destination.AUDIT, audit=entry, events=events)
    changed = UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=feed.unit_id
    )
    return Fact(message=changed, to=Destination.CALSYNC, audit=entry, events=events)


def _held(row: EventRow) -> tuple[str | None, str | None] | None:
    return (row.held_start, row.held_end) if row.held else None


def _fields(nights: tuple[str | None, str | None] | None) -> dict[str, str | None]:
    return {} if nights is None else {"start": nights[0], "end": nights[1]}
