"""Blocks as the API shows them."""

import msgspec


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One of the blocks that a repetition made."""

    id: str
    occupancy_id: str
    start: str
    end: str


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """`[start, end)`: the night before `end` is the last one. `series_id` is what a repetition's blocks share."""

    id: str
    occupancy_id: str
    unit_id: str
    kind: str
    start: str
    end: str
    note: str | None
    series_id: str | None
    created_at: str
    updated_at: str


class NewBlock(Block, frozen=True, kw_only=True):
    """The first block, and all of them in `occurrences`."""

    occurrences: list[Occurrence]
