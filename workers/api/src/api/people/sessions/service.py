"""Sessions: start, list, end."""

import msgspec

from api.core.commit import commit, noted
from api.core.context import Anonymous, Context
from api.core.lifetimes import SESSION_LIFE
from api.edge.answers import Answer, answer, instant, page
from api.people.sessions import repository
from api.people.sessions.errors import session_not_found
from api.people.sessions.repository import Count, SessionRow
from api.people.sessions.views import Revoked, Session, SessionToken
from propflow import guards, ids
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import GuardFailed, Statement

NO_CONTENT = Answer(status=204, body="")


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A new token and the statements that make it valid: they fail as `guard_failed` for who may not have it."""

    token: str
    expires_at: int
    statements: list[Statement]

    def view(self) -> SessionToken:
        """The token, to be shown once."""
        return SessionToken(token=self.token, expires_at=instant(self.expires_at))


def start(ctx: Anonymous, tenant_id: str, user_id: str) -> Started:
    """A session of its own. Whatever token the request came with is neither taken over nor ended."""
    token = ids.new_token()
    row = SessionRow(
        token_hash=sha256(token), id=ids.new_id("ses", ctx.now), tenant_id=tenant_id, device=ctx.device, ip=ctx.ip,
        created_at=ctx.now, last_seen_at=ctx.now, expires_at=ctx.now + SESSION_LIFE,
    )  # fmt: skip
    return Started(
        token=token, expires_at=row.expires_at, statements=[repository.insert(row, user_id), guards.changed()]
    )


def renew(ctx: Context, current: SessionRow, tenant_id: str) -> Started:
    """Another token for the session of this request, after a change of privilege."""
    token = ids.new_token()
    statement = repository.renew(current.token_hash, sha256(token), tenant_id, ctx.now)
    return Started(token=token, expires_at=current.expires_at, statements=[statement, guards.changed()])


async def log_out(ctx: Context) -> None:
    """End the session that the request was made with, at once."""
    statement = repository.end(ctx.caller.principal_id, ctx.caller.credential_id)
    await commit(ctx.without_key(), NO_CONTENT, [statement], noted(ctx, "session.ended", _id(ctx)))


async def list_all(ctx: Context, after: str, limit: int) -> Answer:
    """Where one is signed in, in all organisations."""
    found = await ctx.bindings.core.run(repository.of_user(ctx.caller.principal_id, ctx.now, after, limit + 1))
    rows = found.rows(SessionRow)
    return page([_view(ctx, row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def revoke(ctx: Context, session_id: str) -> Answer:
    """End one of one's own sessions; somebody else's is the same 404 as none."""
    statements = [repository.end(ctx.caller.principal_id, session_id), guards.changed()]
    try:
        return await commit(ctx, NO_CONTENT, statements, noted(ctx, "session.revoked", session_id))
    except GuardFailed:
        raise session_not_found() from None


async def revoke_others(ctx: Context) -> Answer:
    """End all of one's sessions but this one."""
    user_id, credential = ctx.caller.principal_id, ctx.caller.credential
    count = (await ctx.bindings.core.run(repository.count_others(user_id, credential, ctx.now))).one(Count)
    number = count.number if count else 0
    fact = noted(ctx, "session.others_revoked", user_id, revoked=number)
    made = answer(200, Revoked(revoked=number))
    return await commit(ctx, made, [repository.end_others(user_id, credential)], fact)


def _id(ctx: Context) -> str:
    return ctx.caller.credential_id


def _view(ctx: Context, row: SessionRow) -> Session:
    return Session(
        id=row.id, tenant_id=row.tenant_id, device=row.device, ip=row.ip, current=row.id == _id(ctx),
        created_at=instant(row.created_at), last_seen_at=instant(row.last_seen_at), expires_at=instant(row.expires_at),
    )  # fmt: skip
