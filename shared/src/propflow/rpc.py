"""Calls between Workers: one JSON text each way.

An exception that crosses a service binding loses its type and carries a whole traceback, so a method answers
`{"value": …}` or `{"error": {…}}`, and the caller gets the same AppError back.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from propflow import log
from propflow.errors import AppError, app_error
from propflow.json_text import json_text

T = TypeVar("T")
Q = TypeVar("Q", bound=msgspec.Struct)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    code: str
    detail: str
    param: str | None = None
    retry_after: int | None = None
    evidence: dict[str, Any] = {}


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    value: msgspec.Raw = msgspec.Raw(b"null")
    error: Failure | None = None


async def serve(text: str, kind: type[Q], handle: Callable[[Q], Awaitable[Any]]) -> str:
    """Answer one call: decode the request, run the handler, encode its result or its expected failure."""
    try:
        value = await handle(msgspec.json.decode(text, type=kind))
        reply = Reply(value=msgspec.Raw(msgspec.json.encode(value)))
    except AppError as error:
        reply = Reply(error=failure_of(error))
    except msgspec.ValidationError as error:
        reply = Reply(error=Failure(status=422, code="invalid_request", detail=str(error)))
    except Exception as error:
        log.exception("rpc.failed", error)
        reply = Reply(error=Failure(status=503, code="internal_call_failed", detail="An internal service failed."))
    return json_text(reply)


def read(text: str, kind: type[T]) -> T:
    """Decode a reply, raising the failure it carries."""
    reply = msgspec.json.decode(text, type=Reply)
    if reply.error is not None:
        raise raised_by(reply.error)
    return msgspec.json.decode(reply.value, type=kind)


def failure_of(error: AppError) -> Failure:
    """An AppError as it crosses a service binding."""
    return Failure(
        status=error.status, code=error.code, detail=error.detail, param=error.param,
        retry_after=error.retry_after, evidence=error.evidence,
    )  # fmt: skip


def raised_by(failure: Failure) -> AppError:
    """The AppError that a Failure stands for."""
    return app_error(
        failure.status, failure.code, failure.detail,
        param=failure.param, retry_after=failure.retry_after, **failure.evidence,
    )  # fmt: skip
