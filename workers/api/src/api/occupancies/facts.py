"""What the nights of a channel's stay are to others, as events and the audit tell them."""

from collections.abc import Sequence
from typing import Any

from propflow.events import Event
from propflow.handover import Nights


def fields(nights: Sequence[Nights]) -> dict[str, Any]:
    """From the first night to the last, and where something lies between them each range."""
    if not nights:
        return {}
    hull = {"start": nights[0][0], "end": nights[-1][1]}
    return hull if len(nights) == 1 else hull | {"nights": list(nights)}


def occupancy_changed(
    stay_id: str, unit_id: str, feed_id: str, before: Sequence[Nights], now: Sequence[Nights]
) -> Event | None:
    """A stay has other nights than before; None when they are the same."""
    if list(before) == list(now):
        return None
    kind = "moved" if before and now else "imported" if now else "removed"
    added = {"kind": "ical", "feed_id": feed_id} if kind == "imported" else {}
    return Event(
        type=f"occupancy.{kind}", object_id=stay_id, unit_id=unit_id, changed=fields(now) | added,
        previous=fields(before),
    )  # fmt: skip
