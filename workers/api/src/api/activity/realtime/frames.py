"""What is said over a live connection, as docs/realtime.md tells it: one JSON text a frame. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta

from api.edge.size_limits import is_too_deep
from propflow.errors import BadRequest
from propflow.json_text import json_text

LARGEST = 4096  # bytes of a client's frame

Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Id = Annotated[str, Meta(pattern=r"^[a-z]{2,5}_[0-9a-hjkmnp-tv-z]{26}\Z")]


class Range(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nights that are on somebody's screen, half-open."""

    start: Day
    end: Day


class Viewing(msgspec.Struct, frozen=True, kw_only=True, tag="viewing", forbid_unknown_fields=True):
    """A client looks at a unit's calendar; null: at none."""

    unit_id: Id | None
    range: Range | None = None


class Editing(msgspec.Struct, frozen=True, kw_only=True, tag="editing", forbid_unknown_fields=True):
    """A client has something open for editing, for so many seconds; null: nothing."""

    object_id: Id | None
    seconds: Annotated[int, Meta(ge=1, le=120)] = 60


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A connection of somebody's, and what they are at. `editing_until` is an instant in RFC 3339."""

    connection_id: str
    user_id: str
    name: str
    unit_id: str | None = None
    range: Range | None = None
    object_id: str | None = None
    editing_until: str | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """The first frame. What happened up to `position` is in the calendar that is read from now on."""

    connection_id: str
    property_id: str | None
    position: int
    people: list[Person]


class Joined(msgspec.Struct, frozen=True, kw_only=True, tag="presence.joined"):
    person: Person


class Changed(msgspec.Struct, frozen=True, kw_only=True, tag="presence.changed"):
    """Somebody looks at another calendar, edits something else, or nothing any more."""

    person: Person


class Left(msgspec.Struct, frozen=True, kw_only=True, tag="presence.left"):
    connection_id: str


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event; the nights from `start` to `end` may look different. Null: any of the unit's may."""

    position: int
    type: str
    object_id: str
    start: str | None
    end: str | None


class CalendarChanged(msgspec.Struct, frozen=True, kw_only=True, tag="calendar.changed"):
    unit_id: str
    events: list[Happened]


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="error"):
    """What the client sent was not understood or not allowed, and changed nothing."""

    code: str
    detail: str


Said = Viewing | Editing
Frame = Hello | Joined | Changed | Left | CalendarChanged | Refused

_SAID: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


def read(text: str | None) -> Said:
    """A client's frame; raises BadRequest with what is wrong with it. None is a binary one."""
    if text is None:
        raise BadRequest("text_only", "Send text frames.")
    body = text.encode(errors="replace")
    if len(body) > LARGEST:
        raise BadRequest("message_too_large", f"A message has at most {LARGEST} bytes.")
    if is_too_deep(body):
        raise BadRequest("invalid_message", "The message is nested too deeply.")
    try:
        said = _SAID.decode(body)
    except msgspec.MsgspecError as error:
        raise BadRequest("invalid_message", str(error)) from None
    if isinstance(said, Viewing) and said.range is not None and said.range.start >= said.range.end:
        raise BadRequest("invalid_message", "A range ends after it starts - at `$.range`")
    return said


def write(frame: Frame) -> str:
    """A frame as it is sent."""
    return json_text(frame)
