"""What it means to others that somebody said something about an entry: stale exports, the audit, and events."""

from collections.abc import Sequence
from typing import Any

from api.commit import Fact, audited, noted
from api.context import Context
from api.feed_events.repository import EventRow, FeedRow
from api.occupancies.facts import fields, occupancy_changed
from propflow.audit import AuditEntry
from propflow.events import Event
from propflow.ledger import Nights
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def said(
    ctx: Context, feed: FeedRow, row: EventRow, verb: str, nights: tuple[str, str] | None, more: tuple[Event, ...] = ()
) -> Fact:
    """`verb` is a past one: kept, cancelled, imported, put_back, separated. `nights` are those that it has now."""
    before, now = row.nights, [nights] if nights else []
    entry = audited(
        ctx, f"feed_event.{verb}", row.occupancy_id, feed_id=feed.id, unit_id=feed.unit_id, before=fields(before),
        after=fields(now),
    )  # fmt: skip
    return _fact(ctx, feed, entry, (*more, *_events(feed, row, verb, now)), before != now)


def accepted(ctx: Context, feed: FeedRow, rows: Sequence[EventRow]) -> Fact:
    """Entries that vanished together are gone, each with events of its own."""
    entry = audited(ctx, "feed_event.cancelled", feed.id, feed_id=feed.id, unit_id=feed.unit_id, removed=len(rows))
    events = tuple(event for row in rows for event in _events(feed, row, "cancelled", []))
    return _fact(ctx, feed, entry, events, any(row.nights for row in rows))


def _events(feed: FeedRow, row: EventRow, verb: str, now: list[Nights]) -> list[Event]:
    about: dict[str, Any] = {"object_id": row.occupancy_id, "unit_id": feed.unit_id}
    events = [Event(type=f"feed_event.{verb}", changed={"word": verb}, **about)]
    if (changed := occupancy_changed(row.occupancy_id, feed.unit_id, feed.id, row.nights, now)) is not None:
        events.append(changed)
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
