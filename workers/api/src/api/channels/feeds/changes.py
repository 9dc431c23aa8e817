"""Feeds that change: another name, paused and resumed, another address, deleted."""

from functools import partial
from typing import Any, Literal

import msgspec

from api.channels.feeds import changes_repository, facts, repository, service
from api.channels.feeds.changes_repository import Nights, Removable
from api.channels.feeds.errors import changed_meanwhile, feed_not_found
from api.core.commit import commit
from api.core.context import Context
from api.core.days import today_in
from api.core.retry import retried
from api.edge.answers import Answer, answer
from api.edge.preconditions import check, stale
from propflow import guards, ids
from propflow.bindings.d1 import GuardFailed, Statement

Imported = Literal["keep", "release"]


async def change(ctx: Context, feed_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Change the version that the caller has seen. A new address, and a feed that goes on, is read at once."""
    before = await service.load(ctx, feed_id)
    check(if_match, before.version)
    url = fields.get("url")
    host = before.host if url is None else (await service.checked(ctx, url)).host
    after = msgspec.structs.replace(
        before, name=fields.get("name", before.name), status=fields.get("status", before.status), host=host,
        version=before.version + 1, updated_at=ctx.real_now,
    )  # fmt: skip
    resumed = (before.status, after.status) == ("paused", "active")
    if url is None and (before.name, before.status) == (after.name, after.status):
        return await commit(ctx, service.shown(ctx, before), [])
    if url is not None:
        after = msgspec.structs.replace(after, failures=0, error=None, unread=0)
    if url is not None or resumed:
        after = msgspec.structs.replace(after, next_due_at=ctx.real_now + service.FIRST_POLL)
    run_id = ids.new_id("run", ctx.real_now) if after.status == "active" and (url is not None or resumed) else None
    sealed = None if url is None else await service.sealed(ctx, url, before.id)
    statements = [changes_repository.change(ctx.tenant_id, before, after, sealed), guards.changed()]
    if url is not None:
        made_anew = facts.stale_exports(ctx, before.unit_id)
        statements += changes_repository.listed_again(before.id, made_anew, now=ctx.now, real=ctx.real_now)
    if run_id is not None:
        statements.append(repository.insert_run(ctx.tenant_id, before.id, run_id, ctx.real_now))
    fact = facts.changed(ctx, before, after, url is not None, run_id)
    try:
        return await commit(ctx, service.shown(ctx, after), statements, fact)
    except GuardFailed:
        raise stale() from None


async def delete(ctx: Context, feed_id: str, imported: Imported, if_match: str | None) -> Answer:
    """Delete a feed. Nights that were kept can be released later, by deleting it once more."""
    return await retried(partial(_delete, ctx, feed_id, imported, if_match), changed_meanwhile)


async def _delete(ctx: Context, feed_id: str, imported: Imported, if_match: str | None) -> Answer:
    """A run may end meanwhile."""
    feed = await _removable(ctx, feed_id, imported)
    if if_match is not None and feed.deleted_at is None:
        check(if_match, feed.version)
    nights = await _to_come(ctx, feed) if imported == "release" else []
    fact = facts.deleted(ctx, feed, imported, nights)
    return await commit(ctx, answer(204, None), _gone(ctx, feed, nights), fact, unit_id=feed.unit_id)


def _gone(ctx: Context, feed: Removable, nights: list[Nights]) -> list[Statement]:
    opened = changes_repository.release(ctx.tenant_id, feed.id, nights, ctx.now) if nights else []
    who = {"actor": ctx.caller.principal_id, "request_id": ctx.request_id}
    return [
        changes_repository.remove(ctx.tenant_id, feed, ctx.real_now), guards.changed(),
        *changes_repository.wait_no_more(ctx.tenant_id, feed), *opened,
        *changes_repository.settle(ctx.tenant_id, feed.id, **who, now=ctx.now),
    ]  # fmt: skip


async def _removable(ctx: Context, feed_id: str, imported: Imported) -> Removable:
    found = await ctx.bindings.core.run(changes_repository.removable(ctx.tenant_id, ctx.caller.properties, feed_id))
    feed = found.one(Removable)
    if feed is None or (feed.deleted_at is not None and imported == "keep"):
        raise feed_not_found()
    return feed


async def _to_come(ctx: Context, feed: Removable) -> list[Nights]:
    today = today_in(feed.time_zone, ctx.now)
    statement = changes_repository.to_come(ctx.tenant_id, ctx.caller.properties, feed, today)
    return (await ctx.bindings.core.run(statement)).rows(Nights)
