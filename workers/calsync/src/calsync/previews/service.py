"""Use case of previews: fetch, read and decide as an import does, and write nothing."""

from collections import Counter

import msgspec

from calsync.feeds import content, sync
from calsync.feeds.deciding import told_back
from calsync.feeds.reading import look
from calsync.ical import zones
from calsync.previews import repository, rules
from calsync.previews.repository import Zone
from calsync.previews.rules import MOST_LISTED, Taken
from calsync.settings import Settings
from propflow import ids
from propflow.bindings.d1 import Database
from propflow.clock import day_of
from propflow.errors import NotFound
from propflow.models import FeedPreview, FeedPreviewRequest


async def preview(db: Database, settings: Settings, asked: FeedPreviewRequest) -> FeedPreview:
    """What the first import would do. Raises NotFound and what `look` raises."""
    found = (await db.run(repository.zone(asked.tenant_id, asked.unit_id))).one(Zone)
    if found is None:
        raise NotFound("unit_not_found", "There is no unit with this id.", param="unit_id")
    home = zones.of_property(found.time_zone)
    today = day_of(asked.now, home)
    address, reading = await look(db, settings, asked.tenant_id, asked.url, home, today)
    ours, returned = await told_back(db, asked.tenant_id, asked.unit_id, address.host, reading, today)
    decision = sync.decide(
        {},
        reading,
        today=today,
        now=asked.now,
        new_id=lambda prefix: ids.new_id(prefix, asked.now),
        ours=ours,
        returned=returned,
    )
    taken = (await db.run(repository.taken(asked.tenant_id, asked.unit_id, today, asked.now))).rows(Taken)
    entries = rules.entries(reading, decision, taken, today)
    counts = Counter(entry.outcome for entry in entries)
    problems = msgspec.json.decode(content.problem_texts(reading), type=list[str])
    return FeedPreview(
        host=address.host, seen=len(entries), creates=counts["create"], conflicts=counts["conflict"],
        ignores=counts["ignore"], problems=problems, entries=entries[:MOST_LISTED],
        has_more=len(entries) > MOST_LISTED,
    )  # fmt: skip
