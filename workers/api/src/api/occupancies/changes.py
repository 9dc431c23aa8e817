"""Statements about occupancies that change their place, alone or several at once, over any number of units."""

from collections.abc import Iterable, Sequence

from api.occupancies import stays
from api.occupancies.repository import OccupancyRow
from propflow import guards
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text
from propflow.parts import json_lists

RELOCATE = """
UPDATE occupancies SET unit_id = ?3, start_date = ?4, end_date = ?5, updated_at = ?6
WHERE tenant_id = ?1 AND id = ?2 AND live = 1"""

# Only moving to a unit makes the database ask whether it is let, so this asks itself.
REVIVE = """
UPDATE occupancies SET live = 1, updated_at = ?3
WHERE tenant_id = ?1 AND id = ?2 AND live = 0 AND EXISTS (
  SELECT 1 FROM units AS u WHERE u.tenant_id = ?1 AND u.id = occupancies.unit_id AND u.status = 'active')"""

# Whatever of its nights was given back: the triggers judge.
RETAKE = """
UPDATE occupancies SET unit_id = ?3, start_date = ?4, end_date = ?5, live = 1, updated_at = ?6
WHERE tenant_id = ?1 AND id = ?2"""

RELEASE_HOLD = """
UPDATE occupancies SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND id = ?2 AND live = 1 AND kind = 'hold' AND expires_at > ?3"""

GIVE_WAY = """
UPDATE occupancies SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND live = 1 AND id IN (SELECT value FROM json_each(?2))"""
# First all give way, so that each is judged where it comes to, against the others where they have come to.
COME = """
UPDATE occupancies SET unit_id = ?3, live = 1, updated_at = ?4 WHERE tenant_id = ?1 AND id = ?2"""

# One after the other, so the trigger judges each against those before it as well.
INSERT_ALL = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, created_at,
                         updated_at)
SELECT ?1, value ->> 'id', value ->> 'unit_id', value ->> 'start_date', value ->> 'end_date', value ->> 'live',
  value ->> 'kind', value ->> 'ref_id', value ->> 'source', ?3, ?3
FROM json_each(?2)"""

EXPIRE_HOLDS_OF_UNITS = """
UPDATE occupancies INDEXED BY occupancies_next_expiry SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND live = 1 AND kind = 'hold' AND expires_at <= ?3
  AND unit_id IN (
    SELECT value FROM json_each(?2)
    UNION SELECT p.part_id FROM json_each(?2) AS j
    CROSS JOIN unit_parts AS p ON p.tenant_id = ?1 AND p.combined_id = j.value
  )"""

# One look at the index of holds for each unit, in the order of the units.
EXPIRE_ALL_HOLDS = """
UPDATE occupancies INDEXED BY occupancies_holds SET live = 0, updated_at = ?2
WHERE tenant_id = ?1 AND live = 1 AND kind = 'hold' AND expires_at <= ?2
  AND unit_id IN (SELECT id FROM units WHERE tenant_id = ?1)"""


# Its end becomes the instant at which it ended, or it would not have run out and nobody would be told. What follows it
# on the parts of its unit is closed with it.
EXPIRE_FUTURE_HOLDS = """
UPDATE occupancies INDEXED BY occupancies_holds SET live = 0, expires_at = ?2, updated_at = ?2
WHERE tenant_id = ?1 AND live = 1 AND kind = 'hold' AND created_at > ?2 AND main_id IS NULL
  AND unit_id IN (SELECT id FROM units WHERE tenant_id = ?1)"""


def relocate(tenant_id: str, occupancy_id: str, unit_id: str, start: str, end: str, now: int) -> Statement:
    """Another unit or another range, as long as the occupancy is live; put a guard behind it."""
    return sql(RELOCATE, tenant_id, occupancy_id, unit_id, start, end, now)


def revive(tenant_id: str, occupancy_id: str, now: int) -> Statement:
    """Take the nights again that were given back; put a guard behind it."""
    return sql(REVIVE, tenant_id, occupancy_id, now)


def retake(tenant_id: str, occupancy_id: str, unit_id: str, start: str, end: str, now: int) -> Statement:
    """All of its nights again, whether it has given some back or all; put a guard behind it."""
    return sql(RETAKE, tenant_id, occupancy_id, unit_id, start, end, now)


def release_hold(tenant_id: str, occupancy_id: str, now: int) -> Statement:
    """Give the nights of a hold back as long as it is one and has not run out; put a guard behind it."""
    return sql(RELEASE_HOLD, tenant_id, occupancy_id, now)


def exchange(tenant_id: str, rows: Sequence[OccupancyRow], now: int) -> list[Statement]:
    """Put live occupancies on the units that these rows name, all at once; fails as `guard_failed` when one is gone."""
    come = [sql(COME, tenant_id, row.id, row.unit_id, now) for row in rows]
    return at_once(tenant_id, [*_give_way(tenant_id, rows, now), *come], {row.unit_id for row in rows}, now)


def at_once(tenant_id: str, statements: Sequence[Statement], unit_ids: Iterable[str], now: int) -> list[Statement]:
    """Nights of these units that are open for a moment within these statements are nobody's until the last of them."""
    return [
        stays.hold_back(tenant_id), *statements, stays.let_go(tenant_id),
        stays.settle(tenant_id, sorted(set(unit_ids)), now),
    ]  # fmt: skip


