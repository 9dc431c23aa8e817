"""Taking nights of several units at once, all or none. The database judges, so one lock is enough for order."""

from collections.abc import Sequence
from functools import partial

import msgspec

from api.core.commit import Fact, commit, in_order
from api.core.context import Context
from api.edge.answers import Answer
from api.occupancies import changes, repository
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import persist
from api.occupancies.views import Blocking, BlockingOne
from propflow.bindings.d1 import Statement


async def take(
    ctx: Context,
    answer: Answer,
    wanted: Sequence[OccupancyRow],
    statements: Sequence[Statement],
    facts: Sequence[Fact],
    *,
    own: Sequence[str] = (),
) -> Answer:
    """Commit statements that occupy these ranges, or raise Conflict with the evidence for each of them.

    All attempts on the same units wait in the line of the same one, the first by id. `own` are more occupancies that
    are in nobody's way, because the statements move them away.
    """
    units = sorted({one.unit_id for one in wanted})
    expire = [changes.expire_holds(ctx.tenant_id, units, ctx.now)]
    attempt = partial(commit, ctx, answer, statements, facts, unit_id=units[0])
    lapse = partial(in_order, ctx.bindings, ctx.tenant_id, units[0], expire)
    return await persist(attempt, lapse, partial(in_the_way, ctx, wanted, own))


async def in_the_way(ctx: Context, wanted: Sequence[OccupancyRow], away: Sequence[str] = ()) -> list[BlockingOne]:
    """What stands in the way of others: what is to move away itself is in nobody's way."""
    results = await ctx.bindings.core.batch([
        repository.blocking(ctx.tenant_id, one.unit_id, one.start_date, one.end_date, ctx.now) for one in wanted
    ])  # fmt: skip
    own = {*away, *(one.id for one in wanted)}
    return [
        BlockingOne(index=index, **msgspec.structs.asdict(found))
        for index, result in enumerate(results)
        for found in result.rows(Blocking)
        if found.occupancy_id not in own
    ]
