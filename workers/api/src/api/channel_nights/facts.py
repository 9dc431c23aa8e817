"""The events of an import: which nights a channel took, moved and gave back."""

from collections.abc import Iterator

from propflow import events, ids
from propflow.bindings.d1 import Statement
from propflow.events import Event
from propflow.ledger import Import

# What was wished for and did not happen, because the nights were taken, is no event: the row was not touched. Of what
# was to move either the move or, when it could neither move nor return, the loss of its nights is told.
HAPPENED = """
EXISTS (SELECT 1 FROM occupancies AS o
  WHERE o.tenant_id = ?1 AND o.id = e.value ->> 'object_id' AND o.updated_at = ?5
    AND o.live = (e.value ->> 'type' <> 'occupancy.removed'))"""


def told(request: Import) -> list[Statement]:
    """As few statements as do, behind those that change the ledger; none when nothing was to change."""
    found = [(ids.new_id("evt", request.now), event) for event in _events(request)]
    return events.record_all(
        request.tenant_id, found, actor=request.feed_id, request_id=request.request_id, now=request.now,
        condition=HAPPENED,
    )  # fmt: skip


def _events(request: Import) -> Iterator[Event]:
    had, unit_id = request.had, request.unit_id
    for gone in request.releases:
        if gone not in had:  # what was a conflict had no nights to give back
            continue
        yield Event(type="occupancy.removed", object_id=gone, unit_id=unit_id, previous=_nights(*had[gone]))
    for place in request.placements:
        nights = _nights(place.start, place.end)
        if place.held and had[place.occupancy_id] == (place.start, place.end):
            continue  # the channel came back to what it has
        if place.held:
            previous = _nights(*had[place.occupancy_id])
            for kind, changed in (("moved", nights), ("removed", {})):
                yield Event(
                    type=f"occupancy.{kind}", object_id=place.occupancy_id, unit_id=unit_id, changed=changed,
                    previous=previous,
                )  # fmt: skip
        else:
            yield Event(
                type="occupancy.imported", object_id=place.occupancy_id, unit_id=unit_id,
                changed=nights | {"kind": "ical", "feed_id": request.feed_id},
            )  # fmt: skip


def _nights(start: str | None, end: str | None) -> dict[str, str | None]:
    return {"start": start, "end": end}
