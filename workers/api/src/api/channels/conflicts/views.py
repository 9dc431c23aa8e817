"""Conflicts as the API shows them."""

from typing import Any

import msgspec

from propflow.handover import Nights


class OurSide(msgspec.Struct, frozen=True, kw_only=True):
    """What has the nights here: `ref_id` is the booking, lease, block, hold or feed behind it."""

    occupancy_id: str
    kind: str
    ref_id: str
    start: str
    end: str


class TheirSide(msgspec.Struct, frozen=True, kw_only=True):
    """What the channel says. `event_id` is the entry of its feed. `ranges` are the nights that it keeps closed
    meanwhile, every one that nobody else has; `nights` is from the first of them to the last."""

    feed_id: str
    event_id: str | None
    host: str
    kind: str | None
    start: str
    end: str
    nights: list[str] | None
    ranges: list[Nights]


class ConflictEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a conflict."""

    type: str
    at: str
    actor: str
    changed: dict[str, Any]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A stay that a channel reports and that does not fit our calendar.

    `resolutions` are the ways out that are open now: keep_ours (the channel has to cancel; it reads our nights in its
    export), keep_theirs (ours is moved or cancelled), ignore, same_stay (a booking of ours is the same guest's).
    `resolution` is the one that was taken, or how it ended by itself: it fits, is gone, or is over. `booking_id` is the
    booking that it was said to be one stay with, from which its dates differ.
    """

    id: str
    unit_id: str
    feed_id: str
    start: str
    end: str
    status: str
    ours: list[OurSide]
    theirs: TheirSide
    booking_id: str | None
    resolutions: list[str]
    resolution: str | None
    reason: str | None
    resolved_by: str | None
    created_at: str
    resolved_at: str | None


class ConflictDetail(Conflict, frozen=True, kw_only=True):
    """With its history, oldest first."""

    history: list[ConflictEvent]
