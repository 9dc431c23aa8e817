"""Both ways of signing in with Google: through the browser, and with an id token that a client has."""

import hmac
from typing import NamedTuple

import msgspec

from api.core.context import Anonymous, Context
from api.edge.answers import Answer, answer, instant
from api.people.google import linking, provider, repository
from api.people.google.entrance import let_in
from api.people.google.errors import denied, not_configured, unknown_sign_in
from api.people.google.repository import SignIn
from api.people.google.verification import verify
from api.people.google.views import GoogleNonce, GoogleStart
from api.people.identity import limits
from propflow import ids, sealed
from propflow.bindings.crypto import sha256
from propflow.clock import MINUTE
from propflow.json_text import json_text
from propflow.keyring import Keyring

LIFE = 10 * MINUTE


class _Kept(msgspec.Struct, frozen=True):
    """What waits, sealed, for the browser to come back."""

    verifier: str
    return_to: str


class Started(NamedTuple):
    """`browser` is for the cookie alone: who comes back without it is another browser."""

    answer: Answer
    browser: str


class Finished(NamedTuple):
    """The answer of a log-in, and where the browser wanted to go."""

    answer: Answer
    return_to: str


async def start(ctx: Anonymous, return_to: str) -> Started:
    """Remember state, nonce and PKCE verifier, and tell where Google is.

    The state is the hash of the cookie, so that neither the address nor Google shows what the cookie holds.
    """
    await _check(ctx)
    browser, nonce, verifier = ids.new_token(), ids.new_token(), ids.new_token()
    state = state_of(browser)
    key = repository.state_key(state)
    kept = json_text(_Kept(verifier, return_to))
    sign_in = SignIn(nonce=nonce, verifier_sealed=await sealed.seal(_keyring(ctx), kept, key))
    await ctx.bindings.core.run(repository.insert(key, sign_in, ctx.now + LIFE))
    url = provider.authorization_url(ctx.bindings.settings, state=state, nonce=nonce, verifier=verifier)
    view = GoogleStart(authorization_url=url, expires_at=instant(ctx.now + LIFE))
    return Started(answer(200, view), browser)


async def finish(ctx: Anonymous, *, code: str, state: str, browser: str, refused: bool) -> Finished:
    """Google sent the browser back: exchange the code and let the person in. A state serves once, come what may."""
    await _check(ctx)
    if not browser or not hmac.compare_digest(state.encode(), state_of(browser).encode()):
        raise unknown_sign_in()
    key = repository.state_key(state)
    sign_in = (await ctx.bindings.core.run(repository.take(key, ctx.now))).one(SignIn)
    if sign_in is None:
        raise unknown_sign_in()
    if refused or not code:
        raise denied()
    try:
        kept = msgspec.json.decode(await sealed.open_sealed(_keyring(ctx), sign_in.verifier_sealed, key), type=_Kept)
    except sealed.SealBroken:
        raise unknown_sign_in() from None
    id_token = await provider.exchange(ctx.bindings.settings, code, kept.verifier)
    return Finished(await let_in(ctx, await verify(ctx, id_token, sign_in.nonce)), kept.return_to)


async def issue_nonce(ctx: Anonymous) -> Answer:
    """A nonce for a client that asks Google for an id token by itself."""
    await _check(ctx)
    nonce = ids.new_token()
    sign_in = SignIn(nonce=nonce, verifier_sealed="")
    await ctx.bindings.core.run(repository.insert(repository.nonce_key(nonce), sign_in, ctx.now + LIFE))
    return answer(200, GoogleNonce(nonce=nonce, expires_at=instant(ctx.now + LIFE)))


async def sign_in_with(ctx: Anonymous, *, id_token: str, nonce: str, tenant_name: str | None) -> Answer:
    """Let in whom the id token names. The nonce is spent in the batch that starts the session."""
    await _check(ctx)
    return await let_in(ctx, await verify(ctx, id_token, nonce), wished=tenant_name, nonce=nonce)


async def link(ctx: Context, *, id_token: str, nonce: str, password: str | None) -> Answer:
    """Link the Google account of an id token to the account of the session."""
    await _check(ctx)
    return await linking.link(ctx, await verify(ctx, id_token, nonce), nonce=nonce, password=password)


async def unlink(ctx: Context, password: str | None) -> Answer:
    """Unlink it again."""
    await _check(ctx)
    return await linking.unlink(ctx, password)


def state_of(browser: str) -> str:
    """The state that belongs to a cookie."""
    return sha256(f"google:{browser}")


async def _check(ctx: Anonymous | Context) -> None:
    """Before any work."""
    await limits.check_ip(ctx)
    if not ctx.bindings.settings.has_google:
        raise not_configured()


def _keyring(ctx: Anonymous) -> Keyring:
    return Keyring.parse(ctx.bindings.settings.SESSION_ENC_KEY)
