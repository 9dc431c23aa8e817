"""SQL of exports."""

from collections.abc import Sequence

import msgspec

from calsync.exports.models import Export, Rendered
from calsync.exports.rules import Taken
from propflow.bindings.d1 import Result, Statement, sql
from propflow.json_text import json_text
from propflow.parts import json_lists

EXPORTS = """
SELECT unit_id, id, channel, etag, refreshed_at FROM calendar_exports
WHERE tenant_id = ?1 AND unit_id IN (SELECT value FROM json_each(?2))
ORDER BY unit_id, channel"""

# Live rows are disjoint, so of those that begin before the cutoff only the last can reach beyond it: the unit's
# history is not read.
#
# What begins later than channels let anybody book is not read either.
#
# A hold is shown only while a channel's guest waits for its nights, for they are sold, whoever has them for the moment.
#
# A booking that is one stay with what a channel lists, night for night, is that channel's own: of the one that has
# listed it and is still read. As soon as the two differ, or it does not list it, it is shown to that channel as well.
#
# What takes a part takes the whole. It is shown to every channel: none knows its stay in a room as one in the villa.
TAKEN = """
SELECT o.id, o.stay_id, o.start_date AS start, o.end_date AS "end", o.kind, o.created_at,
       o.updated_at,
       CASE WHEN placed.unit_id <> ?2 THEN 'combined' WHEN o.kind = 'booking' THEN coalesce((
         SELECT w.source FROM feed_events AS e INDEXED BY feed_events_of_booking
         CROSS JOIN feeds AS f ON f.tenant_id = ?1 AND f.id = e.feed_id AND f.unit_id = ?2 AND f.deleted_at IS NULL
         CROSS JOIN waiting_stays AS w ON w.tenant_id = ?1 AND w.id = e.occupancy_id AND w.source = 'ical:' || f.host
         WHERE e.tenant_id = ?1 AND e.booking_id = o.ref_id AND e.state = 'waiting' AND e.missing_since IS NULL
           AND e.moved_to IS NULL AND (e.start_date, e.end_date) = (o.start_date, o.end_date) LIMIT 1), o.source)
       ELSE o.source END AS source
FROM (
  SELECT ?2 AS unit_id UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2
) AS placed
CROSS JOIN occupancies o ON o.tenant_id = ?1 AND o.unit_id = placed.unit_id AND o.live = 1
  AND o.end_date >= ?3 AND o.start_date < ?4 AND o.start_date >= coalesce((
    SELECT b.start_date FROM occupancies b
    WHERE b.unit_id = placed.unit_id AND b.live = 1 AND b.start_date < ?3 ORDER BY b.start_date DESC LIMIT 1
  ), '')
WHERE NOT EXISTS (
  SELECT 1 FROM occupancies m WHERE m.tenant_id = ?1 AND m.id = o.main_id AND m.unit_id = ?2
) AND (o.kind <> 'hold' OR EXISTS (
  SELECT 1 FROM waiting_stays AS w
  WHERE w.tenant_id = ?1 AND w.start_date < o.end_date AND w.end_date > o.start_date AND w.unit_id IN (
    SELECT ?2 UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2
    UNION ALL SELECT combined_id FROM unit_parts WHERE tenant_id = ?1 AND part_id = ?2)))
ORDER BY o.start_date, o.id LIMIT ?5"""


def sharing(units: str) -> str:
    """The SQL that finds what `units` finds, and the units whose nights are taken with those: their parts, what they
    are a part of, and what shares a part with them."""
    return f"""
{units} UNION SELECT part_id AS id FROM unit_parts WHERE tenant_id = ?1 AND combined_id IN ({units})
UNION SELECT combined_id FROM unit_parts WHERE tenant_id = ?1 AND part_id IN ({units})
UNION SELECT b.combined_id FROM unit_parts AS a
  CROSS JOIN unit_parts AS b ON b.tenant_id = ?1 AND b.part_id = a.part_id
  WHERE a.tenant_id = ?1 AND a.combined_id IN ({units})"""


RELATED = f"SELECT id FROM ({sharing('SELECT value AS id FROM json_each(?2)')}) ORDER BY 1"

