"""What a reading is decided to mean, with what is known of the unit's other nights where that matters."""

from datetime import date, timedelta

from calsync.exports import repository as exports
from calsync.exports import rules as export_rules
from calsync.exports.repository import Related
from calsync.feeds import echo, sync
from calsync.feeds.models import Decision, Ours, Silence
from calsync.feeds.run import Run
from calsync.ical.models import Reading
from propflow import ids
from propflow.bindings.d1 import Database

WEEK = timedelta(days=7)  # how far back what we have taken may still come back as an echo


async def decide(db: Database, run: Run, reading: Reading, silence: Silence) -> Decision:
    """What becomes of each entry."""
    ours, returned = list[Ours](), list[str]()
    if sync.needs_ours(run.known, reading):
        own = frozenset(one.occupancy_id for one in run.known.values())
        feed = run.feed
        ours, returned = await told_back(db, run.job.tenant_id, feed.unit_id, feed.host, reading, run.today, own)
    return sync.decide(
        run.known, reading, today=run.today, now=run.now, new_id=lambda prefix: ids.new_id(prefix, run.now),
        silence=silence, ours=ours, returned=returned,
    )  # fmt: skip


async def told_back(
    db: Database, tenant_id: str, unit_id: str, host: str, reading: Reading, today: str,
    own: frozenset[str] = frozenset(),
) -> tuple[list[Ours], list[str]]:  # fmt: skip
    """Of the unit's nights those that the channel behind `host` may tell back, and the occupancies of the unit that
    UIDs of its calendar name. `own` are the feed's own stays."""
    since, until = (date.fromisoformat(today) - WEEK).isoformat(), export_rules.horizon(today)
    said = echo.named(reading.events)
    read_ours = exports.load(tenant_id, [unit_id], since, until, export_rules.MOST_ENTRIES)
    results = await db.batch([*read_ours, *([exports.ours(tenant_id, unit_id, said)] if said else [])])
    [(readers, taken)] = exports.loaded([unit_id], results[:2])
    ours = echo.exported(export_rules.bounded(taken, until), [one.channel for one in readers], host, own)
    return ours, [one.id for one in results[-1].rows(Related)] if said else []
