"""Statements about quotes."""

import msgspec

from api.core.restriction import of_unit
from propflow.bindings.d1 import Statement, sql
from propflow.clock import DAY, tenant_now

KEPT = 30 * DAY  # after its end

GET = f"""
SELECT id, unit_id, check_in, check_out, guests, total_amount, currency, lines, expires_at, sale
FROM quotes WHERE tenant_id = ?1 AND id = ?2 AND {of_unit("quotes", "?3")}"""
INSERT = """
INSERT INTO quotes (tenant_id, id, unit_id, check_in, check_out, guests, total_amount, currency, lines, expires_at,
                    created_at, sale)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"""
# A quote ends by the clock of its tenant, so one whose clock stands in the past keeps what is long over for others. The
# real time bounds the walk all the same: it is what the index is asked for.
EXPIRE = f"""
DELETE FROM quotes WHERE (tenant_id, id) IN (
  SELECT q.tenant_id, q.id FROM quotes AS q
  WHERE q.expires_at <= ?1 - {KEPT} AND q.expires_at <= {tenant_now("q.tenant_id", "?1")} - {KEPT} LIMIT ?2)"""


class QuoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `lines` and `sale`, which old rows do not have, are JSON."""

    id: str
    unit_id: str
    check_in: str
    check_out: str
    guests: int
    total_amount: int
    currency: str
    lines: str
    expires_at: int
    sale: str | None = None


def get(tenant_id: str, properties: str | None, quote_id: str) -> Statement:
    """One quote for a unit that the caller sees, as `QuoteRow`."""
    return sql(GET, tenant_id, quote_id, properties)


def insert(tenant_id: str, row: QuoteRow, now: int) -> Statement:
    """A new quote."""
    return sql(
        INSERT, tenant_id, row.id, row.unit_id, row.check_in, row.check_out, row.guests, row.total_amount,
        row.currency, row.lines, row.expires_at, now, row.sale,
    )  # fmt: skip


def expire(now: int, limit: int) -> Statement:
    """Forget quotes that ended 30 days ago by the clock of their tenant, a bounded number at a time; `now` is real."""
    return sql(EXPIRE, now, limit)
