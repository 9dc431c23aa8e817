"""Statements about who watches, whether they still may, and what happened since they looked."""

from collections.abc import Sequence

import msgspec

from api.core.lifetimes import SESSION_IDLE
from propflow import standing as standings
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

# Changes nothing when the tenant's rooms are full together.
ENTER = """
INSERT INTO watched_rooms (tenant_id, property_id, sockets, until)
SELECT ?1, ?2, CAST(?3 AS INTEGER), ?4 WHERE CAST(?3 AS INTEGER) + coalesce((
  SELECT sum(sockets) FROM watched_rooms WHERE tenant_id = ?1 AND property_id <> ?2 AND until > ?5), 0) <= ?6
ON CONFLICT (tenant_id, property_id) DO UPDATE SET sockets = excluded.sockets, until = excluded.until"""
RENEW = """
INSERT INTO watched_rooms (tenant_id, property_id, sockets, until) VALUES (?1, ?2, CAST(?3 AS INTEGER), ?4)
ON CONFLICT (tenant_id, property_id) DO UPDATE SET sockets = excluded.sockets, until = excluded.until
WHERE sockets <> excluded.sockets OR until <= ?5"""
EMPTY = "DELETE FROM watched_rooms WHERE tenant_id = ?1 AND property_id = ?2"

# As a request's session is judged (access/repository.py). To the room of the tenant only who sees all properties comes.
STANDING = f"""
SELECT j.value ->> 0 AS id, u.name FROM json_each(?2) AS j
JOIN sessions AS s ON s.tenant_id = ?1 AND s.user_id = j.value ->> 2 AND s.id = j.value ->> 1
JOIN memberships AS m ON m.tenant_id = ?1 AND m.user_id = s.user_id
JOIN users AS u ON u.id = s.user_id
JOIN tenants AS t ON t.id = s.tenant_id AND {standings.ACTS}
WHERE s.expires_at > ?4 AND s.last_seen_at > ?5
  AND (m.property_ids IS NULL OR ?3 IN (SELECT value FROM json_each(m.property_ids)))"""

LAST = "SELECT coalesce(max(position), 0) AS position FROM events WHERE tenant_id = ?1"

# Each event with every unit whose nights it may have changed: where it is and where it was, what a combined unit
# consists of, what consists of that, and what was a part before. A row without a unit only moves the position on.
HAPPENED = """
WITH happened AS MATERIALIZED (
  SELECT position, type, object_id, unit_id, changed, previous FROM events
  WHERE tenant_id = ?1 AND position > CAST(?2 AS INTEGER) ORDER BY position LIMIT CAST(?3 AS INTEGER)
), named AS (
  SELECT position, unit_id FROM happened WHERE unit_id IS NOT NULL
  UNION SELECT position, previous ->> 'unit_id' FROM happened WHERE previous ->> 'unit_id' IS NOT NULL
  UNION SELECT h.position, j.value FROM happened AS h, json_each(h.previous, '$.parts') AS j
  WHERE h.type = 'unit.parts_changed'
), below AS (
  SELECT position, unit_id FROM named
  UNION SELECT n.position, p.part_id FROM named AS n
  JOIN unit_parts AS p ON p.tenant_id = ?1 AND p.combined_id = n.unit_id
), touched AS (
  SELECT position, unit_id FROM below
  UNION SELECT b.position, p.combined_id FROM below AS b
  JOIN unit_parts AS p ON p.tenant_id = ?1 AND p.part_id = b.unit_id
)
SELECT h.position, h.type, h.object_id, h.changed, h.previous, u.id AS unit_id, u.property_id
FROM happened AS h LEFT JOIN touched AS t ON t.position = h.position
LEFT JOIN units AS u ON u.tenant_id = ?1 AND u.id = t.unit_id
ORDER BY h.position, u.id"""

UNIT = "SELECT id FROM units WHERE tenant_id = ?1 AND id = ?2 AND (?3 = '' OR property_id = ?3)"


class Standing(msgspec.Struct, frozen=True):
    """A connection that may stay, and the name of its person."""

    id: str
    name: str


class Last(msgspec.Struct, frozen=True):
    position: int


class Known(msgspec.Struct, frozen=True):
    id: str


class HappenedRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event and one unit that it touched; `changed` and `previous` are JSON."""

    position: int
    type: str
    object_id: str
    changed: str
    previous: str
    unit_id: str | None
    property_id: str | None


def enter(tenant_id: str, property_id: str, sockets: int, until: int, now: int, most: int) -> Statement:
    """One more comes in: so many are there then. Changes nothing when that were more than the tenant may have."""
    return sql(ENTER, tenant_id, property_id, sockets, until, now, most)


def renew(tenant_id: str, property_id: str, sockets: int, until: int, due: int) -> Statement:
    """They are still there; writes only when their number changed or it had ended before `due`."""
    return sql(RENEW, tenant_id, property_id, sockets, until, due)


def empty(tenant_id: str, property_id: str) -> Statement:
    """Nobody is there any more."""
    return sql(EMPTY, tenant_id, property_id)


def standing(tenant_id: str, property_id: str, who: Sequence[tuple[str, str, str]], now: int) -> Statement:
    """Which of these (connection, session, person) may be in the room, as `Standing`."""
    return sql(STANDING, tenant_id, json_text(who), property_id, now, now - SESSION_IDLE)


def last(tenant_id: str) -> Statement:
    """The position of the tenant's last event, as `Last`."""
    return sql(LAST, tenant_id)


def happened(tenant_id: str, after: int, limit: int) -> Statement:
    """The events after a position with the units that they touched, as `HappenedRow`."""
    return sql(HAPPENED, tenant_id, after, limit)


def unit(tenant_id: str, property_id: str, unit_id: str) -> Statement:
    """Whether the unit is one of the room's, as `Known`."""
    return sql(UNIT, tenant_id, unit_id, property_id)
