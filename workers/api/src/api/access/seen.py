"""Noting, after the answer, that a session or a key is in use: seldom enough that reading does not become writing."""

from api.access import repository
from api.access.repository import Principal
from api.core.commit import noted
from api.core.context import Context
from api.core.lifetimes import MOVED_EVERY, SEEN_EVERY
from propflow import audit, guards, outbox
from propflow.bindings.d1 import GuardFailed
from propflow.outbox import Destination


def note(ctx: Context, found: Principal) -> None:
    """A session at most every five minutes, a key too; a key that moved to another address also goes to the audit."""
    if ctx.caller.is_key:
        if is_due(found, ctx.ip, ctx.real_now):
            ctx.bindings.background(_key(ctx, found))
    elif ctx.real_now - (found.seen_at or 0) >= SEEN_EVERY:
        ctx.bindings.background(_session(ctx))


def is_due(found: Principal, ip: str, now: int) -> bool:
    """Whether a key's use is to be noted: what changes its address all the time is noted once a minute."""
    pause = SEEN_EVERY if found.last_ip == ip else MOVED_EVERY
    return found.seen_at is None or now - found.seen_at >= pause


async def _session(ctx: Context) -> None:
    await ctx.bindings.core.run(repository.session_seen(ctx.caller.credential, ctx.real_now))


async def _key(ctx: Context, found: Principal) -> None:
    statements = [
        repository.key_seen(ctx.tenant_id, ctx.caller.credential, found.seen_at, ctx.real_now, ctx.ip),
        guards.changed(),
    ]
    fact = None
    if found.seen_at is None or found.last_ip != ctx.ip:
        before = None if found.last_ip is None else {"ip": found.last_ip}
        fact = noted(ctx, "key.used", ctx.caller.credential_id, before=before, after={"ip": ctx.ip})
        statements.append(outbox.record(fact.message, Destination.AUDIT, now=ctx.real_now, audit=fact.audit))
    try:
        await ctx.bindings.core.batch(statements)
    except GuardFailed:  # another request noted it
        return
    if fact is not None:
        await audit.copy_one(ctx.bindings.core, ctx.bindings.audit, fact.message, fact.audit, ctx.real_now)
