"""Whether the person of a session is there themselves: asked before what cannot be taken back alone.

Asked of everybody (`require`), or of who has not signed in or repeated the password lately (`require_lately`).
"""

from api.core import audit_notes
from api.core.context import Context
from api.people.identity import limits
from api.people.identity import repository as accounts
from api.people.identity.errors import password_required, sign_in_again, wrong_password
from api.people.identity.passwords import Hashing, verify_password
from api.people.identity.repository import Person
from api.people.sessions import repository as sessions
from api.people.sessions.repository import SessionRow
from propflow import log
from propflow.bindings.d1 import Statement
from propflow.clock import MINUTE
from propflow.errors import Unauthorized

FRESH = 10 * MINUTE  # how recently who has no password must have signed in
LATELY = 15 * MINUTE  # for how long having signed in, or having repeated the password, says that one is there


async def require(ctx: Context, person: Person, session: SessionRow | None, password: str | None) -> None:
    """The password again; raises Unprocessable, Forbidden, or LimitExceeded before anything is hashed."""
    if person.password_hash is None:
        if session is None or session.created_at < ctx.now - FRESH:
            raise sign_in_again()
        return
    if password is None:
        raise password_required()
    await limits.check_person(ctx, person.id)
    how = Hashing.of(ctx.bindings.settings)
    if not (await verify_password(how, person.email, password, person.password_hash)).matches:
        log.info("presence.refused", user_id=person.id)
        refused = audit_notes.note(ctx, [ctx.tenant_id], "presence.refused", person.id, actor=person.id)
        ctx.bindings.background(refused)
        raise wrong_password()


async def require_lately(ctx: Context, password: str | None) -> list[Statement]:
    """The password again, unless one was there lately; the statements that remember that it was given."""
    found = await ctx.bindings.core.batch([
        accounts.by_id(ctx.caller.principal_id), sessions.get(ctx.caller.credential, ctx.real_now),
    ])  # fmt: skip
    person, session = found[0].one(Person), found[1].one(SessionRow)
    if person is None or session is None:
        raise Unauthorized("session_ended", "The session has ended. Log in again.")
    if (session.confirmed_at or session.created_at) >= ctx.real_now - LATELY:
        return []
    await require(ctx, person, session, password)
    return [sessions.confirm(ctx.caller.credential, ctx.real_now)]
