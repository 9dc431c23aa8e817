"""What a change of a feed means to others: a run to carry out, stale exports, the audit, and events."""

from collections.abc import Sequence
from typing import Any

from api.channels.feeds.changes_repository import Nights, Removable
from api.channels.feeds.repository import FeedRow
from api.core.commit import Fact, audited, noted
from api.core.context import Context
from api.occupancies.facts import fields
from propflow.events import Event
from propflow.messages import FeedSyncRequested, UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def created(ctx: Context, row: FeedRow, run_id: str) -> Fact:
    """A new feed, which is read at once."""
    return _read(ctx, row, run_id, "feed.created", {}, _event("feed.created", row, changed=_shown(row)))


def sync_requested(ctx: Context, row: FeedRow, run_id: str) -> Fact:
    """Somebody wants it read now."""
    return _read(ctx, row, run_id, "feed.sync_requested", {})


def changed(ctx: Context, before: FeedRow, after: FeedRow, replaced: bool, run_id: str | None) -> Fact:
    """Another name, status or address; with `run_id` it is read at once."""
    was, now = _shown(before), _shown(after)
    different = [name for name in now if now[name] != was[name]]
    new, old = ({name: shown[name] for name in different} for shown in (now, was))
    if replaced:  # an address is a secret, so only that it changed is told
        new["url"] = old["url"] = None
    event = _event("feed.changed", after, new, old)
    if run_id is not None:
        return _read(ctx, after, run_id, "feed.changed", new, event)
    fact = noted(ctx, "feed.changed", after.id, **new)
    return Fact(message=fact.message, to=fact.to, audit=fact.audit, events=(event,))


def deleted(ctx: Context, feed: Removable, imported: str, released: Sequence[Nights]) -> list[Fact]:
    """The feed is gone, and with it the nights that were released: a fact for its unit, and for each other one that
    they were in."""
    told = {"imported": imported, "released": len({one.stay_id for one in released})}
    first = feed.deleted_at is None
    gone = [Event(type="feed.deleted", object_id=feed.id, unit_id=feed.unit_id, changed=told)] if first else []
    fact = noted(ctx, "feed.deleted", feed.id, unit_id=feed.unit_id, **told)
    elsewhere = sorted({one.unit_id for one in released} - {feed.unit_id})
    return [
        _opened(ctx, fact, feed.unit_id, released, gone, stale=feed.linked),
        *(_opened(ctx, noted(ctx, "feed.deleted", feed.id, unit_id=one, **told), one, released) for one in elsewhere),
    ]


def _opened(
    ctx: Context, fact: Fact, unit_id: str, released: Sequence[Nights], happened: Sequence[Event] = (), *,
    stale: bool = False,
) -> Fact:  # fmt: skip
    """What `fact` says, with the events of the unit's nights that open and the message that its exports are stale."""
    opened: dict[str, list[tuple[str, str]]] = {}
    for one in released:
        if one.unit_id == unit_id:
            opened.setdefault(one.stay_id, []).extend([(one.start, one.end)] * one.own)
    gone = [
        Event(type="occupancy.removed", object_id=stay_id, unit_id=unit_id, previous=fields(nights))
        for stay_id, nights in opened.items()
        if nights
    ]
    if not opened and not stale:
        return Fact(message=fact.message, to=fact.to, audit=fact.audit, events=(*happened, *gone))
    message = stale_exports(ctx, unit_id)
    return Fact(message=message, to=Destination.CALSYNC, audit=fact.audit, events=(*happened, *gone))


def stale_exports(ctx: Context, unit_id: str) -> UnitCalendarChanged:
    """The exports of a unit are to be made anew."""
    return UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=unit_id
    )


def _read(ctx: Context, row: FeedRow, run_id: str, action: str, told: dict[str, Any], *events: Event) -> Fact:
    message = FeedSyncRequested(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, feed_id=row.id,
        run_id=run_id,
    )  # fmt: skip
    return Fact(message=message, to=Destination.CALSYNC, audit=audited(ctx, action, row.id, **told), events=events)


def _event(
    kind: str, row: FeedRow, changed: dict[str, Any] | None = None, previous: dict[str, Any] | None = None
) -> Event:
    return Event(type=kind, object_id=row.id, unit_id=row.unit_id, changed=changed or {}, previous=previous or {})


def _shown(row: FeedRow) -> dict[str, Any]:
    return {"name": row.name, "status": row.status, "host": row.host}
