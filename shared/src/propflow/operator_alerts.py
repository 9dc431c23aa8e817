"""What operators should look at: written where it is noticed, in the batch under way, and told by the api Worker."""

from propflow.bindings.d1 import Statement, Value, sql

RAISE = """
INSERT INTO operator_alerts (kind, subject, tenant_id, detail, first_at, last_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE ({when})
ON CONFLICT (kind, subject) DO UPDATE SET
  tenant_id = excluded.tenant_id, detail = excluded.detail, last_at = excluded.last_at, times = times + 1,
  first_at = CASE WHEN resolved_at IS NULL THEN first_at ELSE excluded.first_at END,
  told_at = CASE WHEN resolved_at IS NULL THEN told_at END, resolved_at = NULL"""

# What lasts is noted again after a while, not at each look: the condition's own parameter is since when.
QUIET = "NOT EXISTS (SELECT 1 FROM operator_alerts WHERE kind = ?1 AND subject = ?2 AND last_at >= ?6)"


def notice(
    kind: str, subject: str, detail: str, now: int, tenant_id: str | None = None, when: str = "true", *params: Value
) -> Statement:
    """Note it, once for each kind and subject; what was resolved is open again.

    `subject` and `detail` carry no personal data. The condition's own parameters are numbered from ?6.
    """
    return sql(RAISE.format(when=when), kind, subject, tenant_id, detail, now, *params)