# Of these ids those of occupancies that are, or were, of the unit or of one that shares its nights. Where an occupancy
# was before is known by what happened to what it is of.
SHARING = f"({sharing('SELECT ?2 AS id')})"
OURS = f"""
SELECT o.id FROM json_each(?3) AS said
CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.id = said.value
WHERE o.unit_id IN {SHARING} OR EXISTS (
  SELECT 1 FROM events AS e INDEXED BY events_of_object
  WHERE e.tenant_id = ?1 AND e.object_id = o.ref_id AND e.unit_id IN {SHARING})
UNION SELECT said.value FROM json_each(?3) AS said
CROSS JOIN occupancies AS o INDEXED BY occupancies_of_stay ON o.tenant_id = ?1 AND o.stay_id = said.value
WHERE o.unit_id IN {SHARING}"""

# Guarded by what was read: who rendered from older rows must not overwrite who was faster, so `refreshed_at` differs
# each time. `changed_at` becomes the Last-Modified of a body, in whole seconds: two bodies never have the same.
STORE = """
UPDATE calendar_exports AS export SET
  body = CASE WHEN export.etag IS fresh.etag THEN export.body ELSE fresh.body END, etag = fresh.etag,
  revision = export.revision + (export.etag IS NOT fresh.etag),
  refreshed_at = max(CAST(?3 AS INTEGER), coalesce(export.refreshed_at, 0) + 1),
  changed_at = CASE WHEN export.etag IS fresh.etag THEN export.changed_at
    ELSE max(CAST(?3 AS INTEGER), coalesce(export.changed_at, 0) + 1000) END
FROM (
  SELECT value ->> 'id' AS id, value ->> 'body' AS body, value ->> 'etag' AS etag, value ->> 'refreshed_at' AS seen_at
  FROM json_each(?2)
) AS fresh
WHERE export.tenant_id = ?1 AND export.id = fresh.id AND export.refreshed_at IS fresh.seen_at
  AND export.id IN (SELECT value ->> 'id' FROM json_each(?2))"""

ALL_STORED = "INSERT INTO require_change SELECT changes() = CAST(?1 AS INTEGER)"


class Related(msgspec.Struct, frozen=True):
    """A unit, or an occupancy."""

    id: str


def related(tenant_id: str, unit_ids: Sequence[str]) -> Statement:
    """These units, and those whose exports are stale when theirs are, as `Related`."""
    return sql(RELATED, tenant_id, json_text(unit_ids))


def ours(tenant_id: str, unit_id: str, ids: Sequence[str]) -> Statement:
    """Those of these occupancies that the unit's exports show or have shown, as `Related`."""
    return sql(OURS, tenant_id, unit_id, json_text(ids))


def taken(tenant_id: str, unit_id: str, since: str, until: str, most: int) -> Statement:
    """`most` of what takes the unit's nights from `since` to `until`, as `Taken`."""
    return sql(TAKEN, tenant_id, unit_id, since, until, most)


def load(tenant_id: str, unit_ids: Sequence[str], since: str, until: str, most: int) -> list[Statement]:
    """Read the exports of units, and `most` of what takes the nights of each from `since` to `until`; see `loaded`."""
    return [
        sql(EXPORTS, tenant_id, json_text(unit_ids)),
        *[taken(tenant_id, unit_id, since, until, most) for unit_id in unit_ids],
    ]


def loaded(unit_ids: Sequence[str], results: Sequence[Result]) -> list[tuple[list[Export], list[Taken]]]:
    """What `load` has read, for each unit."""
    exports, *taken = results
    found: dict[str, list[Export]] = {}
    for export in exports.rows(Export):
        found.setdefault(export.unit_id, []).append(export)
    return [(found.get(unit_id, []), one.rows(Taken)) for unit_id, one in zip(unit_ids, taken, strict=True)]


def store(tenant_id: str, rendered: Sequence[Rendered], now: int) -> list[Statement]:
    """Store the bodies; rolls back (guard_failed) when any export was refreshed meanwhile."""
    texts = json_lists(rendered)
    return [one for text, count in texts for one in (sql(STORE, tenant_id, text, now), sql(ALL_STORED, count))]
