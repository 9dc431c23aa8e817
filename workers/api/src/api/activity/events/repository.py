"""Statements about events. They are written by propflow.events, in the batch of what they tell."""

import msgspec

from api.core.restriction import of_unit
from propflow.bindings.d1 import Statement, Value, sql

COLUMNS = "position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id, created_at"


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `changed` and `previous` are JSON."""

    position: int
    id: str
    type: str
    object_id: str
    unit_id: str | None
    sequence: int
    changed: str
    previous: str
    actor: str
    request_id: str
    created_at: int


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What the feed may be narrowed by."""

    type: str | None = None
    object_id: str | None = None
    unit_id: str | None = None


def list_after(tenant_id: str, properties: str | None, filters: Filters, after: int, limit: int) -> Statement:
    """Events by position, as `EventRow`; who is restricted sees those of the units that they see, and no other."""
    conditions = ["tenant_id = ?1", "position > CAST(?2 AS INTEGER)", of_unit("events", "?3")]
    params: list[Value] = [tenant_id, after, properties, limit]
    for column, value in msgspec.structs.asdict(filters).items():
        if value is not None:
            params.append(value)
            conditions.append(f"{column} = ?{len(params)}")
    where = " AND ".join(conditions)
    return sql(f"SELECT {COLUMNS} FROM events {_index(filters)} WHERE {where} ORDER BY position LIMIT ?4", *params)


def _index(filters: Filters) -> str:
    """Left to itself SQLite walks all of the tenant's events because they come in the order that is asked for."""
    if filters.object_id is not None:
        return "INDEXED BY events_of_object"
    return "INDEXED BY events_of_unit" if filters.unit_id is not None else ""
