"""A model of the ledger, right or cheating, and races for it: what the checkers of races are tried on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import strategies as st

from support.ledger_checker import TAKEN, Occupancy, Op

EPOCH = date(2027, 1, 1)
UNITS = st.sampled_from(["unit_1", "unit_2"])


@dataclass
class Call:
    """A call that takes effect at `point`, somewhere between being sent and being answered."""

    kind: str
    unit: str
    start: int
    nights: int
    target: int
    invoke: float
    point: float
    complete: float
    answered: bool


@dataclass
class Ledger:
    """What the product should be: one thing after the other, and no night twice unless `cheating`."""

    cheating: bool = False
    rows: dict[str, Occupancy] = field(default_factory=dict)
    taken_by: dict[str, float] = field(default_factory=dict)

    def run(self, call: Call) -> Op:
        """Apply the call and give the op that a client would have recorded."""
        op = self._take(call) if call.kind == "take" else self._give_back(call)
        return op if call.answered else self._unanswered(op, call)

    def _take(self, call: Call) -> Op:
        start, end = day(call.start), day(call.start + call.nights)
        base = Op(f"k{call.point}", call.invoke, call.complete, 201, call.unit, start, end)
        if not self.cheating and any(row.meets(call.unit, start, end) for row in self.rows.values()):
            return replace(base, status=409, code=TAKEN)
        id = f"occ_{call.point}"
        self.rows[id] = Occupancy(id, call.unit, start, end)
        self.taken_by[id] = call.complete if call.answered else float("inf")
        return replace(base, occupancy_id=id)

    def _give_back(self, call: Call) -> Op:
        # A client can only cancel what it has been told about.
        ids = [id for id in self.rows if self.taken_by[id] < call.invoke]
        if not ids:
            return Op(f"k{call.point}", call.invoke, call.complete, 404)
        id = ids[call.target % len(ids)]
        del self.rows[id]
        return Op(f"k{call.point}", call.invoke, call.complete, 200, occupancy_id=id)

    def _unanswered(self, op: Op, call: Call) -> Op:
        told = op.occupancy_id if call.kind == "cancel" else None
        return replace(op, status=None, complete=None, occupancy_id=told, code=None)


def day(number: int) -> str:
    return (EPOCH + timedelta(days=number)).isoformat()


@st.composite
def races(draw: st.DrawFn) -> list[Call]:
    """Calls in the order in which they take effect, overlapping in time as they like."""
    calls = []
    for number in range(draw(st.integers(1, 25))):
        before, after = draw(st.floats(0, 6)), draw(st.floats(0.01, 6))
        kind = draw(st.sampled_from(["take", "take", "cancel"]))
        answered = draw(st.integers(0, 9)) > 0
        start, nights, target = draw(st.integers(0, 12)), draw(st.integers(1, 5)), draw(st.integers(0, 99))
        span = (number - before, float(number), number + after)
        calls.append(Call(kind, draw(UNITS), start, nights, target, *span, answered))
    return calls
