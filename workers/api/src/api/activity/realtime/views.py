"""What the live connection shows over HTTP."""

import msgspec


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Opens one connection to `GET /v1/realtime`, as the second of the subprotocols that are offered."""

    ticket: str
    protocols: list[str]
    expires_at: str
