"""Judges a race by the definition: is there an order of the calls that explains every answer and the final rows?

Wing and Gong's search, for each unit on its own (a combined unit together with its parts): a call takes effect at one
moment between being sent and being answered, and the only state is which nights are taken. A booking must find its
nights free at that moment, a refusal must find one of them taken, and in the end exactly those rows are left that the
ledger has. A call without an answer may have had its effect at any time from then on, or never. Calls on several units
are judged on each of them, so this does not show that they happened on all at once; the ledger checker and the tests
of groups and swaps look at that.

It finds what no rule about pairs of calls can, such as two refusals of which each is true only before the other's
cause. It is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from support.ledger_checker import NEVER, Finding, Occupancy, Op

SLACK = 0.1  # s; a hold runs out by the server's clock, which counts from a moment within the call
MOST_STATES = 200_000
Parts = Mapping[str, Sequence[str]]
"""The units of which a combined unit consists."""


class Taken(NamedTuple):
    """Nights of a unit, and whose they are. A hold may lose them by itself."""

    id: str
    unit: str
    start: str
    end: str
    hold: bool = False


State = frozenset[Taken]


@dataclass(frozen=True)
class Step:
    """What a call does to the units that are looked at, at one moment between `invoke` and `complete`."""

    key: str
    invoke: float
    complete: float = NEVER
    takes: tuple[Taken, ...] = ()
    frees: frozenset[str] = frozenset()
    refused: Taken | None = None  # with the id of what the call is about, which is in nobody's own way
    lapses: str | None = None

    @property
    def optional(self) -> bool:
        """Whether it may not have happened when all is over: a call without an answer, or the end of a hold."""
        return self.complete == NEVER or self.lapses is not None


@dataclass
class Ledger:
    """The model: which nights are taken, over units of which some consist of others."""

    parts: Parts = field(default_factory=dict)

    def after(self, state: State, step: Step) -> State | None:
        """The state after the step; None when it cannot have happened in this one."""
        if step.refused is not None:
            return state if any(self.meet(one, step.refused) for one in state if one.id != step.refused.id) else None
        if step.lapses is not None:
            return frozenset(one for one in state if not (one.id == step.lapses and one.hold))
        gone = step.frees | {one.id for one in step.takes}
        found = frozenset(one for one in state if one.id not in gone)
        for one in step.takes:
            if any(self.meet(one, other) for other in found):
                return None
            found |= {one}
        return found

    def meet(self, one: Taken, other: Taken) -> bool:
        """Whether two ranges share a night of the same unit or of a part of it."""
        return one.start < other.end and other.start < one.end and bool(self._all(one.unit) & self._all(other.unit))

    def _all(self, unit: str) -> set[str]:
        return {unit, *self.parts.get(unit, ())}

    def together(self, unit: str) -> str:
        """The name under which a unit is judged together with others: that of the combined unit."""
        return next((whole for whole, parts in self.parts.items() if unit in parts), unit)


def check(rows: Iterable[Occupancy], history: Iterable[Op], parts: Parts | None = None) -> list[Finding]:
    """One finding for each unit whose history no order explains."""
    ledger, ops = Ledger(parts or {}), list(history)
    final: dict[str, set[Taken]] = {}
    for row in rows:
        if row.live:
            place = ledger.together(row.unit_id)
            final.setdefault(place, set()).add(Taken(row.id, row.unit_id, row.start, row.end))
    units = {ledger.together(op.unit_id) for op in ops if op.unit_id is not None} | set(final)
    findings = []
    for unit in sorted(units):
        steps = list(steps_of(ops, unit, ledger))
        stuck = search(ledger, steps, frozenset(final.get(unit, ())))
        if stuck is not None:
            findings.append(Finding("not_linearizable", f"{unit}: {stuck}"))
    return findings


def steps_of(ops: Sequence[Op], unit: str, ledger: Ledger) -> Iterator[Step]:
    """What the calls did to one unit, those that touch several of its parts at once as one step."""

    def here(op: Op) -> bool:
        return op.unit_id is not None and ledger.together(op.unit_id) == unit

    been = {_id(op) for op in ops if here(op)}
    calls: dict[str, list[Op]] = {}
    for op in ops:
        if op.outcome == "refused" and here(op):
            yield Step(op.key, op.invoke, op.done, refused=_taken(op))
        elif op.outcome in ("ok", "info") and (here(op) or not been.isdisjoint(_gone(op))):
            calls.setdefault(op.call or op.key, []).append(op)
    for key, together in calls.items():
        gone = frozenset(id for op in together for id in _gone(op))
        takes = [op for op in together if here(op)]
        yield Step(key, together[0].invoke, together[0].done, tuple(map(_taken, takes)), gone)
        for op in takes:
            if op.lapses:
                ends = op.done + op.ttl + SLACK if op.ttl is not None else NEVER
                yield Step(f"the end of {key}", op.invoke + (op.ttl or 0), ends, lapses=_id(op))


def _id(op: Op) -> str:
    return op.occupancy_id or f"?{op.key}"


def _gone(op: Op) -> list[str]:
    return [id for id in (op.occupancy_id, *op.releases) if id is not None]


def _taken(op: Op) -> Taken:
    return Taken(_id(op), op.unit_id or "", op.start or "", op.end or "", op.lapses)


def search(ledger: Ledger, steps: Sequence[Step], final: State) -> str | None:
    """None when some order of the steps explains all; otherwise how far the best one came."""
    ordered = sorted(steps, key=lambda step: step.invoke)
    asked = sum(1 << index for index, step in enumerate(ordered) if not step.optional)
    stack: list[tuple[int, State]] = [(0, frozenset())]
    seen: set[tuple[int, State]] = set()
    best, where = -1, ""
    while stack:
        done, state = stack.pop()
        done, open_now = _answered(ledger, ordered, done, state)
        if (done, state) in seen:
            continue
        seen.add((done, state))
        if len(seen) > MOST_STATES:
            return f"no order was found among the first {MOST_STATES}; the last step was {where}"
        if done & asked == asked and _agrees(state, final):
            return None
        if (done & asked).bit_count() > best:
            best = (done & asked).bit_count()
            waiting = ", ".join(ordered[index].key for index in open_now) or "the final rows"
            where = f"{best} of {asked.bit_count()} steps have an order, then come {waiting}"
        # The one that was answered first is tried first: what is pushed last.
        for index in sorted(open_now, key=lambda index: -ordered[index].complete):
            after = ledger.after(state, ordered[index])
            if after is not None:
                stack.append((done | 1 << index, after))
    return where


def _answered(ledger: Ledger, ordered: Sequence[Step], done: int, state: State) -> tuple[int, list[int]]:
    """Refusals that the state explains change nothing, so they may as well come now; and the steps that may follow."""
    while True:
        found = list(_open(ordered, done))
        told = [index for index in found if ordered[index].refused and ledger.after(state, ordered[index]) is not None]
        if not told:
            return done, found
        for index in told:
            done |= 1 << index


def _open(ordered: Sequence[Step], done: int) -> Iterator[int]:
    """The steps that may come next: none that was sent after another, still to come, was answered."""
    earliest = NEVER
    index = (~done & (done + 1)).bit_length() - 1  # the first that is not done
    while index < len(ordered) and ordered[index].invoke <= earliest:
        if not done >> index & 1:
            earliest = min(earliest, ordered[index].complete)
        index += 1
    last = index
    for index in range((~done & (done + 1)).bit_length() - 1, last):
        if not done >> index & 1 and ordered[index].invoke <= earliest:
            yield index


def _agrees(state: State, final: State) -> bool:
    """What is left is what the ledger shows; holds may have run out since."""
    places = {(one.unit, one.start, one.end) for one in final}
    kept = {(one.unit, one.start, one.end) for one in state if not one.hold}
    return len(places) == len(final) and kept <= places <= {(one.unit, one.start, one.end) for one in state}
