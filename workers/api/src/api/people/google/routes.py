"""`/v1/auth/google`, in two ways.

A browser: POST …/start, go to `authorization_url`, and Google sends it to …/callback, which sets the session cookie and
sends it on to the application: to `return_to`, or to `/login?error=<code>`. A cookie binds the way back to the browser
that began, so nobody can be signed in to somebody else's account.

A client that gets id tokens from Google by itself: POST …/nonce, have Google put it into the id token, POST that here.
Like a log-in, none of these honours an Idempotency-Key.
"""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from api.access.dependencies import Allowed, Anyone
from api.core.context import Context
from api.edge.answers import set_cookies, to_response
from api.edge.documentation import ANY_FAILURE, shows
from api.edge.headers import TAKES_DEVICE
from api.people.google import service
from api.people.google.schemas import GoogleLink, GoogleNonceIn, GoogleStartIn, GoogleToken, GoogleUnlink
from api.people.google.views import GoogleNonce, GoogleStart
from api.people.identity.views import SignedIn, User
from propflow import log
from propflow.errors import AppError

COOKIE = "__Host-google"
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"  # Lax: Google's redirect is a navigation from another site
BACK = ("code", "state", "error")
LONGEST = 2_048  # characters of what Google sends back; its codes have about a hundred

Back = Annotated[str, Query(description="As Google sends it.")]
REDIRECTED: dict[int | str, dict[str, object]] = {
    303: {"description": "To the application: signed in, or `/login?error=<code>`"},
    **dict.fromkeys((400, 422, 503), ANY_FAILURE),
}


class FromGoogle(APIRoute):
    """Google may add parameters at any time, which a client must ignore (RFC 6749, 4.1.2)."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave only what we know."""
        given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        scope["query_string"] = urlencode([pair for pair in given if pair[0] in BACK]).encode()
        await super().handle(scope, receive, send)


router = APIRouter(tags=["accounts"])
Oneself = Annotated[Context, Allowed("self")]


@router.post("/v1/auth/google", responses=shows(200, SignedIn, fails=(409,)), openapi_extra=TAKES_DEVICE)
async def sign_in(body: GoogleToken, ctx: Anyone) -> Response:
    """Start a session with an id token of Google. Its nonce comes from `POST /v1/auth/google/nonce` and serves once.

    A Google account that is new here is linked to the account that has verified the same address, or else becomes a
    new account with a tenant called `tenant_name`. Where Google does not host the address (neither Gmail nor a Google
    Workspace of its domain), it does not say whose it is: 409 `link_with_password` when an account has verified it
    (log in there, then `POST /v1/me/google`), and otherwise the new account is asked by mail to verify it. The session
    token is shown once, and set as a cookie.
    """
    return to_response(await service.sign_in_with(ctx, **body.model_dump()))


@router.post("/v1/auth/google/nonce", responses=shows(200, GoogleNonce))
async def issue_nonce(body: GoogleNonceIn, ctx: Anyone) -> Response:
    """A nonce for one id token, good for ten minutes."""
    return to_response(await service.issue_nonce(ctx))


@router.post("/v1/auth/google/start", responses=shows(200, GoogleStart))
async def start(body: GoogleStartIn, ctx: Anyone) -> Response:
    """Begin to sign in with Google in this browser, within ten minutes. Sets the cookie that the way back needs.

    404 `google_not_configured` where signing in with Google is not set up.
    """
    started = await service.start(ctx, body.return_to)
    response = to_response(started.answer)
    response.headers["Set-Cookie"] = f"{COOKIE}={started.browser}; Max-Age={service.LIFE // 1000}; {ATTRIBUTES}"
    return response


@router.post("/v1/me/google", responses=shows(200, User, fails=(409,)))
async def link(body: GoogleLink, ctx: Oneself) -> Response:
    """Link a Google account, whatever its address: it signs in to this account from now on. You are told by mail.

    Needs the `password`; who has none must have signed in within the last ten minutes. The nonce comes from
    `POST /v1/auth/google/nonce`.
    """
    return to_response(await service.link(ctx, **body.model_dump()))


@router.post("/v1/me/google/unlink", responses=shows(200, User, fails=(409,)))
async def unlink(body: GoogleUnlink, ctx: Oneself) -> Response:
    """Unlink the Google account: it no longer signs in to this account, and all other sessions end.

    Needs the `password`; 409 `no_other_way_in` while there is none. You are told by mail.
    """
    return to_response(await service.unlink(ctx, body.password))


async def finish(request: Request, ctx: Anyone, code: Back = "", state: Back = "", error: Back = "") -> Response:
    """Where Google sends the browser. It ends at the application, signed in or with the code of what went wrong."""
    app, browser = ctx.bindings.settings.APP_BASE_URL.rstrip("/"), request.cookies.get(COOKIE, "")
    response = Response(status_code=303, headers={"Set-Cookie": f"{COOKIE}=; Max-Age=0; {ATTRIBUTES}"})
    try:
        known = max(map(len, (code, state, browser))) <= LONGEST
        finished = await service.finish(
            ctx, code=code if known else "", state=state if known else "", browser=browser if known else "",
            refused=bool(error),
        )  # fmt: skip
    except AppError as failed:
        log.info("google.sign_in_failed", code=failed.code)
        response.headers["Location"] = f"{app}/login?{urlencode({'error': failed.code})}"
        return response
    response.headers["Location"] = f"{app}{finished.return_to}"
    set_cookies(response, finished.answer)
    return response


router.add_api_route(
    "/v1/auth/google/callback", finish, methods=["GET"], status_code=303, response_class=Response,
    responses=REDIRECTED, route_class_override=FromGoogle,
)  # fmt: skip
