"""The events of an import: which nights a channel took, moved and gave back."""

from collections.abc import Iterator

from api.occupancies.facts import occupancy_changed
from propflow import events, ids
from propflow.bindings.d1 import Statement
from propflow.events import Event
from propflow.handover import Import, Nights

# What was wished for and did not happen, because the nights were taken, is no event: the row was not touched. What
# waits for nights is told where it gets them (migration 0026).
HAPPENED = """
CASE e.value ->> 'type' WHEN 'occupancy.removed' THEN true ELSE EXISTS (SELECT 1 FROM occupancies AS o
  WHERE o.tenant_id = ?1 AND o.id = e.value ->> 'object_id' AND o.updated_at = ?5 AND o.live = 1
    AND (o.start_date, o.end_date) = (e.value ->> '$.changed.start', e.value ->> '$.changed.end')
    AND NOT EXISTS (SELECT 1 FROM waiting_stays AS w WHERE w.tenant_id = ?1 AND w.id = o.id)) END"""


def told(request: Import) -> list[Statement]:
    """As few statements as do, behind those that give back and take what is free; none when nothing was to change."""
    found = [(ids.new_id("evt", request.now), event) for event in _events(request)]
    return events.record_all(
        request.tenant_id, found, actor=request.feed_id, request_id=request.request_id, now=request.now,
        condition=HAPPENED,
    )  # fmt: skip


def _events(request: Import) -> Iterator[Event]:
    changes = [(gone, list[Nights]()) for gone in request.releases]
    changes += [(place.occupancy_id, [(place.start, place.end)]) for place in request.placements if place.alone]
    for stay_id, now in changes:
        unit_id = request.moved.get(stay_id, request.unit_id)
        event = occupancy_changed(stay_id, unit_id, request.feed_id, request.had.get(stay_id, []), now)
        if event is not None:
            yield event
