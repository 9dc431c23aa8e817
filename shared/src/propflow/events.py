"""What happened to an object, written in the batch in which it happens.

The position is the tenant's own count in the order of commits, so a reader that asks for what came after a position
misses nothing, whichever Worker wrote it and however late.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text
from propflow.parts import json_lists

RECORD = """
INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                    created_at)
SELECT ?1, coalesce((SELECT max(position) FROM events WHERE tenant_id = ?1), 0) + 1, ?2, ?3, ?4, ?5,
  coalesce((SELECT max(sequence) FROM events WHERE tenant_id = ?1 AND object_id = ?4), 0) + 1, ?6, ?7, ?8, ?9, ?10"""

# In the order of the list. `condition` decides in the batch, so after what it is about, whether an event happened.
RECORD_ALL = """
INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                    created_at)
SELECT ?1, coalesce((SELECT max(position) FROM events WHERE tenant_id = ?1), 0) + row_number() OVER (ORDER BY e.key),
  e.value ->> 'id', e.value ->> 'type', e.value ->> 'object_id', e.value ->> 'unit_id',
  coalesce((SELECT max(sequence) FROM events WHERE tenant_id = ?1 AND object_id = e.value ->> 'object_id'), 0)
    + row_number() OVER (PARTITION BY e.value ->> 'object_id' ORDER BY e.key),
  e.value -> 'changed', e.value -> 'previous', ?3, ?4, ?5
FROM json_each(?2) AS e WHERE {condition}"""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`type` is `<object>.<past verb>`, such as `booking.date_changed`. `unit_id` names the unit whose calendar moved.

    `changed` holds the new and `previous` the former values of what changed; of personal data only the names, with
    null as value.
    """

    type: str
    object_id: str
    unit_id: str | None = None
    changed: dict[str, Any] = {}
    previous: dict[str, Any] = {}


def record(tenant_id: str, event_id: str, event: Event, *, actor: str, request_id: str, now: int) -> Statement:
    """The row of an event, for the batch that makes it true."""
    changed, previous = (json_text(fields) for fields in (event.changed, event.previous))
    return sql(
        RECORD, tenant_id, event_id, event.type, event.object_id, event.unit_id, changed, previous, actor, request_id,
        now,
    )  # fmt: skip


def record_all(
    tenant_id: str, found: Sequence[tuple[str, Event]], *, actor: str, request_id: str, now: int,
    condition: str = "true",
) -> list[Statement]:  # fmt: skip
    """The rows of many events, each with its id, in as few statements as fit.

    `condition` is a constant of the caller's: SQL about `e.value`, the event as JSON, with ?1 the tenant and ?5 `now`.
    """
    rows = ({"id": event_id, **msgspec.structs.asdict(event)} for event_id, event in found)
    return [
        sql(RECORD_ALL.format(condition=condition), tenant_id, text, actor, request_id, now)
        for text, _ in json_lists(rows)
    ]
