"""What signing in with Google accepts."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from api.google.jwt import LONGEST
from api.google.rules import is_return
from api.schemas import Input, Line


def _is_return(value: str) -> str:
    if not is_return(value):
        raise ValueError("must be a path of the application such as /calendar")
    return value


class GoogleStartIn(Input):
    return_to: Annotated[str, StringConstraints(max_length=500), AfterValidator(_is_return)] = "/"


class GoogleNonceIn(Input):
    pass


class GoogleToken(Input):
    id_token: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    tenant_name: Line | None = None
