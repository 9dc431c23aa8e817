"""Whether the person of a session is there themselves: asked before what cannot be taken back alone."""

from api.accounts import facts, limits
from api.accounts.passwords import verify_password
from api.accounts.repository import Person
from api.context import Context
from api.sessions.repository import SessionRow
from api.tenants.errors import password_required, sign_in_again, wrong_password
from propflow import log
from propflow.clock import MINUTE
from propflow.keyring import Keyring

FRESH = 10 * MINUTE  # how recently who has no password must have signed in


async def require(ctx: Context, person: Person, session: SessionRow | None, password: str | None) -> None:
    """The password again; raises Unprocessable, Forbidden, or LimitExceeded before anything is hashed."""
    if person.password_hash is None:
        if session is None or session.created_at < ctx.now - FRESH:
            raise sign_in_again()
        return
    if password is None:
        raise password_required()
    await limits.check_person(ctx, person.id)
    keyring = Keyring.parse(ctx.bindings.settings.SESSION_ENC_KEY)
    if not (await verify_password(keyring, password, person.password_hash)).matches:
        log.info("presence.refused", user_id=person.id)
        refused = facts.note(ctx, [ctx.tenant_id], "presence.refused", person.id, actor=person.id)
        ctx.bindings.background(refused)
        raise wrong_password()
