"""Exports as the API shows them."""

import msgspec


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """`url` holds a secret token: whoever knows it can read which nights are taken, and nothing else.

    `last_read_at` and `reads` are written every few minutes, so they may lag behind. After a rotation the address of
    before works until `previous_until`. `known_to_former_members`: somebody who could see this address has left or may
    no longer see it. If you do not trust them, rotate it and give the channel the new one.
    """

    id: str
    unit_id: str
    channel: str
    url: str
    previous_until: str | None
    changed_at: str | None
    last_read_at: str | None
    reads: int
    known_to_former_members: bool
    created_at: str


class RotatedExport(Export, frozen=True, kw_only=True):
    """`url` is null when the answer is repeated: it is not kept with the answer. The list shows it."""

    url: str | None  # type: ignore[assignment]
