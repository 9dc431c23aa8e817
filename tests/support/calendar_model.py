"""What the product promises about nights, in the plainest words: a model that says what each request must answer.

Days are numbers from the first day of a window, which is today. An outcome is a status and, for a refusal, its code;
None means that the request must succeed. The model changes only by what the machine tells it after a success.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

OPEN = 10**6  # the day on which an open end ends
RATE = 12_000  # minor units a night
EVERYTHING = 10_000  # basis points; without a policy that is given back on any day
TRANSITIONS = {
    "confirm": ({"pending"}, "confirmed"),
    "cancel": ({"pending", "confirmed"}, "cancelled"),
    "check_in": ({"confirmed"}, "checked_in"),
    "check_out": ({"checked_in"}, "checked_out"),
    "no_show": ({"confirmed"}, "no_show"),
    "reinstate": ({"cancelled"}, "confirmed"),
    "undo_check_in": ({"checked_in"}, "confirmed"),
    "undo_check_out": ({"checked_out"}, "checked_in"),
}
STANDING = {"pending", "confirmed"}  # nothing of it is to be reinstated
UNDONE = {"undo_check_in": "check_in_undone", "undo_check_out": "check_out_undone"}
FROM_ARRIVAL = {"check_in", "check_out", "no_show"}
LEASES = {
    "activate": ("draft", "active"),
    "renew": ("active", None),
    "terminate": ("active", "terminated"),
    "cancel": ("draft", "cancelled"),
}
Outcome = tuple[int, str] | None
Span = tuple[str, int, int]
"""A unit and its nights."""

Happened = tuple[str, str]
"""The type of an event, and what it is about."""

TAKEN: Outcome = (409, "unit_unavailable")
WRONG_STATE: Outcome = (409, "invalid_transition")


@dataclass
class Booking:
    id: str
    status: str
    span: Span
    keeps: int  # basis points that are given back at a cancellation on an earlier day
    etag: str | None
    refund: int | None = None
    guests: int = 2
    sold: set[int] = field(default_factory=set)
    """The nights that are paid for: all of them, until others come or go with the price kept."""
    later: tuple[tuple[str, int], ...] = ()
    """The units to which the guest moves, each with its first night; `span` is the whole stay and its first unit."""

    def __post_init__(self) -> None:
        self.sold = self.sold or set(range(*self.span[1:]))

    @property
    def total(self) -> int:
        return RATE * len(self.sold)

    def parts(self) -> list[Span]:
        """Where the guest is and when."""
        begun = [(self.span[0], self.span[1]), *self.later]
        ends = [*(start for _, start in self.later), self.span[2]]
        return [(unit, start, end) for (unit, start), end in zip(begun, ends, strict=True)]

    def place(self, parts: Sequence[Span]) -> None:
        """The guest is elsewhere from now on."""
        self.span = (parts[0][0], parts[0][1], parts[-1][2])
        self.later = tuple((unit, start) for unit, start, _ in parts[1:])


@dataclass
class Hold:
    id: str
    span: Span
    status: str = "live"


@dataclass
class Block:
    id: str
    span: Span
    etag: str | None
    live: bool = True


@dataclass
class Lease:
    id: str
    span: Span
    status: str = "draft"


@dataclass
class Stay:
    """A guest of a channel, until the channel lists it no more. `id` is that of its nights."""

    uid: str
    span: Span
    listed: bool = True
    id: str = ""


@dataclass
class Model:
    """The nights of some units; `whole` consists of `parts`. From `strict` on a stay in `single` has two nights.

    Channels sell nights of `single` and of `whole`, whoever has them; they get what nobody else has.
    """

    single: str
    whole: str
    parts: tuple[str, ...]
    strict: int = 10
    bookings: list[Booking] = field(default_factory=list)
    groups: list[tuple[str, list[Booking]]] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    quotes: list[tuple[str, Span]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    cancelled_as: dict[str, str] = field(default_factory=dict)
    """By the id of a booking, what it was when it was cancelled last."""

    @property
    def units(self) -> list[str]:
        return [self.single, self.whole, *self.parts]

    def free(self, span: Span, but: Sequence[object] = ()) -> bool:
        """Whether nobody else has one of the nights, of the unit, of its whole or of a part of it."""
        return not any(self.meet(span, taken) for owner, taken in self._live() if all(owner is not one for one in but))

    def meet(self, one: Span, other: Span) -> bool:
        """Whether two ranges share a night of a unit."""
        nights = max(one[1], other[1]) < min(one[2], other[2])
        return nights and bool(self._places(one[0]) & self._places(other[0]))

    def ranges(self, stay: Stay) -> list[tuple[int, int]]:
        """What a channel's guest has: each run of the nights that nobody else has."""
        return self._runs(stay, stay.span[0])

    def _runs(self, stay: Stay, unit: str) -> list[tuple[int, int]]:
        """The same of a part of the unit alone."""
        _, start, end = stay.span
        own, found = list(self._own()), list[tuple[int, int]]()
        for night in range(start, end) if stay.listed else ():
            if any(self.meet((unit, night, night + 1), taken) for _, taken in own):
                continue
            begin = found.pop()[0] if found and found[-1][1] == night else night
            found.append((begin, night + 1))
        return found

    def unsold(self, span: Span, but: Stay | None = None) -> bool:
        """Whether the channel has sold none of the nights."""
        return not any(self.meet(span, one.span) for one in self.stays if one.listed and one is not but)

    def waits(self, stay: Stay) -> bool:
        """Whether somebody else has nights of a channel's guest."""
        return stay.listed and self.ranges(stay) != [stay.span[1:]]

    def _live(self) -> Iterable[tuple[object, Span]]:
        yield from self._own()
        for stay in self.stays:
            for unit in self.parts if stay.span[0] == self.whole else [stay.span[0]]:
                yield from ((stay, (unit, *nights)) for nights in self._runs(stay, unit))

    def _own(self) -> Iterable[tuple[object, Span]]:
        for booking in self.bookings:
            if booking.status in ("pending", "confirmed", "checked_in"):
                yield from ((booking, part) for part in booking.parts())
            elif booking.status == "no_show":
                yield booking, (*booking.span[:2], 1)  # who did not come today may still come tonight
        yield from ((hold, hold.span) for hold in self.holds if hold.status == "live")
        yield from ((block, block.span) for block in self.blocks if block.live)
        yield from ((lease, lease.span) for lease in self.leases if lease.status in ("active", "terminated"))

    def _places(self, unit: str) -> set[str]:
        return {unit, *self.parts} if unit == self.whole else {unit}

    def allowed(self, span: Span) -> bool:
        unit, start, end = span
        return unit != self.single or start < self.strict or end - start >= 2

    def stay(self, span: Span, but: Sequence[object] = (), rules: bool = True) -> Outcome:
        """May these nights be taken? The unit's rules are asked first."""
        if rules and not self.allowed(span):
            return (422, "stay_not_allowed")
        return None if self.free(span, but) else TAKEN

    def group(self, spans: Sequence[Span]) -> Outcome:
        if not all(self.allowed(span) for span in spans):
            return (422, "stay_not_allowed")
        seen: list[Span] = []
        for span in spans:
            if not self.free(span) or any(self.meet(span, one) for one in seen):
                return TAKEN
            seen.append(span)
        return None

    def verb(self, booking: Booking, verb: str) -> Outcome:
        """May it be done? A booking that is there already is answered as it is."""
        allowed, _ = TRANSITIONS[verb]
        if booking.status == self.target(booking, verb):
            return None
        if booking.status not in allowed:
            return WRONG_STATE
        if verb in FROM_ARRIVAL and booking.span[1] > 0:
            return (409, "too_early")
        takes = verb in ("reinstate", "undo_check_out")
        return None if not takes or all(self.free(part, [booking]) for part in booking.parts()) else TAKEN

    def target(self, booking: Booking, verb: str) -> str:
        """Where the verb leads. What was pending when it was cancelled comes back as pending."""
        if verb != "reinstate":
            return TRANSITIONS[verb][1]
        return booking.status if booking.status in STANDING else self.cancelled_as.get(booking.id, "confirmed")

    def refund(self, booking: Booking) -> int:
        """What a confirmed booking gets back today."""
        keeps = booking.keeps if booking.span[1] > 0 or booking.keeps == EVERYTHING else 0
        return booking.total * keeps // EVERYTHING

    def cancelled(self, booking: Booking) -> None:
        """It is about to be cancelled."""
        self.cancelled_as[booking.id] = booking.status
        booking.refund = None if booking.status == "pending" else self.refund(booking)

    def move(self, booking: Booking, to: Sequence[Span]) -> Outcome:
        """May the booking have these parts? Rules about stays say nothing of who only changes the unit."""
        if booking.status not in ("pending", "confirmed", "checked_in"):
            return WRONG_STATE
        if booking.status == "checked_in" and to[0][1] != booking.span[1]:
            return (409, "guest_is_there")
        if list(to) == booking.parts():
            return None
        if len(to) == 1:
            return self.stay(to[0], [booking], rules=booking.status != "checked_in")
        return None if all(self.free(part, [booking]) for part in to) else TAKEN

    def changed(self, booking: Booking, unit: str, day: int) -> list[Span]:
        """The parts of a booking whose guest is in the unit from that day on; two in the same unit are one."""
        before = [(place, start, min(end, day)) for place, start, end in booking.parts() if start < day]
        if before and before[-1][0] == unit:
            day = before.pop()[1]
        return [*before, (unit, day, booking.span[2])]

    def moved(self, booking: Booking, to: Sequence[Span], reprice: str) -> Booking:
        """The booking in its new place, and what of it is paid for."""
        after = replace(booking)
        after.place(to)
        before, sold = booking.parts(), booking.sold
        was, now = set(range(*booking.span[1:])), set(range(*after.span[1:]))
        stays = {(unit, night) for unit, *nights in before for night in range(*nights)}
        elsewhere = {night for unit, *nights in to for night in range(*nights) if (unit, night) not in stays} & was
        if reprice == "none":
            come = sorted(now - was - sold)
            gone = sorted((was - now) & sold)[: len(come)]
            after.sold = sold - set(gone) | set(come[: len(gone)])
        elif reprice == "all" or not {unit for unit, *_ in before} & {unit for unit, *_ in to}:
            after.sold = now
        elif list(to) != before:
            left, was = sold - elsewhere, was - elsewhere
            after.sold = left - (was - now) | (now - was) if now & left else now
        return after

    def edited(self, booking: Booking) -> None:
        """It has other guests: where none of its nights is paid for, all of them are priced anew."""
        before, now = booking.total, set(range(*booking.span[1:]))
        if not now & booking.sold:
            booking.sold = now
            booking.refund = None if booking.refund is None else max(0, booking.refund + booking.total - before)

    def told(self, booking: Booking, had: Sequence[Span], has: Sequence[Span], named: set[str]) -> list[Happened]:
        """The events of units, other than those of which the booking's own events tell all, whose nights change."""
        units = {unit for unit, *_ in [*had, *has]} - named
        return [
            ("booking.nights_changed", booking.id)
            for unit in units if [one for one in had if one[0] == unit] != [one for one in has if one[0] == unit]
        ]  # fmt: skip

    def swap(self, one: Booking, other: Booking) -> Outcome:
        if one is other:
            return (422, "same_booking")
        if one.later or other.later:
            return (409, "stay_in_parts")
        if one.span[0] == other.span[0]:
            return (422, "same_unit")
        if any(booking.status not in ("pending", "confirmed", "checked_in") for booking in (one, other)):
            return WRONG_STATE
        to = [(other.span[0], *one.span[1:]), (one.span[0], *other.span[1:])]
        if self.meet(*to) or not all(self.free(span, [one, other]) for span in to):
            return TAKEN
        return None

    def lease(self, lease: Lease, verb: str, end: int) -> Outcome:
        """`end` is the later end of a renewal, or the day of leaving."""
        unit, start, was = lease.span
        allowed, target = LEASES[verb]
        if lease.status == target:
            return None
        if lease.status != allowed:
            return WRONG_STATE
        if verb == "renew" and (end <= was if was < OPEN else end < OPEN):
            return (422, "invalid_term")
        if verb == "terminate" and not start <= end <= was:
            return (422, "invalid_term")
        if verb in ("activate", "renew"):
            return None if self.free((unit, start, was if verb == "activate" else end), [lease]) else TAKEN
        return None
