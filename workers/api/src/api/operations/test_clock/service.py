"""The clock of a test space: moving it carries out what would have happened meanwhile."""

import msgspec

from api.channels.feeds import repository as feeds
from api.core.commit import commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, instant_or_none
from api.occupancies import changes
from api.operations.test_clock import repository
from api.operations.test_clock.errors import changed_meanwhile, test_space_only
from api.operations.test_clock.rules import check_move
from api.operations.test_clock.views import TestClock
from propflow import guards
from propflow.bindings.d1 import GuardFailed
from propflow.events import Event


async def show(ctx: Context) -> Answer:
    """What time it is for the space."""
    _require_space(ctx)
    return answer(200, _view(ctx, ctx.caller.clock_at))


async def move(ctx: Context, to: int) -> Answer:
    """Let the time of the space stand still at an instant, and close the holds that have run out by then."""
    _require_space(ctx)
    check_move(to, ctx.now, ctx.real_now)
    if to == ctx.caller.clock_at:
        return await commit(ctx, answer(200, _view(ctx, to)), [])
    return await _put(ctx, "test_clock.moved", to, to)


async def remove(ctx: Context) -> Answer:
    """Let the real time count again. A hold that it has overtaken is over at once, and one from the future as well."""
    _require_space(ctx)
    if not ctx.is_clocked:
        return await commit(ctx, answer(204, None), [])
    return await _put(ctx, "test_clock.removed", None, ctx.real_now)


async def _put(ctx: Context, action: str, clock_at: int | None, now: int) -> Answer:
    before = ctx.caller.clock_at
    then = msgspec.structs.replace(ctx, now=now)  # the events of the move happen when it has been made
    statements = [
        repository.move(ctx.tenant_id, before, clock_at), guards.changed(),
        changes.expire_all_holds(ctx.tenant_id, now),
    ]  # fmt: skip
    if clock_at is None:
        statements += [changes.expire_future_holds(ctx.tenant_id, now), *feeds.back_to(ctx.tenant_id, now)]
    changed, previous = ({"frozen_time": instant_or_none(at)} for at in (clock_at, before))
    event = Event(type=action, object_id=ctx.tenant_id, changed=changed, previous=previous)
    fact = noted(then, action, ctx.tenant_id, before=previous, after=changed)
    fact = msgspec.structs.replace(fact, events=(event,))
    made = answer(204, None) if clock_at is None else answer(200, _view(then, clock_at))
    try:
        return await commit(then, made, statements, fact)
    except GuardFailed:
        raise changed_meanwhile() from None


def _require_space(ctx: Context) -> None:
    if ctx.caller.mode != "test":
        raise test_space_only()


def _view(ctx: Context, clock_at: int | None) -> TestClock:
    return TestClock(now=instant(ctx.now), frozen_time=instant_or_none(clock_at))
