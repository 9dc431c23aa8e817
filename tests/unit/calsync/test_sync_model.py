"""The decisions against what must hold whatever channels say: nothing is lost, and nights open only on evidence."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.feeds import evidence, sync
from calsync.feeds.models import Decision, Known, Ours
from calsync.ical.models import STRAY, UNKNOWN_ZONE, Event, Problem, Reading, is_nameless, nameless
from propflow.clock import HOUR
from tests.unit.calsync.ranges import ranges

TODAY, NOW = "2026-11-10", 1_794_300_000_000
EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "300"))
NO_NIGHTS = ("setting", "echo", "ignored", "removed", "replaced")
UIDS = [
    *(f"1418fb94e984-{n}@airbnb.com" for n in range(3)), *(f"7f662ec65913-{n}@airbnb.com" for n in range(3)),
    *(f"{n}@booking.com" for n in range(4)), *(nameless(str(n)) for n in range(2)),
]  # fmt: skip
PROBLEMS = st.sampled_from(
    [[], [], [Problem("impossible_date", "…")], [Problem(STRAY, "…")], [Problem(UNKNOWN_ZONE, "…")],
     [Problem("impossible_date", "…", "0@booking.com")], [Problem("missing_uid", "…", lost=False)]]
)  # fmt: skip
SPANS = st.tuples(st.integers(-3, 12), st.sampled_from([1, 1, 2, 3, 5, 180, 365]))


def nights(span: tuple[int, int]) -> tuple[str, str]:
    start = date.fromisoformat(TODAY) + timedelta(days=span[0])
    return start.isoformat(), (start + timedelta(days=span[1])).isoformat()


def event(uid: str, span: tuple[int, int]) -> Event:
    return Event(uid, *nights(span), "Reserved" if uid.startswith("1418") else "Not available")


def before(uid: str, span: tuple[int, int], state: str, missed: int | None, word: str | None, mass: bool) -> Known:
    start, end = nights(span)
    missing = NOW - missed if missed is not None and state in ("imported", "conflict") else None
    kind = "block" if uid.startswith("7f") or span[1] > 90 else "stay"
    return Known(
        uid=uid, start=start, end=end, kind=kind, state=state, occupancy_id=f"occ_{uid}", missing_since=missing,
        mass=mass and missing is not None, word=word, ranges=ranges((start, end)) if state == "imported" else "[]",
        said_on=nights((-1, 1))[0],
    )  # fmt: skip


STATES = st.sampled_from(["imported", "imported", "imported", "conflict", "waiting", "setting", "echo", *NO_NIGHTS])
MISSED = st.sampled_from([None, 5 * 60_000, HOUR, 25 * HOUR])
WORDS = st.sampled_from([None, None, None, "keep", "cancel", "import", "apart"])
KNOWN = st.dictionaries(st.sampled_from(UIDS), st.tuples(SPANS, STATES, MISSED, WORDS, st.booleans()), max_size=7)
LISTED = st.dictionaries(st.sampled_from(UIDS), SPANS, max_size=7)
OURS = st.lists(SPANS, max_size=3)


def apart(rows: Mapping[str, Known]) -> dict[str, Known]:
    """What keeps nights does not overlap: the ledger sees to that."""
    kept: dict[str, Known] = {}
    for uid, one in rows.items():
        clash = any(one.start < other.end and other.start < one.end for other in kept.values() if other.held)
        kept[uid] = msgspec.structs.replace(one, ranges="[]", state="conflict") if one.held and clash else one
    return kept


def decide(known: Mapping[str, Known], reading: Reading, ours: list[Ours]) -> Decision:
    counter = itertools.count()
    return sync.decide(
        known, reading, today=TODAY, now=NOW, new_id=lambda prefix: f"{prefix}_{next(counter)}", ours=ours
    )


def applied(known: Mapping[str, Known], decision: Decision) -> dict[str, Known]:
    """What is known afterwards, when all nights that were asked for alone were free."""
    placed = {one.occupancy_id for one in decision.placements if one.alone}
    after = dict(known)
    for fact in decision.facts:
        was = known.get(fact.uid)
        state = fact.state or ("imported" if fact.occupancy_id in placed else fact.otherwise)
        whole = ranges((fact.start, fact.end))
        kept = was.ranges if was is not None and fact.state is not None else None
        held = whole if fact.occupancy_id in placed else kept or (whole if state == "imported" else "[]")
        open_now = fact.occupancy_id in decision.releases or state == "replaced"
        after[fact.uid] = Known(
            uid=fact.uid, start=fact.start, end=fact.end, kind=fact.kind, state=state, occupancy_id=fact.occupancy_id,
            missing_since=fact.missing_since, mass=fact.mass, reason=fact.reason, word=fact.word, said_on=fact.said_on,
            ranges="[]" if open_now else held,
        )  # fmt: skip
    return after


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=KNOWN, listed=LISTED, taken=OURS, problems=PROBLEMS)
def test_whatever_a_calendar_says(
    rows: dict[str, tuple[tuple[int, int], str, int | None, str | None, bool]], listed: dict[str, tuple[int, int]],
    taken: list[tuple[int, int]], problems: list[Problem],
) -> None:  # fmt: skip
    known = apart({uid: before(uid, *row) for uid, row in rows.items()})
    reading = Reading(events=[event(*one) for one in listed.items()], problems=problems)
    ours = [Ours(occupancy_id=f"occ_{start}", start=start, end=end) for start, end in map(nights, taken)]
    decision = decide(known, reading, ours)
    after = applied(known, decision)
    no_event_is_lost(reading, known, after)
    no_two_continue_one(decision, known)
    placements_are_disjoint(decision)
    nights_open_on_evidence_only(decision, known, reading)
    deciding_twice_changes_nothing(decide(after, reading, ours), after)


def no_event_is_lost(reading: Reading, known: Mapping[str, Known], after: Mapping[str, Known]) -> None:
    for one in reading.events:
        if one.end > TODAY:
            found = after[one.uid]
            assert found.end == one.end and (found.start == one.start or found.start < one.start <= TODAY)
            assert found.state not in ("removed", "replaced") and found.missing_since is None
    assert known.keys() <= after.keys()


def no_two_continue_one(decision: Decision, known: Mapping[str, Known]) -> None:
    continued = [fact.before_uid for fact in decision.facts if fact.before_uid is not None]
    assert len(continued) == len(set(continued))
    live = [fact.occupancy_id for fact in decision.facts if fact.state != "replaced"]
    assert len(live) == len(set(live))


def placements_are_disjoint(decision: Decision) -> None:
    alone = sorted((one.start, one.end) for one in decision.placements if one.alone)
    assert all(one[1] <= other[0] for one, other in pairwise(alone))


def nights_open_on_evidence_only(decision: Decision, known: Mapping[str, Known], reading: Reading) -> None:
    there = {one.uid for one in reading.events}
    states = {fact.occupancy_id: fact.state for fact in decision.facts if fact.state != "replaced"}
    for uid, one in known.items():
        if one.occupancy_id not in decision.releases or not one.held:
            continue
        recognised = states.get(one.occupancy_id) in ("setting", "echo", "ignored")
        over = one.state in ("conflict", "waiting")
        if not recognised and not over:
            assert uid not in there and one.word != "keep" and evidence.is_gone(one, NOW)
            assert not any(may_be(problem, uid, reading) for problem in reading.problems)
            assert one.kind == "block" or one.start > TODAY, "a guest may be in the house"


def may_be(problem: Problem, uid: str, reading: Reading) -> bool:
    """Whether what could not be read may be this entry: then it is not gone."""
    if problem.uid is not None:
        return problem.uid == uid
    unread = problem.lost and problem.code != UNKNOWN_ZONE
    return unread and (problem.code == STRAY or not reading.events or is_nameless(uid))


def deciding_twice_changes_nothing(second: Decision, after: Mapping[str, Known]) -> None:
    for fact in second.facts:  # only what did not fit is tried again, or ends because it is over
        was = after[fact.uid]
        if fact.change == "over":
            assert was.end <= TODAY and was.state in ("conflict", "waiting")
            continue
        assert fact.occupancy_id not in second.releases
        assert was.state in ("conflict", "waiting"), fact
        assert fact.state in (None, was.state)
        assert (fact.start, fact.end) == (was.start, was.end)


def test_a_mass_disappearance_is_held() -> None:
    known = {uid: before(uid, (n * 3 + 1, 2), "imported", None, None, False) for n, uid in enumerate(UIDS[6:10])}
    decision = decide(known, Reading(events=[event(UIDS[6], (1, 2))], problems=[]), [])
    assert [fact.mass for fact in decision.facts] == [True] * 3 and decision.mass == 3 and not decision.releases
