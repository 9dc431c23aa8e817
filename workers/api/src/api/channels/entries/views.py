"""Entries of a channel's calendar and decisions about them. Titles are not kept: they hold names."""

import msgspec

from api.channels.feeds.views import FeedRun
from propflow.handover import Nights


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the id of its occupancy, as the ledger knows it. `verbs` are what may be said about it now. `unit_id` is
    the unit to which somebody moved it; null where it lives in that of its feed. `booking_id` is the booking that it is
    one stay with.

    `state`: imported, conflict, waiting (for the nights of that booking, or of an entry that has vanished), removed,
    setting, echo, ignored. `nights` is from the first to the last that it keeps closed, `ranges` each run of them: what
    lies between is somebody else's, and in conflict.
    """

    id: str
    uid: str
    kind: str
    unit_id: str | None
    booking_id: str | None
    start: str
    end: str
    state: str
    reason: str | None
    detail: str | None
    nights: list[str] | None
    ranges: list[Nights]
    missing_since: str | None
    word: str | None
    conflict_id: str | None
    verbs: list[str]


class FeedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """`before` and `after` are nights, `[first, end)`. `reason` is a stable code, `detail` a sentence."""

    id: str
    event_id: str
    uid: str
    previous_uid: str | None
    change: str
    reason: str
    detail: str
    before: list[str] | None
    after: list[str]
    reversible: bool
    reverted_at: str | None


class FeedRunDetail(FeedRun, frozen=True, kw_only=True):
    """A run with each of its decisions."""

    decisions: list[FeedDecision]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries were removed, and how many are left to another call."""

    removed: int
    left: int
