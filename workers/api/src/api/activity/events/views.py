"""Events as the API shows them."""

from typing import Any

import msgspec


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """`position` counts the tenant's events without gaps, `sequence` those of one object.

    `changed` and `previous` name fields with their new and former values; of personal data only the names.
    """

    id: str
    position: int
    type: str
    object_id: str
    unit_id: str | None
    sequence: int
    changed: dict[str, Any]
    previous: dict[str, Any]
    actor: str
    request_id: str
    created_at: str
