"""Decides what a fetched calendar means: the heart of the importer. Pure; today and now are arguments.

An event of a feed is a fact: it is never refused and never lost. Where its nights are taken it becomes a conflict.
Settings of the channel (`rolling`) and echoes of what we export (`echo`) take no nights. A new UID may be a known stay
(`matching`). Nights are opened on good evidence only (`evidence`). What a person said about an event counts for as long
as the event has the nights it was said about.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from calsync.exports.rules import occupancy_of
from calsync.feeds import echo, evidence, rolling
from calsync.feeds.kinds import BLOCK, kind_of
from calsync.feeds.matching import matched
from calsync.feeds.models import (
    APART,
    CANCEL,
    CONFLICT,
    ECHO,
    IGNORED,
    IMPORT,
    IMPORTED,
    KEEP,
    NO_SILENCE,
    OLDER_VERSION,
    REMOVED,
    REPLACED,
    SETTING,
    UNHEARD,
    WAITING,
    Decision,
    Fact,
    Known,
    Ours,
    Silence,
)
from calsync.feeds.placing import place
from calsync.ical.models import UNVERSIONED, Event, Reading, is_older
from calsync.spans import Nights, Timeline


def decide(
    known: Mapping[str, Known], reading: Reading, *, today: str, now: int, new_id: Callable[[str], str],
    silence: Silence = NO_SILENCE, ours: Sequence[Ours] = (), returned: Collection[str] = (),
) -> Decision:  # fmt: skip
    """Compare what the feed said before with what it says now. `new_id` makes an id with a prefix. `returned` are the
    occupancies of the unit that UIDs of the calendar name."""
    return _Deciding(known, reading, ours, returned, today, now, new_id).decide(silence)


def needs_ours(known: Mapping[str, Known], reading: Reading) -> bool:
    """Whether an echo is possible at all: something is listed that does not rest as it was, or under a UID of ours."""
    resting = (IMPORTED, ECHO, IGNORED)  # a setting does not rest: on the day it is none it may be an echo
    return any(
        (before := known.get(one.uid)) is None or not (before.state in resting or before.rests_as_one)
        or not _same(before, one)
        or occupancy_of(one.uid) is not None
        for one in reading.events
    )  # fmt: skip


def unlisted(known: Iterable[Known], today: str) -> bool:
    """Whether something to come is gone that is one stay with a booking, about which somebody is to decide."""
    return any(one.state == REMOVED and one.booking_id is not None and one.end > today for one in known)


class _Deciding:
    """One decision as it grows."""

    def __init__(
        self, known: Mapping[str, Known], reading: Reading, ours: Sequence[Ours], returned: Collection[str], today: str,
        now: int, new_id: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._known, self._reading = known, reading
        self._today, self._now, self._new_id = today, now, new_id
        self._facts: list[Fact] = []
        self._releases: list[str] = []
        self._removed = self._outdated = 0
        self._wishes: list[tuple[Fact, bool]] = []
        self._gone = evidence.vanished(known, reading)
        closures = [one for one in self._gone if one.kind == BLOCK]
        self._settings = rolling.Settings(reading.events, closures, today)
        self._continued = matched(self._new(), self._continuable())
        self._continued_uids = {one.uid for one in self._continued.values()}
        ended = self._ended()
        # Of what has vanished the channel may still tell the echo, where it reads an export for everybody; elsewhere a
        # closure on those nights is one that came in their place.
        stands = Timeline(one for one in ours if one.told or one.occupancy_id not in ended)
        gone = echo.nights_of(one for one in self._gone if one.state == ECHO)
        self._echoes = echo.Echoes(gone, stands, returned, today=today, now=now)

    def decide(self, silence: Silence) -> Decision:
        listed = [one for one in self._reading.events if not self._is_history(one)]
        for event in listed:
            self._judge(event)
        self._end_conflicts()
        held = evidence.emptied(self._known, self._reading, self._today) and not evidence.is_believed(
            silence, self._now
        )  # fmt: skip
        mass = 0 if held else self._miss(evidence.is_believed(silence, self._now))
        self._show_booked(held)
        wishes = self._after_the_vanished()
        self._facts += [fact for fact, _ in wishes]
        placements = place(wishes, self._known)
        moving = {*self._releases, *(one.occupancy_id for one in placements if one.held)}
        touched = {*self._releases, *(one.occupancy_id for one in placements)}
        touched |= {one.occupancy_id for one in self._facts if one.booking_id is not None}
        return Decision(
            facts=self._facts, placements=placements, releases=self._releases, seen=self._reading.seen,
            ignored=self._reading.seen - len(listed) + self._without_nights(listed), held=held, mass=mass,
            removed=self._removed, outdated=self._outdated,
            had={
                one.occupancy_id: one.nights
                for one in self._known.values() if one.held and one.occupancy_id in moving
            },
            moved={
                one.occupancy_id: one.moved_to
                for one in self._known.values()
                if one.moved_to is not None and one.state != REPLACED and one.occupancy_id in touched
            },
            unlisted=self._unlisted(),
        )  # fmt: skip

    def _unlisted(self) -> bool:
        """Whether something is gone, now or before, that is one stay with a booking."""
        return unlisted(self._known.values(), self._today) or any(
            one.state == REMOVED and one.booking_id is not None for one in self._facts
        )

    def _ended(self) -> set[str]:
        """The occupancies of what seems to be cancelled: a closure of their nights repeats nothing that stands."""
        return {
            one.occupancy_id for one in self._gone
            if evidence.may_vanish(one, self._today) and one.uid not in self._continued_uids
        }  # fmt: skip

    def _is_history(self, event: Event) -> bool:
        before = self._known.get(event.uid)
        return event.end <= self._today and (before is None or before.state != IMPORTED)

    def _without_nights(self, listed: Sequence[Event]) -> int:
        """How many of the entries take no nights, because they are settings, echoes, or a person said so."""
        states = {uid: one.state for uid, one in self._known.items()} | {one.uid: one.state for one in self._facts}
        return sum(states.get(one.uid) in (SETTING, ECHO, IGNORED) for one in listed)

    def _new(self) -> list[Event]:
        """Entries under a UID that stands for nothing."""
        return [
            one for one in self._reading.events
            if one.end > self._today
            and ((before := self._known.get(one.uid)) is None or before.state == REPLACED)
        ]  # fmt: skip

    def _continuable(self) -> list[Known]:
        """What may go on under another UID. What may be a guest does so only where its nights were taken for it."""
        return [
            one for one in self._gone
            if one.end > self._today and one.word != APART and (one.kind == BLOCK or one.state in evidence.STANDING)
        ]  # fmt: skip

    def _judge(self, listed: Event) -> None:
        continued = self._continued.get(listed.uid)
        before = continued or self._known.get(listed.uid)
        event = _untrimmed(listed, before, self._today)
        same = before is not None and _same(before, event)
        if before is not None and continued is None and self._is_stale(event, before, same=same):
            self._doubt(before)
            return
        word = before.word if before is not None and same else None
        quiet = before is not None and same and continued is None and before.missing_since is None
        if before is not None and continued is not None:
            self._facts.append(self._of(before, REPLACED))
        state, reason = self._without(event, before, word)
        if state is not None:
            if not (quiet and before is not None and before.state == state):
                self._write(event, before, state, state, reason, word=word)
                self._release(before)
        elif before is not None and same and before.state == IMPORTED:
            if not quiet or before.kind != kind_of(event):
                change = "matched" if continued else "returned" if before.missing_since is not None else "kind"
                back = before.missing_since is not None and word == KEEP  # it may vanish again, and counts then
                kept = IMPORT if back else word
                self._write(event, before, IMPORTED, change, "same_nights", word=kept)
            elif event.version[:2] > before.version[:2]:
                self._write(event, before, IMPORTED, "", before.reason or "", word=word)
        elif before is not None and quiet and before.rests_as_one:
            if event.version[:2] > before.version[:2] or before.kind != kind_of(event):
                self._write(event, before, WAITING, "", before.reason or "", word=word)
        else:
            change, reason = _change(event, before, continued)
            fact = self._fact(event, before, None, change, reason, word=word)
            self._wishes.append((fact, before is not None and before.held))

    def _is_stale(self, event: Event, before: Known, *, same: bool) -> bool:
        """Whether it is an older version than the known one, and says something else."""
        says_else = not same or before.state == REMOVED
        return says_else and before.state != REPLACED and evidence.is_stale(before, event.version, self._now)

    def _doubt(self, before: Known) -> None:
        """The known version goes on, for a day at least."""
        self._outdated += 1
        if before.state == REMOVED and not evidence.is_doubted(before):
            self._facts.append(self._of(before, REMOVED, "", OLDER_VERSION, missing_since=self._now))
        elif not evidence.is_doubted(before):
            self._facts.append(self._missing(before, OLDER_VERSION, mass=True))

    def _missing(self, before: Known, reason: str, *, mass: bool) -> Fact:
        """It keeps what it has, and may be believed to be gone later. What waits for nights may get them in the very
        batch that notes it: the database decides."""
        waits = before.state in (CONFLICT, WAITING)
        state, otherwise = (None, before.state) if waits else (before.state, CONFLICT)
        return self._of(
            before, state, "missing", reason, missing_since=self._now, mass=mass, otherwise=otherwise
        )  # fmt: skip

    def _without(self, event: Event, before: Known | None, word: str | None) -> tuple[str | None, str]:
        """The state of an entry that takes no nights, and why. What has them rests: its last night looks like a setting
        of tonight."""
        if word is not None:
            return (IGNORED, "a_person_said_so") if word == CANCEL else (None, "")
        if before is not None and before.state == IMPORTED and _same(before, event):
            return None, ""
        if before is not None and before.booking_id is not None:
            return None, ""  # a person said that it is a guest
        reason = self._settings.reason(event, before)
        if reason is not None:
            return SETTING, reason
        reason = self._echoes.reason(event, before)
        return (None, "") if reason is None else (ECHO, reason)

    def _end_conflicts(self) -> None:
        """Conflicts whose range has ended, listed or not: nobody needs to decide, and the nights that such an event
        kept when it moved are nobody's any more."""
        ends = {event.uid: event.end for event in self._reading.events}
        for before in self._known.values():
            waits = before.state in (CONFLICT, WAITING) and before.uid not in self._continued_uids
            if waits and ends.get(before.uid, before.end) <= self._today:
                self._facts.append(self._of(before, REMOVED, "over", "over", booking_id=None))
                self._release(before)

    def _miss(self, believed: bool) -> int:
        """Note what is missing, and remove what has been for long enough; how many have vanished together."""
        left = [one for one in self._gone if one.uid not in self._continued_uids and one.end > self._today]
        missing = [one for one in left if evidence.may_vanish(one, self._today)]
        together = sum(evidence.missed_since(one) is None for one in missing) >= evidence.MASS and not believed
        waiting = 0
        for before in missing:
            cancelled = evidence.cancelled_in(before.uid, self._reading)
            if evidence.is_gone(before, self._now):
                reason = "missed_for_a_day" if before.mass else "missed_twice"
                self._facts.append(self._of(
                    before, REMOVED, "removed", reason, missing_since=before.missing_since,
                    entry_version=cancelled or UNVERSIONED,
                ))  # fmt: skip
                self._release(before)
                continue
            if cancelled is not None and is_older(cancelled, before.version):
                self._doubt(before)
                continue
            first = evidence.missed_since(before) is None
            mass = before.mass or (together and first)
            waiting += mass
            if first:
                self._facts.append(self._missing(before, "missed_together" if mass else "missed", mass=mass))
        for before in left:
            if before.state in (SETTING, ECHO, IGNORED):
                self._facts.append(self._of(before, REMOVED, "gone", "not_listed"))
        return waiting

    def _show_booked(self, held: bool) -> None:
        """What is one stay with a booking and is not listed proves nothing while the calendar is empty, or once the
        stay has begun. But its channel may sell its nights, so it is shown the booking."""
        for one in self._gone:
            linked = one.booking_id is not None and one.state in evidence.STANDING and one.end > self._today
            counts = not held and evidence.may_vanish(one, self._today)
            if linked and not counts and one.missing_since is None and one.uid not in self._continued_uids:
                self._facts.append(self._missing(one, UNHEARD, mass=False))

    def _after_the_vanished(self) -> list[tuple[Fact, bool]]:
        """The wishes; some wait for nights of what has vanished and is not yet believed to be gone."""
        released = set(self._releases)
        kept = [
            one for one in self._gone
            if one.uid not in self._continued_uids and evidence.may_vanish(one, self._today)
            and one.occupancy_id not in released
        ]  # fmt: skip
        keeping = {
            unit: Nights(nights for one in kept if one.moved_to == unit for nights in one.nights)
            for unit in {one.moved_to for one in kept}
        }
        booked = {one.occupancy_id: one for one in self._known.values() if one.booked is not None}
        return [
            (msgspec.structs.replace(
                fact, otherwise=WAITING if _is_one_stay(fact, booked) or _waits(fact, keeping) else CONFLICT
            ), held)
            for fact, held in self._wishes
        ]  # fmt: skip

    def _release(self, before: Known | None) -> None:
        """What it has or waits for is nobody's any more."""
        if before is not None and (before.held or before.state in evidence.STANDING):
            self._releases.append(before.occupancy_id)
            self._removed += before.held or before.state == CONFLICT or before.booking_id is not None

    def _write(
        self, event: Event, before: Known | None, state: str, change: str, reason: str, *, word: str | None
    ) -> None:
        self._facts.append(self._fact(event, before, state, change, reason, word=word))

    def _fact(
        self, event: Event, before: Known | None, state: str | None, change: str, reason: str, *, word: str | None
    ) -> Fact:
        same = before is not None and _same(before, event)
        said_on = before.said_on if before is not None and same else None
        return Fact(
            uid=event.uid, start=event.start, end=event.end, kind=kind_of(event), state=state, change=change,
            reason=reason, word=word, said_on=said_on or self._today, decision_id=self._new_id("dec"),
            occupancy_id=_occupancy(before) or self._new_id("occ"), conflict_id=self._new_id("con"),
            entry_version=before.version if before and same and is_older(event.version, before.version)
            else event.version,
            moved_to=None if before is None or before.state == REPLACED else before.moved_to,
            booking_id=None if before is None or before.state == REPLACED else before.booking_id,
            was=before.state if before is not None and same and before.state in (CONFLICT, WAITING) else None,
            before=None if before is None else _nights(before),
            before_uid=before.uid if before is not None and before.uid != event.uid else None,
        )  # fmt: skip

    def _of(self, before: Known, state: str | None, change: str = "", reason: str = "", **more: Any) -> Fact:
        """What becomes of an event that the calendar does not list."""
        word = None if state in (REMOVED, REPLACED) else before.word
        more.setdefault("entry_version", before.version)
        more.setdefault("moved_to", before.moved_to)
        more.setdefault("booking_id", None if state == REPLACED else before.booking_id)
        return Fact(
            uid=before.uid, start=before.start, end=before.end, kind=before.kind, state=state, change=change,
            reason=reason or before.reason or "", occupancy_id=before.occupancy_id, word=word,
            said_on=before.said_on or self._today, decision_id=self._new_id("dec"), conflict_id=self._new_id("con"),
            before=_nights(before), **more,
        )  # fmt: skip


