"""Statements about what takes a unit's nights."""

import msgspec

from propflow.bindings.d1 import Statement, sql

# From the last row that starts before the range, which may reach into it, to the first that starts after it: rows are
# read for what is shown and two more, however long the history. A unit that consists of others is taken with each of
# them; what takes it itself comes last and is shown. Of another tenant's unit nothing is read at all.
COLUMNS = "coalesce(o.stay_id, o.id) AS id, o.unit_id, o.start_date, o.end_date, o.kind, o.ref_id, o.source"
WANTED = """
(SELECT id FROM units WHERE tenant_id = ?1 AND id = ?2
 UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2) AS w
CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.unit_id = w.id AND o.live = 1
  AND (o.expires_at IS NULL OR o.expires_at > ?5)"""
NEXT_TO = """
SELECT b.start_date FROM occupancies AS b
WHERE b.unit_id = w.id AND b.live = 1 AND b.start_date {place} AND (b.expires_at IS NULL OR b.expires_at > ?5)
ORDER BY b.start_date {direction} LIMIT 1"""
TAKEN = f"""
SELECT {COLUMNS} FROM {WANTED}
WHERE o.start_date >= COALESCE(({NEXT_TO.format(place="<= ?3", direction="DESC")}), '')
  AND o.start_date <= COALESCE(({NEXT_TO.format(place=">= ?4", direction="ASC")}), ?4)
ORDER BY o.unit_id = ?2, o.start_date"""

OWN = "(SELECT id FROM units WHERE tenant_id = ?1 AND id = ?2)"
EVERY = """
SELECT coalesce(o.stay_id, o.id) AS id, o.start_date, o.end_date, o.kind, o.ref_id, o.source,
  o.created_at, o.updated_at, o.expires_at, o.live"""
TAKINGS = f"""
SELECT * FROM (
  {EVERY} FROM occupancies AS o WHERE o.unit_id = {OWN} AND o.live = 1 AND o.tenant_id = ?1 AND o.end_date > ?3
    AND o.start_date = (SELECT b.start_date FROM occupancies AS b WHERE b.unit_id = {OWN} AND b.live = 1
                        AND b.start_date <= ?3 ORDER BY b.start_date DESC LIMIT 1)
  UNION ALL
  {EVERY} FROM occupancies AS o INDEXED BY occupancies_ended
  WHERE o.unit_id = {OWN} AND o.live = 0 AND o.start_date <= ?3 AND o.end_date > ?3 AND o.tenant_id = ?1)
ORDER BY created_at DESC LIMIT 200"""

# An event names the nights that it changed, or it is about something that has or had the night.
NAMES = (
    """(COALESCE({from_}, {to}) IS NOT NULL AND COALESCE({from_}, '') <= ?3 AND COALESCE({to}, '9999-12-31') > ?3)"""
)


def _names(column: str) -> str:
    first, last = (f"COALESCE({column} ->> '{a}', {column} ->> '{b}')" for a, b in
                   (("start", "check_in"), ("end", "check_out")))  # fmt: skip
    return NAMES.format(from_=first, to=last)


HAPPENINGS = f"""
SELECT e.id, e.type, e.object_id, e.actor, e.request_id, e.changed, e.previous, e.created_at
FROM events AS e INDEXED BY events_of_unit
WHERE e.tenant_id = ?1 AND e.unit_id = ?2 AND ({_names("e.changed")} OR {_names("e.previous")}
  OR e.object_id IN (SELECT ref_id FROM ({TAKINGS})))
ORDER BY e.position DESC LIMIT 200"""


class TakenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A live range and what it is."""

    id: str
    start_date: str
    end_date: str
    kind: str
    ref_id: str
    source: str


class TakingRow(TakenRow, frozen=True, kw_only=True):
    """A range, live or not."""

    created_at: int
    updated_at: int
    expires_at: int | None
    live: bool


class HappeningRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event; `changed` and `previous` are JSON."""

    id: str
    type: str
    object_id: str
    actor: str
    request_id: str
    changed: str
    previous: str
    created_at: int


def taken(tenant_id: str, unit_id: str, start: str, end: str, now: int) -> Statement:
    """What takes the nights, with the nearest on either side, as `TakenRow`."""
    return sql(TAKEN, tenant_id, unit_id, start, end, now)


def takings(tenant_id: str, unit_id: str, day: str) -> Statement:
    """What takes a night or took it, as `TakingRow`."""
    return sql(TAKINGS, tenant_id, unit_id, day)


def happenings(tenant_id: str, unit_id: str, day: str) -> Statement:
    """The events that touched a night, as `HappeningRow`; it walks through the unit's events."""
    return sql(HAPPENINGS, tenant_id, unit_id, day)
