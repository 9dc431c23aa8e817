"""Around the application: a request id, limits before work, the cost, and headers for safety.

It stands outside of FastAPI, so that these hold for every answer.
"""

import secrets
from collections.abc import Callable

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import costs, rate_headers, request_limits
from api.access.credentials import credential_of
from api.core.context import RESTRICTED, Bindings
from api.edge.answers import Answer, to_response
from api.edge.conditional import shortened
from api.edge.errors import problem, problem_of
from api.edge.size_limits import IMPORTS, METHODS, Refusal, is_text, is_too_deep, refused_by_headers, refused_by_size
from propflow import log
from propflow.bindings import meter
from propflow.clock import now_ms
from propflow.errors import Forbidden, LimitExceeded, Unauthorized
from propflow.ids import is_id

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
# They read a table that all tenants share.
ABOUT_PEOPLE = ("/v1/members", "/v1/invitations", "/v1/tenant/transfer", "/v1/me/verify_email")
ANSWERED = "answered"  # under which the scope of a request keeps the defect that it was answered for
PRIVATE = {"cache-control": "private, no-store"}


def new_request_id() -> str:
    """Names one request in answers and logs."""
    return "req_" + secrets.token_hex(12)


def too_large(url: str, headers: str) -> Answer | None:
    """The answer to a request whose address or headers (one in each line) are reason enough."""
    found = refused_by_size(url, headers)
    return None if found is None else _refused(found)


def refusal(
    method: str, path: str, content_length: str | None, content_type: str | None, has_body: bool
) -> Answer | None:
    """The answer to a request whose method, path and headers are reason enough: its body is never read."""
    found = refused_by_headers(method, path, content_length, content_type, has_body)
    return None if found is None else _refused(found)


def refused_file(bindings: Bindings, method: str, path: str, header: Callable[[str], str | None]) -> Answer | None:
    """The answer to a file whose sender was refused a moment ago: that is known without reading it.

    What is wrong with the credential, the application says.
    """
    if not path.startswith(IMPORTS):
        return None
    request_id, levels = new_request_id(), rate_headers.start()
    try:
        credential = credential_of(method, header("authorization") or "", None, own_origin=False)
        ip = header("cf-connecting-ip") or "unknown"
        request_limits.refuse_early(bindings, credential, method, path, ip, now_ms())
    except LimitExceeded as refused:
        answer = problem_of(refused, request_id)
        headers = {**answer.headers, **rate_headers.render(levels)}
        return dressed(msgspec.structs.replace(answer, headers=headers), request_id)
    except (Forbidden, Unauthorized):
        return None
    return None


def _refused(found: Refusal) -> Answer:
    request_id = new_request_id()
    answer = problem(*found, request_id)
    allow = {"Allow": METHODS} if answer.status == 405 else {}
    return dressed(msgspec.structs.replace(answer, headers={**answer.headers, **allow}), request_id)


def out_of_order() -> Answer:
    """503: those who run the installation have something to set right."""
    request_id = new_request_id()
    detail = "The service is being set up. Try again later."
    found = problem(503, "service_unavailable", detail, request_id)
    return dressed(msgspec.structs.replace(found, headers={**found.headers, "Retry-After": "60"}), request_id)


def defect(request_id: str) -> Answer:
    """The answer where we are at fault."""
    detail = "Something went wrong on our side. It has been recorded under this request id."
    return problem(500, "internal_error", detail, request_id)


def dressed(answer: Answer, request_id: str) -> Answer:
    """An answer that no framework makes, with the headers that every answer has."""
    headers = {**SECURITY_HEADERS, **PRIVATE, "request-id": request_id, "propflow-cost": meter.Cost().header()}
    log.info("request.done", request_id=request_id, status=answer.status)
    return msgspec.structs.replace(answer, headers={**answer.headers, **headers})


def path_of(scope: Scope) -> str:
    """The path for the log: the route with its ids. What else stands in a path may be anything that somebody pasted."""
    path = str(getattr(scope.get("route"), "path", "unknown"))
    for name, value in scope.get("path_params", {}).items():
        if is_id(value, value.partition("_")[0]):
            path = path.replace(f"{{{name}}}", value)
    return path


def hides_cost(scope: Scope) -> bool:
    """Where the number of rows that were read would tell something.

    Where somebody comes in and where people are named, whether an address or a person is known to other tenants; to
    who sees some properties only, whether and how much there is beyond them.
    """
    path = str(scope["path"])
    comes_in = costs.SPENDER not in scope and path.startswith("/v1/auth/")
    return comes_in or path.startswith(ABOUT_PEOPLE) or scope.get(RESTRICTED, False)


class Door:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"nothing here speaks {scope['type']}")
        request_id = new_request_id()
        scope["request_id"] = request_id
        log.bind(request_id=request_id, method=scope["method"])
        spent, levels = meter.start(), rate_headers.start()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = {**SECURITY_HEADERS, "request-id": request_id}
                if not hides_cost(scope):
                    more["propflow-cost"] = spent.header()
                more.update(rate_headers.render(levels))
                if not any(name.lower() == b"cache-control" for name, _ in message.get("headers", [])):
                    more.update(PRIVATE)
                added = [(name.encode(), value.encode()) for name, value in more.items()]
                message["headers"] = [*message.get("headers", []), *added]
                log.info("request.done", path=path_of(scope), status=message["status"], cost=spent.header())
            await send(message)

        body = await _whole_body(receive)
        fault = "is not UTF-8" if not is_text(body) else "is nested too deeply" if is_too_deep(body) else None
        if fault is None:
            try:
                await self._app(scope, _replayed(body, receive), shortened(scope, send_with_headers))
            except Exception as error:
                if scope.get(ANSWERED) is not error:  # the answer had begun; nothing of it has left yet
                    log.exception("request.failed", error, path=path_of(scope))
                    await to_response(defect(request_id))(scope, receive, send_with_headers)
            costs.note(scope, spent)
        else:
            refused = problem(400, "invalid_json", f"The request body {fault}.", request_id)
            await to_response(refused)(scope, receive, send_with_headers)


async def _whole_body(receive: Receive) -> bytes:
    """The body, which the size limit keeps small."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then whatever comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
