"""When a calendar that no longer lists an entry is believed: nights are opened on good evidence only. Pure.

An entry must be missing from two readings at least half an hour apart. Entries that vanish together wait for a person
or a day: on 2026-09-18 two channels answered valid empty calendars for hours while guests were in the houses.
"""

from collections.abc import Collection, Mapping

from calsync.feeds.kinds import STAY
from calsync.feeds.models import (
    CONFLICT,
    IMPORTED,
    KEEP,
    NO_SILENCE,
    OLDER_VERSION,
    REMOVED,
    REPLACED,
    SETTING,
    UNHEARD,
    WAITING,
    Known,
    Silence,
)
from calsync.ical.models import STRAY, UNKNOWN_ZONE, Reading, Version, is_nameless, is_older, series
from propflow import clock

SECOND_MISS = 30 * clock.MINUTE
BELIEVED_AFTER = 24 * clock.HOUR  # an empty calendar, if enough readings said so; entries that vanished together
BELIEVED_READINGS = 3
MASS = 2  # entries that vanish at once
STANDING = frozenset({IMPORTED, CONFLICT, WAITING})  # states of what the channel really has


def vanished(known: Mapping[str, Known], reading: Reading) -> list[Known]:
    """What the calendar listed before and does not list now.

    An entry that could not be read may be what is missing: with a UID that one, or any occurrence of it; without one
    any that has none. Where it has lost its beginning, or nothing else could be read, it may be any at all.
    """
    nameless = {one.code for one in reading.problems if one.lost and one.uid is None} - {UNKNOWN_ZONE}
    if STRAY in nameless or (nameless and not reading.events):
        return []
    named = {one.uid for one in reading.problems if one.lost and one.uid is not None}
    there: Collection[str] = {event.uid for event in reading.events} | named
    return [
        one for uid, one in known.items()
        if uid not in there and series(uid) not in named and one.state not in (REMOVED, REPLACED)
        and not (nameless and is_nameless(uid))
    ]  # fmt: skip


def may_vanish(before: Known, today: str) -> bool:
    """Whether the event is to come, so that it means something when the calendar no longer lists it."""
    begun = before.kind == STAY and before.start <= today
    return before.end > today and before.state in STANDING and before.word != KEEP and not begun


def missed_since(before: Known) -> int | None:
    """When a reading that counts missed it first. That its channel is shown a booking meanwhile is no evidence."""
    return None if before.reason == UNHEARD else before.missing_since


def is_gone(before: Known, now: int) -> bool:
    """Whether an event that is missing again has been so for long enough."""
    patience = BELIEVED_AFTER if before.mass else SECOND_MISS
    since = missed_since(before)
    return since is not None and now - since >= patience


def emptied(known: Mapping[str, Known], reading: Reading, today: str) -> bool:
    """Whether the calendar holds nothing at all although stays to come were known: a fault of the host, often."""
    nothing = not (reading.events or reading.problems or reading.cancelled or reading.free)
    return nothing and any(may_vanish(before, today) for before in known.values())


def heard(before: Silence, known: Mapping[str, Known], reading: Reading | None, *, today: str, now: int) -> Silence:
    """How long the calendar has been suddenly empty, this reading included."""
    if reading is None or not emptied(known, reading, today):
        return NO_SILENCE
    return Silence(since=now if before.since is None else before.since, readings=before.readings + 1)


def is_believed(silence: Silence, now: int) -> bool:
    """Whether a silence has lasted for long enough."""
    lasting = silence.since is not None and now - silence.since >= BELIEVED_AFTER
    return lasting and silence.readings >= BELIEVED_READINGS


def settled(known: Mapping[str, Known], today: str) -> bool:
    """Whether an unchanged calendar would change nothing: no event waits for a second miss, for free nights, for its
    end, or for the day on which it no longer looks like a setting."""
    return not any(
        (before.state in (CONFLICT, WAITING, SETTING) and not before.rests_as_one)
        or (before.missing_since is not None and may_vanish(before, today))
        or is_doubted(before)
        for before in known.values()
    )


def is_doubted(before: Known) -> bool:
    """Whether only an older version of the entry than the known one was listed at last."""
    return before.missing_since is not None and before.reason == OLDER_VERSION


def is_stale(before: Known, listed: Version, now: int) -> bool:
    """Whether a version changes nothing since it is older than what is known. A copy may be stale for hours; who lists
    nothing else for a day, has begun to count anew."""
    if not is_older(listed, before.version):
        return False
    return not is_doubted(before) or now - (before.missing_since or 0) < BELIEVED_AFTER


def cancelled_in(uid: str, reading: Reading) -> Version | None:
    """The version that calls an entry off, or the one that it is an occurrence of; None where none does."""
    return reading.cancellations.get(uid) or reading.cancellations.get(series(uid))
