"""If-None-Match: whoever has an answer already is told that it is the same, without its body.

It looks at answers that are finished, so whoever may not see one is refused as always, and a route that answers an ETag
need not know of it. https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
"""

from starlette.types import Message, Scope, Send

from api.edge.etags import is_known

_OF_THE_BODY = (b"content-type", b"content-length", b"content-encoding")


def shortened(scope: Scope, send: Send) -> Send:
    """A `send` that turns the 200 of a GET or HEAD into a 304 when the caller has that answer."""
    known = b",".join(value for name, value in scope["headers"] if name == b"if-none-match").decode("latin-1")
    if not known or scope["method"] not in ("GET", "HEAD"):
        return send
    is_same = False

    async def send_what_is_new(message: Message) -> None:
        nonlocal is_same
        if message["type"] == "http.response.start":
            is_same = _is_same(message, known)
            await send(_not_modified(message) if is_same else message)
        else:
            await send({**message, "body": b""} if is_same else message)

    return send_what_is_new


def _is_same(message: Message, known: str) -> bool:
    tags = [value.decode("latin-1") for name, value in message["headers"] if name.lower() == b"etag"]
    return message["status"] == 200 and bool(tags) and is_known(known, tags[0])


def _not_modified(message: Message) -> Message:
    """304 with the headers of the 200, but for those that tell of its body."""
    kept = [(name, value) for name, value in message["headers"] if name.lower() not in _OF_THE_BODY]
    return {**message, "status": 304, "headers": kept}