def rearrange(
    tenant_id: str, had: Sequence[OccupancyRow], wanted: Sequence[OccupancyRow], now: int
) -> list[Statement]:  # fmt: skip
    """Give what has these nights those others, within `at_once`; fails as `guard_failed` when one of them is gone.

    Who is in both is moved, who is only wanted is new, and who is not wanted any more has no nights. Who only gives
    nights up stays where it is, so nobody asks whether that unit is still let.
    """
    shorter = [row for row in wanted if row not in had and any(_within(row, one) for one in had)]
    coming = [row for row in wanted if row not in had and row not in shorter]
    staying = {row.id for row in shorter}
    leaving = [row for row in had if row not in wanted and row.id not in staying]
    known = {row.id for row in leaving}
    return [
        *_shorten(tenant_id, shorter, now),
        *_give_way(tenant_id, leaving, now),
        *(
            retake(tenant_id, row.id, row.unit_id, row.start_date, row.end_date, now)
            for row in coming if row.id in known
        ),
        *insert_all(tenant_id, [row for row in coming if row.id not in known], now),
    ]  # fmt: skip


def _within(row: OccupancyRow, had: OccupancyRow) -> bool:
    same = (row.id, row.unit_id) == (had.id, had.unit_id)
    return same and had.start_date <= row.start_date and row.end_date <= had.end_date


def _shorten(tenant_id: str, rows: Sequence[OccupancyRow], now: int) -> list[Statement]:
    return [
        statement for row in rows for statement in (
            relocate(tenant_id, row.id, row.unit_id, row.start_date, row.end_date, now), guards.changed()
        )
    ]  # fmt: skip


def _give_way(tenant_id: str, rows: Sequence[OccupancyRow], now: int) -> list[Statement]:
    if not rows:
        return []
    ids = json_text([row.id for row in rows])
    return [sql(GIVE_WAY, tenant_id, ids, now), guards.changed_all(len(rows))]


def insert_all(tenant_id: str, rows: Iterable[OccupancyRow], now: int) -> list[Statement]:
    """Occupy ranges of several units, or only write down those that are not live. None of them expires."""
    return [sql(INSERT_ALL, tenant_id, text, now) for text, _ in json_lists(rows)]


def expire_holds(tenant_id: str, unit_ids: Sequence[str], now: int) -> Statement:
    """Close the holds of these units that have run out."""
    return sql(EXPIRE_HOLDS_OF_UNITS, tenant_id, json_text(unit_ids), now)


def expire_all_holds(tenant_id: str, now: int) -> Statement:
    """Close every hold of the tenant that has run out; it reads the tenant's units."""
    return sql(EXPIRE_ALL_HOLDS, tenant_id, now)


def expire_future_holds(tenant_id: str, now: int) -> Statement:
    """Close every hold of the tenant that was made after `now`, where time goes back; it reads the tenant's units."""
    return sql(EXPIRE_FUTURE_HOLDS, tenant_id, now)
