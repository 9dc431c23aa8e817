"""Statements about conflicts. Runs of feeds open them, and end those that are none any more (calsync)."""

import msgspec

from api.core.restriction import of_unit
from propflow import guards, ids
from propflow.bindings.d1 import Statement, sql
from propflow.handover import Nights, ranges_of

_FROM = f"""
SELECT c.id, c.unit_id, c.feed_id, c.start_date, c.end_date, c.status, c.ours, c.resolution, c.reason, c.resolved_by,
  c.version, c.created_at, c.resolved_at, f.host, c.uid, e.occupancy_id, e.kind, e.state, e.updated_at AS said_at,
  e.moved_to, e.booking_id,
  CASE WHEN e.occupancy_id IS NULL THEN '[]' ELSE {ranges_of("e.occupancy_id")} END AS ranges
FROM conflicts AS c {{index}}
CROSS JOIN feeds AS f ON f.tenant_id = c.tenant_id AND f.id = c.feed_id
LEFT JOIN feed_events AS e ON e.tenant_id = c.tenant_id AND e.feed_id = c.feed_id AND e.uid = c.uid"""
_ALL = _FROM.format(index="")
GET = f"{_ALL} WHERE c.tenant_id = ?1 AND c.id = ?2 AND {of_unit('c', '?3')}"
LIST = f"""{_ALL}
WHERE c.tenant_id = ?1 AND c.id > ?2 AND (?3 IS NULL OR c.status = ?3) AND (?4 IS NULL OR c.unit_id = ?4)
  AND (?7 IS NULL OR c.feed_id = ?7) AND {of_unit("c", "?6")}
ORDER BY c.id LIMIT ?5"""
HISTORY = """
SELECT type, created_at, actor, changed FROM events
WHERE tenant_id = ?1 AND object_id = ?2 ORDER BY sequence LIMIT 100"""

# What has the nights now, of the unit or of a part, but for the entry itself.
OURS = """
SELECT DISTINCT coalesce(m.stay_id, m.id) AS occupancy_id, m.kind, m.ref_id, m.start_date AS start, m.end_date AS "end"
FROM (SELECT ?2 AS unit_id UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2) AS n
CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.unit_id = n.unit_id AND o.live = 1
  AND o.start_date < ?4 AND o.end_date > ?3
CROSS JOIN occupancies AS m ON m.tenant_id = ?1 AND m.id = coalesce(o.main_id, o.id)
WHERE coalesce(m.stay_id, m.id) <> ?5 AND (o.expires_at IS NULL OR o.expires_at > ?6) AND o.start_date >= coalesce((
    SELECT b.start_date FROM occupancies AS b
    WHERE b.unit_id = n.unit_id AND b.live = 1 AND b.start_date <= ?3 ORDER BY b.start_date DESC LIMIT 1), '')
ORDER BY m.start_date"""

RESOLVE = """
UPDATE conflicts SET status = 'resolved', resolution = ?4, reason = ?5, resolved_by = ?6, resolved_at = ?7,
  version = version + 1
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND status = 'open'"""
SETTLE = """
UPDATE feed_events SET state = ?5, word = ?6, reason = 'a_person_said_so', missing_since = NULL, mass = 0,
  booking_id = NULL,
  updated_at = max(CAST(?7 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND uid = ?3 AND updated_at = CAST(?4 AS INTEGER)"""

# One stay with the booking as it was read, and no other entry is: what is gone lets go of it. Whether it is missing is
# what its channel says.
LINK = """
UPDATE feed_events SET booking_id = ?5, state = ?6, reason = ?7, word = NULL,
  updated_at = max(CAST(?8 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND uid = ?3 AND updated_at = CAST(?4 AS INTEGER) AND state = 'conflict'
  AND EXISTS (SELECT 1 FROM bookings AS b WHERE b.tenant_id = ?1 AND b.id = ?5 AND b.version = CAST(?9 AS INTEGER))
  AND NOT EXISTS (
    SELECT 1 FROM feed_events AS x INDEXED BY feed_events_of_booking
    WHERE x.tenant_id = ?1 AND x.booking_id = ?5 AND (x.feed_id, x.uid) <> (?2, ?3))"""
_GONE = "tenant_id = ?1 AND booking_id = ?2 AND state NOT IN ('conflict', 'waiting')"
LET_GO = f"UPDATE feed_events INDEXED BY feed_events_of_booking SET booking_id = NULL WHERE {_GONE}"
# A run that has read the link would write it again.
COUNT_LET_GO = f"""
UPDATE feeds SET words = words + 1 WHERE tenant_id = ?1 AND id IN (
  SELECT feed_id FROM feed_events INDEXED BY feed_events_of_booking WHERE {_GONE})"""
