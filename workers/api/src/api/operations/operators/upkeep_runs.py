"""What the upkeep did, for operators to look at."""

from api.core.context import Anonymous
from api.edge.answers import Answer, instant, page
from api.operations.operators import upkeep_repository
from api.operations.operators.upkeep_repository import UpkeepRow
from api.operations.operators.views import UpkeepRun


async def list_all(ctx: Anonymous, after: str, job: str | None, failed_only: bool, limit: int) -> Answer:
    """A page, newest first."""
    found = await ctx.bindings.core.run(upkeep_repository.list_before(after, job, failed_only, limit + 1))
    rows = found.rows(UpkeepRow)
    return page([_view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


def _view(row: UpkeepRow) -> UpkeepRun:
    return UpkeepRun(
        id=row.id, job=row.job, rows=row.rows, error=row.error, started_at=instant(row.started_at),
        finished_at=instant(row.finished_at),
    )  # fmt: skip
