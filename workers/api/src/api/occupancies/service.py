"""Taking nights of a unit: the database judges, and a refusal names what stands in the way."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from api.core import idempotency, kept_answers
from api.core.commit import Fact, commit, in_order
from api.core.context import Context
from api.core.idempotency import Replayed, Stored
from api.edge.answers import Answer
from api.edge.errors import problem_of
from api.occupancies import ranges, repository
from api.occupancies.errors import unit_not_active, unit_unavailable
from api.occupancies.repository import OccupancyRow
from api.occupancies.views import Blocking
from propflow.bindings.d1 import ConstraintFailed, Statement
from propflow.errors import AppError

Refusal = TypeVar("Refusal", bound=AppError)
ATTEMPTS = 3  # the blocking row may vanish between the refusal and the look at it


async def take(
    ctx: Context,
    answer: Answer,
    occupancy: OccupancyRow,
    statements: Sequence[Statement],
    fact: Fact,
    *,
    wake_at: int | None = None,
) -> Answer:
    """Commit statements that occupy a unit's nights, or raise Conflict with the evidence."""
    return await take_all(ctx, answer, [occupancy], statements, fact, wake_at=wake_at)


async def take_all(
    ctx: Context,
    answer: Answer,
    wanted: Sequence[OccupancyRow],
    statements: Sequence[Statement],
    fact: Fact,
    *,
    wake_at: int | None = None,
) -> Answer:
    """The same for several ranges of one unit, all or none."""
    unit_id = wanted[0].unit_id
    expire = [repository.expire_holds(ctx.tenant_id, unit_id, ctx.now)]
    attempt = partial(commit, ctx, answer, statements, fact, unit_id=unit_id, wake_at=wake_at)
    lapse = partial(in_order, ctx.bindings, ctx.tenant_id, unit_id, expire)
    return await persist(attempt, lapse, partial(in_the_way, ctx, wanted))


async def persist(
    attempt: Callable[[], Awaitable[Answer]],
    lapse: Callable[[], Awaitable[object]],
    evidence: Callable[[], Awaitable[Sequence[Blocking]]],
) -> Answer:
    """Commit statements that occupy nights, or raise Conflict with the evidence.

    Holds that have run out are closed when nothing else is in the way: then the database refused for their sake. Mostly
    there is none, and a commit that looked for them first would read two rows more. They are closed in a commit of
    their own, because a stay of a channel may wait for their nights: then it has them, and is what is in the way.
    """
    conflicts = list[Blocking]()
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except ConstraintFailed as refused:
            if refused.name == "unit_not_active":
                raise unit_not_active() from None
            if refused.name != "unit_overlap":
                raise
        conflicts = list(await evidence())
        if conflicts:
            break
        await lapse()
    raise unit_unavailable(conflicts)


async def in_the_way(ctx: Context, wanted: Sequence[OccupancyRow]) -> list[Blocking]:
    """What stands in the way of others: nobody is in one's own way, also when one's nights are to move."""
    unit_id = wanted[0].unit_id
    if len(wanted) == 1:
        statement = repository.blocking(ctx.tenant_id, unit_id, wanted[0].start_date, wanted[0].end_date, ctx.now)
    else:
        statement = ranges.blocking_any(ctx.tenant_id, unit_id, wanted, ctx.now)
    own = {one.id for one in wanted}
    found = (await ctx.bindings.core.run(statement)).rows(Blocking)
    return [one for one in found if one.occupancy_id not in own]


async def remembered(ctx: Context, refusal: Refusal) -> Refusal:
    """Store a refusal under the request's idempotency key: the same key gives the same answer.

    Raises Replayed when a twin of this request has answered already: what it did is why we were refused.
    """
    if ctx.key is not None:
        answer = problem_of(refusal, ctx.request_id)
        kept = await kept_answers.keep(ctx.bindings, ctx.tenant_id, answer, ctx.real_now)
        statements = idempotency.remember_failure(ctx.caller, ctx.key, answer, kept, ctx.real_now)
        stored = (await ctx.bindings.core.batch(statements))[-1].one(Stored)
        if stored is not None and not idempotency.is_ours(stored, answer, kept):
            raise Replayed(await kept_answers.replay(ctx.bindings, ctx.tenant_id, stored, ctx.key))
    return refusal
