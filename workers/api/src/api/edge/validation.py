"""Validation failures as one problem document that names every field at fault."""

from collections.abc import Sequence
from typing import Any

from api.edge.answers import Answer
from api.edge.errors import problem

MESSAGES = {"missing": "This field is required.", "extra_forbidden": "There is no such field."}
LONGEST = 20  # fields named in one answer


def problem_of_validation(errors: Sequence[Any], request_id: str) -> Answer:
    """422 with `errors: [{param, code, detail}]`; 400 when the body is not JSON at all."""
    if any(error["type"] == "json_invalid" for error in errors):
        return problem(400, "invalid_json", "The request body is not valid JSON.", request_id)
    named = [told(error) for error in errors[:LONGEST]]
    detail = f"{named[0]['param']}: {named[0]['detail']}"
    return problem(422, "invalid_request", detail, request_id, param=named[0]["param"], errors=named)


def told(error: Any) -> dict[str, str]:
    """One failure by the caller's own words for the field: `guest.email`, not `body -> guest -> email`."""
    place = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
    text = error["msg"].removeprefix("Value error, ")
    detail = MESSAGES.get(error["type"], text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))
    return {"param": ".".join(place) or "body", "code": error["type"], "detail": detail}
