"""What a route answers: its `responses`, out of the very Structs that are encoded."""

from typing import Any

from propflow.money import Money

VIEWS: dict[str, type] = {"Money": Money}
REF = "#/components/schemas/{name}"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; program against this."},
        "detail": {"type": "string", "description": "A sentence for the person who reads it."},
        "request_id": {"type": "string"}, "param": {"type": "string", "description": "The field at fault."},
        "errors": {"type": "array", "items": {"type": "object"}},
        "conflicts": {"type": "array", "items": {"type": "object"}},
        "lines": {"type": "array", "items": {"type": "object"}},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": "integer", "description": "On 402 and 429: what was used of `limit`."},
        "limit": {"type": "integer"},
        "reset_at": {"type": "string", "format": "date-time", "description": "When there is more again."},
        "upgrade_url": {"type": "string", "description": "Where a larger plan is taken, when that helps."},
    },
}  # fmt: skip
ANYWHERE = (400, 401, 402, 403, 404, 414, 422, 429, 431, 503)
ANY_FAILURE: dict[str, Any] = {"$ref": "#/components/responses/Problem"}


def shows(
    status: int, view: type, *others: type, listed: bool = False, tagged: bool = False, fails: tuple[int, ...] = ()
) -> dict[int | str, Any]:
    """The `responses` of a route that answers `view` (or a page of it, or one of `others`) or one of these failures.

    `tagged` is for a GET whose answer has an ETag: it is then answered with 304 to whoever has it.
    """
    for one in (view, *others):
        _register(one)
    schema: dict[str, Any] = {"$ref": REF.format(name=view.__name__)}
    if others:
        schema = {"anyOf": [{"$ref": REF.format(name=one.__name__)} for one in (view, *others)]}
    if listed:
        schema = {
            "type": "object",
            "required": ["data", "has_more", "next_cursor"],
            "properties": {
                "data": {"type": "array", "items": schema},
                "has_more": {"type": "boolean"},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    answers: dict[int | str, Any] = {
        status: {"description": "Done", "content": {"application/json": {"schema": schema}}}
    }
    if tagged:
        answers[304] = {"description": "As you have it"}
    return {**answers, **dict.fromkeys((*ANYWHERE, 411, 413, 415, *fails), ANY_FAILURE)}


def _register(view: type) -> None:
    """Raises ValueError where another view bears the name: the document could show only one of them."""
    if VIEWS.setdefault(view.__name__, view) is not view:
        raise ValueError(
            f"two views bear the name {view.__name__}: {VIEWS[view.__name__].__module__}, {view.__module__}"
        )


def no_content(*fails: int) -> dict[int | str, Any]:
    """The `responses` of a route that answers 204, or one of these failures."""
    answers: dict[int | str, Any] = {204: {"description": "Done"}}
    return {**answers, **dict.fromkeys((*ANYWHERE, *fails), ANY_FAILURE)}
