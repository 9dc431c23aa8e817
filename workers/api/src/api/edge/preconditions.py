"""If-Match: who changes something says which version of it they have seen, so that no change is lost.

https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1 and https://www.rfc-editor.org/rfc/rfc6585#section-3
"""

from typing import Annotated

from fastapi import Header

from api.edge.etags import names_version
from api.edge.headers import IF_MATCH, LONGEST_TAGS
from propflow.errors import AppError

IfMatch = Annotated[str | None, Header(alias=IF_MATCH, max_length=LONGEST_TAGS)]
FAILS = (409, 412, 428)  # for `shows(…, fails=…)` of a route with a precondition


class PreconditionRequired(AppError):
    status = 428


class PreconditionFailed(AppError):
    status = 412


def check(if_match: str | None, version: int) -> None:
    """Raises PreconditionRequired without the header, PreconditionFailed when it names other versions only."""
    if if_match is None:
        raise PreconditionRequired(
            "if_match_required", "Send If-Match with the ETag that you got when you read this.", param="If-Match"
        )
    if not names_version(if_match, version):
        raise stale()


def stale() -> PreconditionFailed:
    """Also when the database says so: somebody was faster."""
    return PreconditionFailed("changed_meanwhile", "This was changed meanwhile. Read it again.", param="If-Match")
