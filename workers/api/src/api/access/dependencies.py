"""What every route is given before it runs: bindings, the caller, and the idempotency key.

The credential and the idempotency record are read in one batch, the first round trip of a request.
"""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request

from api.access import callers, request_limits, seen
from api.access.costs import SPENDER, Spender
from api.access.credentials import COOKIE, DEVICE_COOKIE, DEVICE_HEADER, NO_CREDENTIAL, SAFE, Credential, credential_of
from api.access.permissions import Permission
from api.access.repository import Principal
from api.core import idempotency, kept_answers
from api.core.audit_notes import note
from api.core.context import RESTRICTED, Anonymous, Bindings, Context, Key
from api.core.idempotency import Replayed, Stored
from api.edge.headers import KeyUse
from propflow import log
from propflow.bindings.d1 import Result
from propflow.clock import day_of, now_ms
from propflow.errors import BadRequest, Unauthorized
from propflow.keyring import Keyring

LONGEST_DEVICE = 200  # characters of a User-Agent that are kept


def anonymous(request: Request) -> Anonymous:
    """For the routes that anybody may call."""
    refuse_unknown_filters(request)
    return Anonymous(
        bindings=request.scope["env"], request_id=request.scope["request_id"], now=now_ms(), ip=ip_of(request),
        device=device_of(request), known_as=known_as_of(request),
    )  # fmt: skip


def Allowed(permission: Permission, *, key: KeyUse = "honoured") -> Any:  # noqa: N802  reads as the type it stands in
    """The dependency of a route: `ctx: Annotated[Context, Allowed("bookings:read")]`.

    `key` tells the API's description what the use case does with an Idempotency-Key; a test compares the two.
    """

    async def caller(request: Request) -> Context:
        return await authenticate(request, permission)

    caller.permission = permission  # type: ignore[attr-defined]  # for the test that every route declares one
    caller.key = key  # type: ignore[attr-defined]
    return Depends(caller)


async def authenticate(request: Request, permission: Permission) -> Context:
    """Who calls, whether they may, and, for a known idempotency key, the answer from the record.

    Whoever is known is charged before anything else, for what is refused and what is replayed as well.
    """
    refuse_unknown_filters(request)
    bindings: Bindings = request.scope["env"]
    now, ip = now_ms(), ip_of(request)
    known: Principal | None = None
    try:
        credential = credential_of(
            request.method, request.headers.get("authorization", ""), request.cookies.get(COOKIE),
            is_own_origin(request, bindings.settings.APP_BASE_URL),
        )  # fmt: skip
        key = await _idempotency_key(request, bindings.settings.JWT_SIGNING_KEY)
        request_limits.refuse_early(bindings, credential, request.method, request.url.path, ip, now)
        found = await _look_up(bindings, credential, key, now)
        known = found[0].one(Principal)
        caller, principal = callers.identify(credential, known, ip)
    except Unauthorized as refused:
        if refused.code != NO_CREDENTIAL:
            await request_limits.charge_failure(bindings, ip, now)
        if known is not None:  # a key in the wrong place: somebody else may have it
            key_id = known.credential_id
            bindings.background(note(anonymous(request), [known.tenant_id], "key.refused", key_id, actor=key_id))
        raise
    log.bind(tenant_id=caller.tenant_id, principal_id=caller.principal_id)
    if caller.mode == "live":
        request.scope[SPENDER] = Spender(caller.tenant_id, day_of(now))
    request.scope[RESTRICTED] = caller.property_ids is not None
    await request_limits.charge(bindings, credential, principal, request.method, request.url.path, now)
    callers.check(caller, principal, permission, bindings.settings.APP_BASE_URL)
    context = Context(
        bindings=bindings, caller=caller, request_id=request.scope["request_id"],
        now=now if caller.clock_at is None else caller.clock_at, real_now=now, ip=ip, device=device_of(request),
        known_as=known_as_of(request), key=key,
    )  # fmt: skip
    seen.note(context, principal)
    return context if key is None else await _first_time(context, key, found[1])


async def _idempotency_key(request: Request, secret: str) -> Key | None:
    header = request.headers.get("idempotency-key")
    if header is None or request.method in SAFE:
        return None
    return idempotency.read_key(
        Keyring.parse(secret), header, request.method, request.url.path, await request.body(),
        request.query_params.multi_items(), request.headers.get("if-match"),
    )  # fmt: skip


async def _look_up(bindings: Bindings, credential: Credential, key: Key | None, now: int) -> list[Result]:
    lookups = [callers.find(credential, now)]
    if key is not None:
        lookups.append(idempotency.find_first(credential.hash, credential.is_key, key))
    return await bindings.core.batch(lookups)


async def _first_time(context: Context, key: Key, result: Result) -> Context:
    """The context of a request that was not carried out before; raises Replayed with the answer of one that was."""
    stored = result.one(Stored)
    if stored is None:
        return context
    if not idempotency.is_expired(stored, context.real_now):
        raise Replayed(await kept_answers.replay(context.bindings, context.tenant_id, stored, key))
    return msgspec.structs.replace(context, key=msgspec.structs.replace(key, expired=True))


def ip_of(request: Request) -> str:
    """The client's address, as Cloudflare saw it."""
    return str(request.headers.get("cf-connecting-ip", "unknown"))


def device_of(request: Request) -> str:
    """What the client says it is, as one line."""
    return " ".join(request.headers.get("user-agent", "").split())[:LONGEST_DEVICE]


def known_as_of(request: Request) -> str:
    """The tokens of a known device: a browser keeps them as a cookie, another client sends the header."""
    return str(request.headers.get(DEVICE_HEADER) or request.cookies.get(DEVICE_COOKIE, ""))


def session_of(request: Request) -> Credential | None:
    """The session of whoever happens to be signed in, on a route that anybody may call."""
    authorization, cookie = request.headers.get("authorization", ""), request.cookies.get(COOKIE)
    if not authorization and not cookie:
        return None
    app_url = request.scope["env"].settings.APP_BASE_URL
    found = credential_of(request.method, authorization, cookie, is_own_origin(request, app_url))
    return None if found.is_key else found


def is_own_origin(request: Request, app_url: str) -> bool:
    """Whether a page of the application made the request."""
    own = {app_url.rstrip("/"), f"{request.url.scheme}://{request.url.netloc}"}
    return request.headers.get("origin") in own


def refuse_unknown_filters(request: Request) -> None:
    """A misspelt filter must not silently return everything."""
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise BadRequest("unknown_parameter", f"There is no query parameter called {unknown[0]!r}.", param=unknown[0])


Anyone = Annotated[Anonymous, Depends(anonymous)]
