"""Statements about the archive of usage. It works through all tenants; each page belongs to one."""

import msgspec

from propflow.bindings.d1 import Statement, sql

# A month has at most one open page, and no more pages are opened than a run can write.
PLAN = """
INSERT INTO usage_archives (tenant_id, month, page, content, created_at)
SELECT due.tenant_id, due.month,
  (SELECT coalesce(max(a.page), 0) + 1 FROM usage_archives AS a
    WHERE a.tenant_id = due.tenant_id AND a.month = due.month),
  (SELECT json_group_array(json_object('day', day, 'meter', meter, 'amount', amount)) FROM (
    SELECT day, meter, amount FROM usage_days AS u
    WHERE u.tenant_id = due.tenant_id AND u.day >= due.month || '-01' AND u.day < due.month || '-32'
    ORDER BY day, meter LIMIT ?2)),
  CAST(?4 AS INTEGER)
FROM (
  SELECT DISTINCT u.tenant_id, substr(u.day, 1, 7) AS month FROM usage_days AS u INDEXED BY usage_days_by_day
  WHERE u.day < ?1 AND NOT EXISTS (SELECT 1 FROM usage_archives AS a
    WHERE a.tenant_id = u.tenant_id AND a.month = substr(u.day, 1, 7) AND a.archived_at IS NULL)
  LIMIT max(0, CAST(?3 AS INTEGER) - (SELECT count(*) FROM usage_archives WHERE archived_at IS NULL))
) AS due"""

OPEN = """
SELECT tenant_id, month, page, content FROM usage_archives WHERE archived_at IS NULL ORDER BY created_at LIMIT ?1"""

_CONTENT = "SELECT content FROM usage_archives WHERE tenant_id = ?1 AND month = ?2 AND page = ?3"
SUBTRACT = f"""
UPDATE usage_days SET amount = usage_days.amount - written.amount
FROM (SELECT value ->> 'day' AS day, value ->> 'meter' AS meter, value ->> 'amount' AS amount
  FROM json_each(({_CONTENT}))) AS written
WHERE usage_days.tenant_id = ?1 AND usage_days.day = written.day AND usage_days.meter = written.meter"""
DELETE = f"""
DELETE FROM usage_days WHERE tenant_id = ?1 AND amount = 0
AND (day, meter) IN (SELECT value ->> 'day', value ->> 'meter' FROM json_each(({_CONTENT})))"""
CLOSE = """
UPDATE usage_archives SET content = '[]', sha256 = ?4, archived_at = ?5
WHERE tenant_id = ?1 AND month = ?2 AND page = ?3 AND archived_at IS NULL"""


class PageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is not archived yet; `content` is a JSON list."""

    tenant_id: str
    month: str
    page: int
    content: str


def plan(kept_since: str, rows: int, pages: int, now: int) -> Statement:
    """Fix pages of at most `rows` days of months before `kept_since`, so that no more than `pages` are open."""
    return sql(PLAN, kept_since, rows, pages, now)


def open_pages(limit: int) -> Statement:
    """Pages to write, the oldest first, as `PageRow`."""
    return sql(OPEN, limit)


def archived(page: PageRow, sha256: str, now: int) -> list[Statement]:
    """Take what the page holds off its days, and close it. The second time this changes nothing."""
    where = (page.tenant_id, page.month, page.page)
    return [sql(SUBTRACT, *where), sql(DELETE, *where), sql(CLOSE, *where, sha256, now)]
