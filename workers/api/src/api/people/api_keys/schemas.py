"""What API keys accept."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.edge.schemas import Input, Instant, Line
from api.people.identity.schemas import AnyPassword

WEEK = 604_800  # seconds


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError("must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32") from None


Scope = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Network = Annotated[str, StringConstraints(max_length=50), AfterValidator(_network)]


class ApiKeyCreate(Input):
    """`scopes` are permissions such as `bookings:read`; `*`, `*:read` and `bookings:*` stand for several.

    `mode` test opens the test space. `networks` are the only addresses (CIDR) from which the key works. `password` is
    needed for a live key that may change anything (a scope that writes), unless you have signed in, or repeated
    it, within the last 15 minutes.
    """

    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=100)]
    mode: Literal["live", "test"] = "live"
    expires_at: Instant | None = None
    networks: Annotated[list[Network], Field(min_length=1, max_length=20)] | None = None
    password: AnyPassword | None = None


class ApiKeyRotate(Input):
    """For how long the old key still works. `password` is needed as when such a key is made."""

    overlap_seconds: Annotated[int, Field(ge=0, le=WEEK)] = 86_400
    password: AnyPassword | None = None