TOUCH = """
UPDATE conflicts SET version = version + 1
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND status = 'open'"""
# The entry of which a booking is the stay, and whether the booking's unit has the other as a part.
LINKED = """
SELECT
  EXISTS (SELECT 1 FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?3 AND part_id = ?4) AS covers,
  EXISTS (
    SELECT 1 FROM feed_events AS x INDEXED BY feed_events_of_booking
    WHERE x.tenant_id = ?1 AND x.booking_id = ?2 AND x.state IN ('conflict', 'waiting')
      AND (x.feed_id, x.uid) <> (?5, ?6)) AS elsewhere"""

# Each feed has its turn, by the end of its id.
FORGET = """
DELETE FROM conflicts WHERE (tenant_id, id) IN (
  SELECT c.tenant_id, c.id FROM feeds AS f
  CROSS JOIN conflicts AS c INDEXED BY conflicts_by_event ON c.tenant_id = f.tenant_id AND c.feed_id = f.id
  WHERE substr(f.id, -2) = ?1 AND c.resolved_at < ?2 LIMIT ?3)"""


class ConflictRow(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict with what the channel says now; `ours` is JSON. `said_at` is None when the entry is not there."""

    id: str
    unit_id: str
    feed_id: str
    start_date: str
    end_date: str
    status: str
    ours: str
    version: int
    created_at: int
    host: str
    uid: str
    resolution: str | None = None
    reason: str | None = None
    resolved_by: str | None = None
    resolved_at: int | None = None
    occupancy_id: str | None = None
    kind: str | None = None
    state: str | None = None
    said_at: int | None = None
    moved_to: str | None = None
    booking_id: str | None = None
    ranges: str = "[]"

    @property
    def nights(self) -> list[Nights]:
        """The ranges that the channel's entry keeps closed, in their order."""
        return msgspec.json.decode(self.ranges, type=list[Nights])


class LinkedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a booking's unit `covers` that of a conflict as a part, and whether it is one stay with another entry."""

    covers: bool
    elsewhere: bool


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    created_at: int
    actor: str
    changed: str


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list may be narrowed by."""

    status: str | None = None
    unit_id: str | None = None
    feed_id: str | None = None


def get(tenant_id: str, properties: str | None, conflict_id: str) -> Statement:
    """One conflict on a unit that the caller sees, as `ConflictRow`."""
    return sql(GET, tenant_id, conflict_id, properties)


def list_after(tenant_id: str, properties: str | None, after: str, filters: Filters, limit: int) -> Statement:
    """Conflicts on the units that the caller sees, by id, as `ConflictRow`."""
    return sql(LIST, tenant_id, after, filters.status, filters.unit_id, limit, properties, filters.feed_id)


def history(tenant_id: str, conflict_id: str) -> Statement:
    """What happened to a conflict, as `HistoryRow`."""
    return sql(HISTORY, tenant_id, conflict_id)


def ours(tenant_id: str, row: ConflictRow, now: int) -> Statement:
    """What has the nights of a conflict now, as the view `OurSide`."""
    return sql(OURS, tenant_id, row.unit_id, row.start_date, row.end_date, row.occupancy_id or "", now)


def forget(turn: int, before: int, limit: int) -> Statement:
    """Remove what was resolved before an instant."""
    return sql(FORGET, ids.ending(turn), before, limit)


def resolve(
    tenant_id: str, row: ConflictRow, resolution: str, reason: str | None, principal_id: str, now: int
) -> list[Statement]:
    """End exactly the version that was read (`guard_failed`)."""
    return [sql(RESOLVE, tenant_id, row.id, row.version, resolution, reason, principal_id, now), guards.changed()]


def settle(tenant_id: str, row: ConflictRow, state: str, word: str | None, now: int) -> list[Statement]:
    """What becomes of the channel's entry, of exactly what was read (`guard_failed`)."""
    return [
        sql(SETTLE, tenant_id, row.feed_id, row.uid, row.said_at, state, word, now), guards.changed(),
    ]  # fmt: skip


def linked(tenant_id: str, row: ConflictRow, booking_id: str, unit_id: str) -> Statement:
    """How a booking of this unit stands to the conflict, as `LinkedRow`."""
    return sql(LINKED, tenant_id, booking_id, unit_id, row.unit_id, row.feed_id, row.uid)


def link(tenant_id: str, row: ConflictRow, booking_id: str, version: int, now: int, *, fits: bool) -> list[Statement]:
    """The channel's entry and this version of the booking are one stay (`guard_failed`); `fits`: of the same nights."""
    state, reason = ("waiting", "same_stay") if fits else ("conflict", "dates_differ")
    return [
        sql(COUNT_LET_GO, tenant_id, booking_id),
        sql(LET_GO, tenant_id, booking_id),
        sql(LINK, tenant_id, row.feed_id, row.uid, row.said_at, booking_id, state, reason, now, version),
        guards.changed(),
    ]  # fmt: skip


def touch(tenant_id: str, row: ConflictRow) -> list[Statement]:
    """Another version of exactly what was read, still open (`guard_failed`)."""
    return [sql(TOUCH, tenant_id, row.id, row.version), guards.changed()]
