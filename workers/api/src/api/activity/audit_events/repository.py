"""Statements about the audit, in DB_AUDIT. Ids sort by time, so the newest come first by id."""

import msgspec

from propflow import ids
from propflow.bindings.d1 import Statement, Value, sql
from propflow.clock import MINUTE

LIST = """
SELECT id, at, actor, action, object_id, changes, request_id, ip
FROM audit_events {index} WHERE tenant_id = ?1 AND id < ?2 AND id >= ?3{conditions} ORDER BY id DESC LIMIT ?4"""

# Without statistics SQLite would guess which filter leaves the least. An object has few entries, a person many.
FILTERS = (
    ("object_id", "INDEXED BY audit_events_by_object"),
    ("actor", "INDEXED BY audit_events_by_actor"),
    ("action", "INDEXED BY audit_events_by_action"),
)

AFTER_ALL = "obx_~"  # sorts after every id
SLACK = MINUTE  # by how much the time in an id and `at` may differ


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `changes` is JSON."""

    id: str
    at: int
    actor: str
    action: str
    object_id: str
    changes: str
    request_id: str
    ip: str


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list may be narrowed by. `since` and `before` are instants, the latter excluded."""

    actor: str | None = None
    action: str | None = None
    object_id: str | None = None
    since: int | None = None
    before: int | None = None


def list_before(tenant_id: str, filters: Filters, after: str, limit: int) -> Statement:
    """Entries older than the one with the id `after`, newest first, as `EventRow`."""
    index, conditions = "", ""
    params: list[Value] = [tenant_id, after or _upper(filters), _lower(filters), limit]
    for name, hint in FILTERS:
        if (value := getattr(filters, name)) is not None:
            index = index or hint
            params.append(value)
            conditions += f" AND {name} = ?{len(params)}"
    for comparison, instant in ((">=", filters.since), ("<", filters.before)):
        if instant is not None:
            params.append(instant)
            conditions += f" AND at {comparison} ?{len(params)}"
    return sql(LIST.format(index=index, conditions=conditions), *params)


def _upper(filters: Filters) -> str:
    return AFTER_ALL if filters.before is None else ids.first_id("obx", max(0, filters.before + SLACK))


def _lower(filters: Filters) -> str:
    return "" if filters.since is None else ids.first_id("obx", max(0, filters.since - SLACK))
