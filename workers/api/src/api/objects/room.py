"""What a room knows of its connections, and what each is to be told. Pure.

Everything that outlives a sleep of the object stands with the connection (`Viewer`), so nothing is to be rebuilt.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from api.access.bucket import Bucket
from api.activity.realtime.frames import CalendarChanged, Editing, Happened, Person, Range, Said, Viewing
from api.activity.realtime.repository import HappenedRow
from propflow.clock import SECOND, to_rfc3339

MOST_OF_A_PERSON = 8  # connections in a room
MOST_OF_A_TENANT = 200  # in all its rooms together
BOUNDS = ("start", "end", "check_in", "check_out")  # how events name dates


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """One connection. `position` is that of the last event that it was told; `edits_until` an instant in ms."""

    id: str
    user_id: str
    session_id: str
    name: str
    position: int
    unit_id: str | None = None
    range: Range | None = None
    object_id: str | None = None
    edits_until: int = 0


def limits_of(viewer_id: str) -> tuple[Bucket, Bucket]:
    """How many messages are answered, and how many are borne before the connection is closed."""
    window = 10 * SECOND
    return (
        Bucket(name=f"said:{viewer_id}", capacity=30, window_ms=window),
        Bucket(name=f"flood:{viewer_id}", capacity=300, window_ms=window),
    )


def after(viewer: Viewer, said: Said, now: int) -> Viewer:
    """The viewer who has said this."""
    match said:
        case Viewing():
            return msgspec.structs.replace(viewer, unit_id=said.unit_id, range=said.range)
        case Editing():
            until = 0 if said.object_id is None else now + said.seconds * SECOND
            return msgspec.structs.replace(viewer, object_id=said.object_id, edits_until=until)


def person(viewer: Viewer, now: int) -> Person:
    """As the others see them. Who stopped to renew an edit is not editing."""
    edits = viewer.object_id is not None and viewer.edits_until > now
    return Person(
        connection_id=viewer.id, user_id=viewer.user_id, name=viewer.name, unit_id=viewer.unit_id, range=viewer.range,
        object_id=viewer.object_id if edits else None, editing_until=to_rfc3339(viewer.edits_until) if edits else None,
    )  # fmt: skip


def news(rows: Iterable[HappenedRow], after: int, property_id: str) -> list[CalendarChanged]:
    """What a viewer who knows everything up to a position is told: one frame for each unit, in the order of commits."""
    found: dict[str, list[Happened]] = {}
    for row in rows:
        if row.position > after and row.unit_id is not None and property_id in ("", row.property_id):
            found.setdefault(row.unit_id, []).append(_happened(row))
    return [CalendarChanged(unit_id=unit_id, events=events) for unit_id, events in found.items()]


def _happened(row: HappenedRow) -> Happened:
    start, end = nights(json.loads(row.changed), json.loads(row.previous))
    return Happened(position=row.position, type=row.type, object_id=row.object_id, start=start, end=end)


def nights(changed: Mapping[str, Any], previous: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """From the first to the last date that an event names: nothing outside changed. None when it names no two."""
    named = [fields[name] for fields in (changed, previous) for name in BOUNDS if name in fields]
    if None in named or len(set(named)) < 2:
        return None, None
    return min(named), max(named)
