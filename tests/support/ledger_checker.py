"""Judges a race for nights after the fact: was any night sold twice, any promise lost, anybody refused without cause?

It looks at the final rows of the occupancy ledger and at the history of calls, each with the time it was sent and the
time its answer came (both on one monotonic clock of the clients). It is pure, knows nothing of how the product works,
and reports findings; none means that the history is explained.

An answer 2xx is a promise (ok). A 409 `unit_unavailable` is a refusal, which another occupancy must justify. Any other
4xx had no effect. No answer or a 5xx leaves the effect unknown (info): the rows may or may not show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

NEVER = float("inf")
TAKEN = "unit_unavailable"
Outcome = Literal["ok", "refused", "failed", "info"]


@dataclass(frozen=True)
class Occupancy:
    """Nights of a unit that somebody has; half-open, so one may start on the day another ends. Days as `YYYY-MM-DD`."""

    id: str
    unit_id: str
    start: str
    end: str
    live: bool = True

    def meets(self, unit_id: str | None, start: str | None, end: str | None) -> bool:
        """Whether it shares a night of the same unit with this range."""
        return unit_id == self.unit_id and start is not None and end is not None and _share(self, start, end)


@dataclass(frozen=True)
class Op:
    """One call: what it asked for, when, and what was answered.

    A call that takes nights (hold, booking, block, move) has `unit_id`, `start`, `end`; one that only gives nights back
    (cancel) has none. `occupancy_id` is the one that an ok answer names, or that a move or cancel is about. `releases`
    are other occupancies that end when this succeeds, such as the hold that a booking was made from. `lapses` marks
    nights that may come free by themselves, such as a hold that expires, `ttl` seconds after the call. `evidence` is
    what a refusal named as the reason, `answered` the unit and nights that an ok answer repeated. A call on several
    units is several of these with the same `call`.
    """

    key: str
    invoke: float
    complete: float | None
    status: int | None
    unit_id: str | None = None
    start: str | None = None
    end: str | None = None
    occupancy_id: str | None = None
    releases: tuple[str, ...] = ()
    lapses: bool = False
    ttl: float | None = None
    call: str | None = None
    code: str | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    answered: tuple[str | None, str | None, str | None] | None = None

    @property
    def takes(self) -> bool:
        """Whether it asked for nights."""
        return self.unit_id is not None

    @property
    def outcome(self) -> Outcome:
        """ok, refused, failed or info."""
        if self.status is None or self.complete is None or self.status >= 500:
            return "info"
        if self.status < 400:
            return "ok"
        return "refused" if self.status == 409 and self.code == TAKEN else "failed"

    @property
    def done(self) -> float:
        """The latest moment at which it can have taken effect."""
        return NEVER if self.outcome == "info" or self.complete is None else self.complete


@dataclass(frozen=True)
class Finding:
    """Something that must not be. `kind`: overlap, empty, duplicate_id, missing, unequal, lingering, unexplained,
    unjustified, false_evidence, split_key or not_linearizable."""

    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


def check(
    rows: Iterable[Occupancy],
    history: Iterable[Op],
    known: Iterable[Occupancy] = (),
    parts: Mapping[str, Sequence[str]] | None = None,
) -> list[Finding]:
    """All findings. `known` are occupancies that were there before or came from elsewhere, such as an import.

    `parts` names the units of which a combined one consists: they are taken with it.
    """
    ledger, ops, given, within = list(rows), list(history), list(known), parts or {}
    return [
        *overlaps(with_parts(ledger, within)),
        *_promises(ledger, ops),
        *_unexplained(ledger, ops, given),
        *_refusals(ops, with_parts(given, within), within),
        *_answers(ops),
    ]


def with_parts(rows: Iterable[Occupancy], parts: Mapping[str, Sequence[str]]) -> list[Occupancy]:
    """The same, and what a combined unit takes of its parts."""
    return [
        row if unit == row.unit_id else replace(row, id=f"{row.id}:{unit}", unit_id=unit)
        for row in rows
        for unit in (row.unit_id, *parts.get(row.unit_id, ()))
    ]


def nightly(row: Occupancy) -> list[Occupancy]:
    """Each night by itself, under the id of the stay that it is of."""
    stay, first = row.id.partition("~")[0], date.fromisoformat(row.start)
    days = [
        (first + timedelta(days=more)).isoformat() for more in range((date.fromisoformat(row.end) - first).days + 1)
    ]
    return [replace(row, id=f"{stay}/{start}", start=start, end=end) for start, end in pairwise(days)]


def overlaps(rows: Iterable[Occupancy]) -> list[Finding]:
    """Nights sold twice: a sweep over each unit's live occupancies in the order in which they start."""
    findings: list[Finding] = []
    seen: set[str] = set()
    latest: dict[str, Occupancy] = {}
    for row in sorted((row for row in rows if row.live), key=lambda row: (row.unit_id, row.start, row.end)):
        if row.id in seen:
            findings.append(Finding("duplicate_id", f"{_words(row)} is there twice"))
        seen.add(row.id)
        if row.end <= row.start:
            findings.append(Finding("empty", f"{_words(row)} has no night"))
        before = latest.get(row.unit_id)
        if before is not None and row.start < before.end:
            findings.append(Finding("overlap", f"{_words(row)} overlaps {_words(before)}"))
        if before is None or row.end > before.end:
            latest[row.unit_id] = row
    return findings


