"""Failures as RFC 9457 problem documents. https://www.rfc-editor.org/rfc/rfc9457"""

from typing import Any

from api.edge.answers import Answer
from propflow.errors import AppError
from propflow.json_text import json_text

TITLES = {
    400: "Bad request", 401: "Not signed in", 402: "Plan limit reached", 403: "Not allowed", 404: "Not found",
    405: "Method not allowed", 409: "Conflict", 411: "Length required", 412: "Changed meanwhile", 413: "Too large",
    414: "Address too long", 415: "Unsupported content type", 416: "Range not satisfiable", 422: "Invalid request",
    426: "Upgrade required", 428: "Precondition required", 429: "Too many requests",
    431: "Headers too large", 500: "Internal error", 503: "Not available now",
}  # fmt: skip


def problem(status: int, code: str, detail: str, request_id: str, **members: Any) -> Answer:
    """A problem document; members that are None are left out."""
    document = {
        "type": f"https://propflow360.com/problems/{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    document.update({name: value for name, value in members.items() if value is not None})
    return Answer(
        status=status,
        body=json_text(document),
        headers={"content-type": "application/problem+json"},
    )


def problem_of(error: AppError, request_id: str) -> Answer:
    """The document of an expected failure, with its evidence and Retry-After."""
    found = problem(error.status, error.code, error.detail, request_id, param=error.param, **error.evidence)
    headers = dict(found.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Answer(status=found.status, body=found.body, headers=headers)
