"""How large the databases are, how they grow, and through whom. Every answer of D1 tells the size of its database."""

from api.core.context import Anonymous, Bindings
from api.edge.answers import Answer, answer
from api.operations.operators import storage_repository as repository
from api.operations.operators.storage_repository import SizeRow, TenantRow
from api.operations.operators.storage_rules import LARGEST, alarms
from api.operations.operators.views import DatabaseSize, DaySize, Storage, TenantGrowth
from propflow import operator_alerts
from propflow.bindings.d1 import Result, Statement
from propflow.clock import DAY, day_of

DATABASES = ("core", "audit")
SHOWN = 30  # days
WEEK = 7
MOST_TENANTS = 20


async def show(ctx: Anonymous) -> Answer:
    """The databases by day, and the tenants whose requests wrote most rows in the last seven days."""
    since = day_of(ctx.now - SHOWN * DAY)
    *found, tenants = await ctx.bindings.core.batch([
        *(repository.days(name, since) for name in DATABASES),
        repository.tenants(day_of(ctx.now - (WEEK - 1) * DAY), MOST_TENANTS),
    ])  # fmt: skip
    databases = [
        DatabaseSize(
            database=name, bytes=size, limit=LARGEST,
            days=[DaySize(day=row.day, bytes=row.bytes) for row in days.rows(SizeRow)],
        )
        for name, size, days in zip(DATABASES, await _sizes(ctx.bindings, tenants), found, strict=True)
    ]  # fmt: skip
    writers = [
        TenantGrowth(
            tenant_id=row.tenant_id, rows_written=row.rows_written, answer_bytes=row.answer_bytes,
            storage_bytes=row.storage_bytes,
        )
        for row in tenants.rows(TenantRow)
    ]  # fmt: skip
    return answer(200, Storage(databases=databases, tenants=writers))


async def measure(bindings: Bindings, now: int) -> int:
    """Note the sizes of today, and what operators should look at. Returns how many rows that wrote."""
    yesterday = day_of(now - DAY)
    found = await bindings.core.batch([repository.days(name, yesterday) for name in DATABASES])
    statements: list[Statement] = []
    for name, size, days in zip(DATABASES, await _sizes(bindings, found[0]), found, strict=True):
        before = {row.day: row.bytes for row in days.rows(SizeRow)}
        statements += _noted(name, size, before, now)
    done = await bindings.core.batch(statements)
    return sum(one.meta.changes for one in done)


def _noted(name: str, size: int, before: dict[str, int], now: int) -> list[Statement]:
    today, yesterday = day_of(now), day_of(now - DAY)
    raised = [
        operator_alerts.notice(kind, subject, detail, now, None, operator_alerts.QUIET, now - DAY)
        for kind, subject, detail in alarms(name, size, before.get(yesterday), today)
    ]
    return [repository.note(name, today, size), *raised]


async def _sizes(bindings: Bindings, of_core: Result) -> tuple[int, int]:
    """Bytes of each of DATABASES; `of_core` is any answer of the first."""
    return of_core.meta.size_after, (await bindings.audit.run(repository.anything())).meta.size_after
