"""What signing in with Google accepts."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from api.edge.schemas import Input, Line
from api.people.google.jwt import LONGEST
from api.people.google.rules import is_return
from api.people.identity.schemas import AnyPassword


def _is_return(value: str) -> str:
    if not is_return(value):
        raise ValueError("must be a path of the application such as /calendar")
    return value


class GoogleStartIn(Input):
    return_to: Annotated[str, StringConstraints(max_length=500), AfterValidator(_is_return)] = "/"


class GoogleNonceIn(Input):
    pass


class _OfGoogle(Input):
    id_token: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class GoogleToken(_OfGoogle):
    tenant_name: Line | None = None


class GoogleLink(_OfGoogle):
    """`password` is the account's; who has none must have signed in within the last minutes."""

    password: AnyPassword | None = None


class GoogleUnlink(Input):
    password: AnyPassword | None = None
