"""Taking nights of several units at once, all or none. The database judges, so one lock is enough for order."""

from collections.abc import Sequence

import msgspec

from api.answers import Answer
from api.commit import Fact, commit
from api.context import Context
from api.occupancies import changes, repository
from api.occupancies.errors import unit_unavailable
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import ATTEMPTS
from api.occupancies.views import Blocking, BlockingOne
from api.units.errors import unit_not_active
from propflow.bindings.d1 import ConstraintFailed, Statement


async def take(
    ctx: Context,
    answer: Answer,
    wanted: Sequence[OccupancyRow],
    statements: Sequence[Statement],
    facts: Sequence[Fact],
) -> Answer:
    """Commit statements that occupy these ranges, or raise Conflict with the evidence for each of them.

    All attempts on the same units wait in the line of the same one, the first by id.
    """
    units = sorted({one.unit_id for one in wanted})
    batch = [changes.expire_holds(ctx.tenant_id, units, ctx.now), *statements]
    conflicts: list[BlockingOne] = []
    for _ in range(ATTEMPTS):
        try:
            return await commit(ctx, answer, batch, facts, unit_id=units[0])
        except ConstraintFailed as refused:
            if refused.name == "unit_not_active":
                raise unit_not_active() from None
            if refused.name != "unit_overlap":
                raise
        conflicts = await _blocking(ctx, wanted)
        if conflicts:
            break
    raise unit_unavailable(conflicts)


async def _blocking(ctx: Context, wanted: Sequence[OccupancyRow]) -> list[BlockingOne]:
    """What stands in the way of others: what is to move away itself is in nobody's way."""
    results = await ctx.bindings.core.batch([
        repository.blocking(ctx.tenant_id, one.unit_id, one.start_date, one.end_date, ctx.now) for one in wanted
    ])  # fmt: skip
    own = {one.id for one in wanted}
    return [
        BlockingOne(index=index, **msgspec.structs.asdict(found))
        for index, result in enumerate(results)
        for found in result.rows(Blocking)
        if found.occupancy_id not in own
    ]
