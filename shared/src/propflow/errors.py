"""Expected failures, drawn once.

    AppError(code, detail, status)      shown to the caller, never paged
    ├── BadRequest 400
    ├── Unauthorized 401
    ├── Forbidden 403
    ├── NotFound 404
    ├── Conflict 409
    ├── Unprocessable 422
    ├── LimitExceeded 402 or 429
    └── Unavailable 503
    DeliveryError                       raised by channels and providers, read by consumer.py
    ├── Transient(retry_after)
    └── Permanent

A code is a stable snake_case noun; a detail is a sentence for the person who reads it.
"""

from typing import Any


class AppError(Exception):
    """An expected failure. `evidence` holds the typed extras of the problem document (conflicts, usage, limit…)."""

    status = 400

    def __init__(
        self, code: str, detail: str, *, param: str | None = None, retry_after: int | None = None, **evidence: Any
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.param = param
        self.retry_after = retry_after  # seconds
        self.evidence = evidence


class BadRequest(AppError):
    status = 400


class Unauthorized(AppError):
    status = 401


class Forbidden(AppError):
    status = 403


class NotFound(AppError):
    """Also the answer for what belongs to another tenant: it must look the same as what never existed."""

    status = 404


class Conflict(AppError):
    status = 409


class Unprocessable(AppError):
    status = 422


class LimitExceeded(AppError):
    """429 for a rate, 402 for a plan."""

    def __init__(self, code: str, detail: str, *, status: int = 429, **rest: Any) -> None:
        super().__init__(code, detail, **rest)
        self.status = status


class Unavailable(AppError):
    """Whether the request was carried out may be unknown: send it again, with the same key, after `retry_after` s."""

    status = 503


class DeliveryError(Exception):
    """An effect outside could not be completed."""


class Transient(DeliveryError):
    """Worth another attempt, after `retry_after` seconds when the other side said so."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Permanent(DeliveryError):
    """No attempt will ever succeed: record it for staff and go on."""


STATUS_CLASSES: dict[int, type[AppError]] = {
    kind.status: kind for kind in (BadRequest, Unauthorized, Forbidden, NotFound, Conflict, Unprocessable, Unavailable)
}


def app_error(status: int, code: str, detail: str, **rest: Any) -> AppError:
    """Build the error class that stands for an HTTP status; unknown statuses become `Unavailable`."""
    if status in (402, 429):
        return LimitExceeded(code, detail, status=status, **rest)
    return STATUS_CLASSES.get(status, Unavailable)(code, detail, **rest)
