"""Whether an id token is Google's, for us, now, and for the sign-in that was begun."""

from api.core.context import Anonymous, Context
from api.people.google import jwt, rules
from api.people.google.errors import invalid_token, unreachable
from api.people.google.keys import keys_at
from api.people.google.rules import Identity
from propflow import log
from propflow.bindings.crypto import verify_rs256
from propflow.errors import Unauthorized


async def verify(ctx: Anonymous | Context, text: str, nonce: str) -> Identity:
    """Who it is; raises Unauthorized, or Unavailable when Google's keys cannot be had. Writes nothing."""
    try:
        token = jwt.parse(text)
    except jwt.Malformed as malformed:
        raise _refused(str(malformed)) from None
    settings = ctx.bindings.settings
    key = await keys_at(settings.GOOGLE_KEYS_URL).find(token.kid, ctx.now)
    if key is None:
        raise _refused("kid")
    try:
        signed = await verify_rs256(key, token.signed, token.signature)
    except ValueError as broken:
        log.exception("google.key_broken", broken)
        raise unreachable() from None
    if not signed:
        raise _refused("signature")
    reason = rules.refused(token.claims, client_id=settings.GOOGLE_CLIENT_ID, nonce=nonce, now=ctx.now)
    if reason is not None:
        raise _refused(reason)
    return rules.identity(token.claims)


def _refused(reason: str) -> Unauthorized:
    log.warning("google.token_refused", reason=reason)
    return invalid_token(reason)
