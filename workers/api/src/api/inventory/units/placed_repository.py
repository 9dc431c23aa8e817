"""Statements about entries of calendars that somebody placed in a unit of ours: they take its nights."""

from propflow.bindings.d1 import Statement, sql

# Of what was moved to a unit that is put away, what has no nights there that still matter. Runs in flight begin anew.
_AWAY = """
FROM feeds AS f
CROSS JOIN feed_events AS e INDEXED BY feed_events_moved
  ON e.tenant_id = ?1 AND e.feed_id = f.id AND e.moved_to = ?2 AND e.state NOT IN ('conflict', 'waiting')
  AND (e.state <> 'imported' OR e.end_date >= ?3)
WHERE f.tenant_id = ?1"""


COUNT_WORDS_AWAY = f"UPDATE feeds SET words = words + 1 WHERE tenant_id = ?1 AND id IN (SELECT f.id {_AWAY})"


BRING_HOME = f"""
UPDATE feed_events SET moved_to = NULL, updated_at = max(CAST(?4 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND (feed_id, uid) IN (SELECT e.feed_id, e.uid {_AWAY})"""


def bring_home(tenant_id: str, unit_id: str, today: str, now: int) -> list[Statement]:
    """What was moved to a unit that is put away comes back to the unit of its feed, if it comes back."""
    return [sql(COUNT_WORDS_AWAY, tenant_id, unit_id, today), sql(BRING_HOME, tenant_id, unit_id, today, now)]
