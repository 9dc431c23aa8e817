"""What travels between the steps of a refresh."""

import msgspec

from calsync.exports.rules import Taken


class Unit(msgspec.Struct, frozen=True):
    """Which unit, of whom."""

    tenant_id: str
    id: str


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export without its body."""

    id: str
    unit_id: str
    channel: str
    etag: str | None
    refreshed_at: int | None


class Calendar(msgspec.Struct, frozen=True):
    """A unit's exports, and what takes its nights."""

    unit: Unit
    exports: list[Export]
    taken: list[Taken]


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A body to store, and when the stored one was refreshed at the time of reading."""

    id: str
    body: str | None
    etag: str
    refreshed_at: int | None