def _promises(rows: list[Occupancy], ops: list[Op]) -> list[Finding]:
    """Each occupancy must end as the last call about it promised."""
    by_id = {row.id: row for row in rows if row.live}
    findings = []
    for occupancy_id in dict.fromkeys(op.occupancy_id for op in ops if op.outcome == "ok" and op.occupancy_id):
        about = [op for op in ops if occupancy_id == op.occupancy_id or occupancy_id in op.releases]
        last = [op for op in about if op.outcome in ("ok", "info") and not _overtaken(op, about)]
        row = by_id.get(occupancy_id)
        if any(_agrees(op, occupancy_id, row) for op in last):
            continue
        promised = " or ".join(_promise(op, occupancy_id) for op in last)
        kind = "missing" if row is None else "unequal" if any(_keeps(op, occupancy_id) for op in last) else "lingering"
        found = f"it is {_words(row)}" if row else "it is not there"
        findings.append(Finding(kind, f"{occupancy_id} was promised {promised}, but {found}"))
    return findings


def _unexplained(rows: list[Occupancy], ops: list[Op], known: list[Occupancy]) -> list[Finding]:
    """A live row must come from a call that succeeded or may have succeeded, or be known."""
    named = {op.occupancy_id for op in ops if op.outcome == "ok"} | {occupancy.id for occupancy in known}
    maybe = {(op.unit_id, op.start, op.end) for op in ops if op.outcome == "info" and op.takes}
    return [
        Finding("unexplained", f"nobody asked for {_words(row)}")
        for row in rows
        if row.live and row.id not in named and (row.unit_id, row.start, row.end) not in maybe
    ]


def _refusals(ops: list[Op], known: list[Occupancy], parts: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Each refusal needs another occupancy that may have held one of the nights while the call was under way."""
    findings = []
    by_unit: dict[str, list[tuple[float, float, Op]]] = {}
    for op in ops:
        if op.unit_id is not None and op.outcome in ("ok", "info"):
            taken = (op.invoke, _last_moment(op, ops), op)
            for unit in (op.unit_id, *parts.get(op.unit_id, ())):
                by_unit.setdefault(unit, []).append(taken)
    for op in (op for op in ops if op.outcome == "refused" and op.takes):
        asked = f"{op.key}: {op.unit_id} {op.start}/{op.end} was refused"
        needed = [unit for unit in (op.unit_id, *parts.get(op.unit_id or "", ())) if unit]
        others = (one for one in known if one.id != op.occupancy_id)
        standing = any(other.meets(unit, op.start, op.end) for other in others for unit in needed)
        if not standing and not any(_justifies(other, op) for unit in needed for other in by_unit.get(unit, ())):
            findings.append(Finding("unjustified", f"{asked}, and nobody can have had these nights"))
        for named in op.evidence:
            if not (op.start and op.end and named["start"] < op.end and op.start < named["end"]):
                findings.append(Finding("false_evidence", f"{asked} because of {named}, which shares no night with it"))
    return findings


def _answers(ops: list[Op]) -> list[Finding]:
    """An answer says what was asked, and one idempotency key makes one occupancy."""
    findings = []
    ids: dict[str, set[str]] = {}
    for op in (op for op in ops if op.outcome == "ok"):
        if op.answered is not None and op.answered != (op.unit_id, op.start, op.end):
            findings.append(
                Finding("unequal", f"{op.key} asked for {op.unit_id} {op.start}/{op.end}, got {op.answered}")
            )
        if op.occupancy_id:
            ids.setdefault(op.key, set()).add(op.occupancy_id)
    split = [Finding("split_key", f"{key} made {sorted(made)}") for key, made in ids.items() if len(made) > 1]
    return findings + split


def _justifies(other: tuple[float, float, Op], refused: Op) -> bool:
    since, until, op = other
    own = (refused.occupancy_id, *refused.releases)
    if op is refused or (op.occupancy_id is not None and op.occupancy_id in own):
        return False
    if op.start is None or op.end is None or refused.start is None or refused.end is None or refused.complete is None:
        return False
    return op.start < refused.end and refused.start < op.end and since <= refused.complete and until >= refused.invoke


def _last_moment(taking: Op, ops: list[Op]) -> float:
    """Until when the nights of this call can have been taken: the latest that an acknowledged release took effect."""
    if taking.occupancy_id is None:
        return NEVER
    ends = [
        op.done
        for op in ops
        if op.outcome == "ok" and op is not taking and op.invoke >= taking.done and _ends(op, taking)
    ]
    return min(ends, default=NEVER)


def _ends(op: Op, taking: Op) -> bool:
    return taking.occupancy_id == op.occupancy_id or taking.occupancy_id in op.releases


def _overtaken(op: Op, others: list[Op]) -> bool:
    return any(other.outcome == "ok" and other is not op and other.invoke >= op.done for other in others)


def _keeps(op: Op, occupancy_id: str) -> bool:
    return op.takes and occupancy_id not in op.releases


def _agrees(op: Op, occupancy_id: str, row: Occupancy | None) -> bool:
    if not _keeps(op, occupancy_id):
        return row is None
    if row is None:
        return op.lapses
    return (row.unit_id, row.start, row.end) == (op.unit_id, op.start, op.end)


def _promise(op: Op, occupancy_id: str) -> str:
    return f"{op.unit_id} {op.start}/{op.end}" if _keeps(op, occupancy_id) else "to be given back"


def _share(row: Occupancy, start: str, end: str) -> bool:
    return row.start < end and start < row.end


def _words(row: Occupancy) -> str:
    return f"{row.id} ({row.unit_id} {row.start}/{row.end})"