def _is_one_stay(fact: Fact, booked: Mapping[str, Known]) -> bool:
    """Whether the booking that it is one stay with has the nights that it wants."""
    known = booked.get(fact.occupancy_id)
    return known is not None and fact.booking_id is not None and known.is_booked(fact.start, fact.end)


def _waits(fact: Fact, keeping: Mapping[str | None, Nights]) -> bool:
    """Whether nights that it wants are kept by what has vanished from its unit."""
    kept = keeping.get(fact.moved_to)
    return kept is not None and kept.meet(fact.start, fact.end)


def _change(event: Event, before: Known | None, continued: Known | None) -> tuple[str, str]:
    """What it is that an event wants nights for, and why."""
    if continued is not None:
        return "matched", "same_end" if continued.end == event.end else "most_nights_shared"
    if before is None or before.state == REPLACED:
        return "created", "listed"
    has_others = _nights(before) != (event.start, event.end) or not _same(before, event)
    if has_others and (before.held or before.state == IMPORTED):
        return "moved", "other_nights"
    return ("reinstated", "listed_again") if before.state == REMOVED else ("created", "listed")


def _untrimmed(event: Event, before: Known | None, today: str) -> Event:
    """Many calendars cut off what is past, so a stay that has begun seems to begin today: that moves nothing, and takes
    nothing back of what a person said about it."""
    if before is None or before.state not in (*evidence.STANDING, IGNORED):
        return event
    cut = before.end == event.end and before.start < event.start <= today
    return msgspec.structs.replace(event, start=before.start) if cut else event


def _same(before: Known, event: Event) -> bool:
    return (before.start, before.end) == (event.start, event.end)


def _occupancy(before: Known | None) -> str | None:
    """The occupancy that goes on; one that went on under another UID is not this one's any more."""
    return None if before is None or before.state == REPLACED else before.occupancy_id


def _nights(before: Known) -> tuple[str, str]:
    """What it has; of what has nothing what it last wanted."""
    return (before.nights[0][0], before.nights[-1][1]) if before.held else (before.start, before.end)
