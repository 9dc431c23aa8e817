"""Structured log: one JSON object per line, indexed by Workers Logs. Never a secret, a name or an address.

https://developers.cloudflare.com/workers/observability/logs/workers-logs/
"""

import traceback
from contextvars import ContextVar
from typing import Any

import msgspec

_context: ContextVar[dict[str, Any]] = ContextVar("log_context")


def bind(**fields: Any) -> None:
    """Add fields (worker, request_id, message_id, tenant_id…) to every later line of this request or message."""
    _context.set({**_context.get({}), **fields})


def info(event: str, **fields: Any) -> None:
    """`event` is a dotted past-tense name such as `booking.confirmed`."""
    _write("info", event, fields)


def warning(event: str, **fields: Any) -> None:
    """Something a person should look at when it repeats."""
    _write("warning", event, fields)


def exception(event: str, error: BaseException, **fields: Any) -> None:
    """A defect: the traceback goes to the log and nowhere else."""
    fields["error"] = type(error).__name__
    fields["trace"] = "".join(traceback.format_exception(error))
    _write("error", event, fields)


def _write(level: str, event: str, fields: dict[str, Any]) -> None:
    line = {"level": level, "event": event, **_context.get({}), **fields}
    print(msgspec.json.encode(line, enc_hook=str).decode())  # noqa: T201  stdout is the log of a Worker
