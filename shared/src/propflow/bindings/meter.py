"""Counts what one request or one message costs, so that cost is seen and never felt.

The counters live in a context variable: the door of a Worker starts them, the bindings add to them.
"""

from contextvars import ContextVar

import msgspec


class Cost(msgspec.Struct, kw_only=True):
    """`statements` and `batches` are D1's; `subrequests` are all calls that leave the Worker, D1 included."""

    statements: int = 0
    batches: int = 0
    rows_read: int = 0
    rows_written: int = 0
    subrequests: int = 0
    queued: int = 0

    def add(self, other: "Cost") -> None:
        """Include what another Worker or Durable Object spent on behalf of this event."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def header(self) -> str:
        """As an RFC 9651 dictionary, for the `PropFlow-Cost` header."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.__struct_fields__)


_meter: ContextVar[Cost] = ContextVar("meter")


def start() -> Cost:
    """Begin counting for this event."""
    meter = Cost()
    _meter.set(meter)
    return meter


def current() -> Cost:
    """The counters of this event; a throw-away set where nobody asked for counting."""
    return _meter.get(None) or Cost()
