"""Answers as they leave: bytes, so that a replay is equal to the first one to the letter."""

from typing import Any

import msgspec
from fastapi import Response

from api.edge.etags import tag_of
from propflow.clock import to_rfc3339
from propflow.json_text import json_text

JSON = {"content-type": "application/json"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Status, JSON text and the headers that belong to it; `cookies` are values of Set-Cookie, which no replay sets."""

    status: int
    body: str
    headers: dict[str, str] = {}
    cookies: tuple[str, ...] = ()


def answer(
    status: int, view: Any, *, location: str | None = None, version: int | None = None, living: bool = False
) -> Answer:
    """Encode a view. `version` becomes a strong ETag; `living` when the view shows what the version does not count."""
    body, headers = json_text(view), dict[str, str]()
    if location is not None:
        headers["Location"] = location
    if version is not None:
        headers["ETag"] = tag_of(version, body if living else None)
    return Answer(status=status, body=body, headers=headers)


def once(done: Answer, kept: Answer, shown: Answer) -> Answer:
    """What is shown of what is `done`: a secret stands in the first answer, not in the one that is kept."""
    return shown if done == kept else done


def page(views: list[Any], *, limit: int, cursors: list[str]) -> Answer:
    """A list answer from `limit + 1` rows: the surplus row only tells that there is more."""
    return part(views[:limit], cursors[limit - 1] if len(views) > limit else None)


def part(views: list[Any], next_cursor: str | None) -> Answer:
    """A list answer that goes on after `next_cursor`, if there is one."""
    return answer(200, {"data": views, "has_more": next_cursor is not None, "next_cursor": next_cursor})


def to_response(answer: Answer) -> Response:
    """The HTTP response for an answer; a 204 and a 304 have no body."""
    if answer.status in (204, 304):
        return Response(status_code=answer.status, headers=answer.headers)
    response = Response(answer.body, status_code=answer.status, headers={**JSON, **answer.headers})
    set_cookies(response, answer)
    return response


def set_cookies(response: Response, answer: Answer) -> None:
    """Each in a header of its own."""
    for cookie in answer.cookies:
        response.headers.append("Set-Cookie", cookie)


def instant(ms: int) -> str:
    """An instant as the API shows it: RFC 3339, UTC."""
    return to_rfc3339(ms)


def instant_or_none(ms: int | None) -> str | None:
    """The same for an instant that may not have come yet."""
    return None if ms is None else to_rfc3339(ms)
