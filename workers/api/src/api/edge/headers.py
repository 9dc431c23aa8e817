"""The headers that clients send and read, as the parts of the API's description that its operations refer to."""

from typing import Any, Literal

KeyUse = Literal["needed", "honoured", "ignored"]
"""What a route does with an Idempotency-Key. `ignored`: its answer holds a secret and is never kept."""

LONGEST_KEY, LONGEST_TAGS = 255, 200  # characters
IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"

_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Any string of your own that is unique to this attempt. The same key with the same request gets the "
    "same answer and has one effect, for 72 hours; with another request it is refused (422).",
}  # fmt: skip
_SEEN = {
    "name": IF_MATCH, "in": "header", "required": False, "schema": {"type": "string", "maxLength": LONGEST_TAGS},
    "description": "The ETag of what is to be changed, as you last read it: 412 when it has changed since.",
}  # fmt: skip
_KNOWN = {
    "name": IF_NONE_MATCH, "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag of the answer that you have, several by commas, or `*`: 304 when it is still the same.",
}  # fmt: skip
_DEVICE = {
    "name": "PropFlow-Device", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "From a client other than a browser: the `token` of `known_device` in your last log-in.",
}  # fmt: skip
PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": _KEY,
    "IdempotencyKeyNeeded": {**_KEY, "required": True},
    "IfMatch": _SEEN,
    "IfMatchNeeded": {**_SEEN, "required": True},
    "IfNoneMatch": _KNOWN,
    "PropFlowDevice": _DEVICE,
}
TAKES_DEVICE = {"parameters": [{"$ref": "#/components/parameters/PropFlowDevice"}]}
"""The `openapi_extra` of a route that looks at `known_as`."""


def _sent(description: str, *, always: bool = False, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": always, "schema": {"type": "string", **schema}}


HEADERS: dict[str, dict[str, Any]] = {
    "Request-Id": _sent("Names this request. Please quote it when you write to us.", always=True),
    "PropFlow-Cost": _sent(
        "What the request cost in units of work, as a dictionary of RFC 9651. Left out where it would say something "
        "about other people's data."
    ),
    "RateLimit": _sent(
        'What is left of each limit that was charged, and the seconds until it is full: `"key";r=9;t=1`.'
    ),
    "RateLimit-Policy": _sent('Each limit that was charged: its quota and its window in seconds, `"key";q=10;w=1`.'),
    "ETag": _sent("Stands for this answer: send it back as If-None-Match or, to change it, as If-Match.", always=True),
    "Location": _sent("Where to find what was made or started, or where to go on.", always=True),
    "Idempotency-Replayed": _sent("The answer to an earlier request with this Idempotency-Key.", const="true"),
    "Retry-After": _sent("Seconds to wait before another attempt.", type="integer"),
    "WWW-Authenticate": _sent("How to sign in: `Bearer`.", always=True),
}
ALWAYS = ("Request-Id", "PropFlow-Cost", "RateLimit", "RateLimit-Policy")


def named(*names: str) -> dict[str, Any]:
    """The `headers` of an answer: those of every answer and these."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*ALWAYS, *names)}


def _failure(description: str, *names: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": description, "headers": named(*names), "content": {"application/problem+json": problem}}


FAILURES: dict[str, dict[str, Any]] = {
    "Problem": _failure("A problem document"),
    "NotSignedIn": _failure("Not signed in", "WWW-Authenticate"),
    "Remembered": _failure("A conflict, remembered under the Idempotency-Key", "Idempotency-Replayed"),
    "Later": _failure("Not now: wait before another attempt", "Retry-After"),
}


def failure(status: str, *, is_keyed: bool) -> dict[str, Any]:
    """The answer of an operation that fails with this status."""
    kinds = {"401": "NotSignedIn", "429": "Later", "503": "Later"} | ({"409": "Remembered"} if is_keyed else {})
    return {"$ref": f"#/components/responses/{kinds.get(status, 'Problem')}"}
