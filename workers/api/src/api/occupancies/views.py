"""Occupancies as the API shows them."""

import msgspec


class Blocking(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of a range, in the `conflicts` of a 409."""

    occupancy_id: str
    kind: str
    start: str
    end: str
    source: str


class BlockingOne(Blocking, frozen=True, kw_only=True):
    """The same where several ranges were wanted: `index` says which, counted from 0."""

    index: int
