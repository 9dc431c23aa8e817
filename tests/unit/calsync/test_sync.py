"""What a calendar means (docs/calendars.md, rules 8 to 12; the incident of 2026-09-18 is in rule 10)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import msgspec
import pytest

from calsync.feeds import content, evidence, sync
from calsync.feeds.content import content_hash, problem_texts
from calsync.feeds.models import NO_SILENCE, Decision, Known, Ours, Silence
from calsync.ical.models import Event, Problem, Reading
from propflow.clock import HOUR, MINUTE
from tests.unit.calsync.ranges import ranges

TODAY = "2026-11-10"
NOW = 1_794_300_000_000


def event(uid: str, start: int, end: int, summary: str = "Reserved") -> Event:
    """An event by its days of November."""
    return Event(uid, f"2026-11-{start:02}", f"2026-11-{end:02}", summary)


def before(
    uid: str, start: int, end: int, state: str = "imported", missing: int | None = None, held: bool = True,
    kind: str = "stay",
) -> Known:  # fmt: skip
    one = event(uid, start, end)
    return Known(
        uid=uid, start=one.start, end=one.end, kind=kind, state=state, occupancy_id=f"occ_{uid}",
        missing_since=missing, ranges=ranges((one.start, one.end)) if held and state != "removed" else "[]",
    )  # fmt: skip


def decide(
    known: list[Known], events: list[Event], problems: tuple[Problem, ...] = (), cancelled: int = 0,
    silence: Silence = NO_SILENCE, ours: tuple[Ours, ...] = (),
) -> Decision:  # fmt: skip
    counter = itertools.count()
    reading = Reading(events=events, problems=list(problems), cancelled=cancelled)
    by_uid: Mapping[str, Known] = {one.uid: one for one in known}
    return sync.decide(
        by_uid, reading, today=TODAY, now=NOW, new_id=lambda prefix: f"{prefix}_{next(counter)}", silence=silence,
        ours=ours,
    )  # fmt: skip


def summary(decision: Decision) -> list[tuple[str, str | None, bool]]:
    """Each fact: its uid, its state (None: if the nights are free), and whether it is missing."""
    return sorted((fact.uid, fact.state, fact.missing_since is not None) for fact in decision.facts)


def placed(decision: Decision) -> list[tuple[str, str, bool]]:
    return [(place.start[-2:], place.end[-2:], place.held) for place in decision.placements]


def test_created() -> None:
    decision = decide([], [event("a", 12, 14), event("b", 14, 16)])
    assert summary(decision) == [("a", None, False), ("b", None, False)]
    assert placed(decision) == [("12", "14", False), ("14", "16", False)]
    assert {fact.change for fact in decision.facts} == {"created"}


def test_unchanged_changes_nothing() -> None:
    decision = decide([before("a", 12, 14)], [event("a", 12, 14)])
    assert (decision.facts, decision.placements, decision.releases, decision.seen) == ([], [], [], 1)


def test_moved_keeps_its_occupancy() -> None:
    decision = decide([before("a", 12, 14)], [event("a", 20, 22)])
    assert placed(decision) == [("20", "22", True)]
    assert [(fact.occupancy_id, fact.change) for fact in decision.facts] == [("occ_a", "moved")]


def test_a_first_miss_is_only_noted() -> None:
    decision = decide([before("a", 12, 14), before("b", 15, 16)], [event("b", 15, 16)])
    assert summary(decision) == [("a", "imported", True)]
    assert not decision.releases


def test_a_second_miss_too_early_changes_nothing() -> None:
    decision = decide([before("a", 12, 14, missing=NOW - 29 * MINUTE), before("b", 15, 16)], [event("b", 15, 16)])
    assert (decision.facts, decision.releases) == ([], [])


def test_a_second_miss_half_an_hour_later_removes() -> None:
    decision = decide([before("a", 12, 14, missing=NOW - 30 * MINUTE), before("b", 15, 16)], [event("b", 15, 16)])
    assert summary(decision) == [("a", "removed", True)]
    assert (decision.releases, decision.removed) == (["occ_a"], 1)


def test_seen_again_after_a_miss() -> None:
    decision = decide([before("a", 12, 14, missing=NOW - 40 * MINUTE)], [event("a", 12, 14)])
    assert summary(decision) == [("a", "imported", False)]
    assert not decision.placements


def test_reinstated() -> None:
    decision = decide([before("a", 12, 14, state="removed")], [event("a", 12, 14)])
    assert summary(decision) == [("a", None, False)]
    assert placed(decision) == [("12", "14", False)]
    assert decision.facts[0].occupancy_id == "occ_a"


def test_a_suddenly_empty_calendar_removes_nothing() -> None:
    known = [before("a", 12, 14, missing=NOW - 40 * MINUTE), before("b", 15, 16)]
    decision = decide(known, [])
    assert decision.held
    assert (decision.facts, decision.releases) == ([], [])
    assert "empty" in problem_texts(Reading(events=[], problems=[]), held=True)


def test_an_empty_calendar_of_which_nothing_was_known_is_normal() -> None:
    assert not decide([before("a", 2, 10), before("b", 12, 13, state="removed")], []).held


@pytest.mark.parametrize(
    ("hours", "readings", "held"), [(24, 3, False), (23, 90, True), (24, 2, True), (100, 400, False)]
)
def test_an_empty_calendar_is_believed_after_a_day(hours: int, readings: int, held: bool) -> None:
    known = [before("a", 12, 14, missing=NOW - 40 * MINUTE), before("b", 15, 16), before("guest", 8, 14)]
    decision = decide(known, [], silence=Silence(NOW - hours * HOUR, readings))
    assert decision.held is held
    assert summary(decision) == ([] if held else [("a", "removed", True), ("b", "imported", True)])
    assert decision.releases == ([] if held else ["occ_a"])


def test_silence_is_counted_from_its_first_reading_until_something_is_said() -> None:
    known = {"a": before("a", 12, 14)}

    def heard(silence: Silence, reading: Reading | None) -> Silence:
        return evidence.heard(silence, known, reading, today=TODAY, now=NOW)

    empty = Reading(events=[], problems=[])
    assert heard(NO_SILENCE, empty) == Silence(NOW, 1)
    assert heard(Silence(5, 7), empty) == Silence(5, 8)
    assert heard(Silence(5, 7), Reading(events=[event("b", 12, 14)], problems=[])) == NO_SILENCE
    assert heard(Silence(5, 7), None) == NO_SILENCE


@pytest.mark.parametrize("start", [8, 10])
def test_a_stay_that_has_begun_is_not_removed_by_a_calendar_of_the_future(start: int) -> None:
    known = [before("guest", start, 14, missing=NOW - 40 * MINUTE), before("b", 15, 16)]
    decision = decide(known, [event("b", 15, 16)])
    assert (decision.facts, decision.releases) == ([], [])
    assert not decide(known[:1], []).held, "an empty calendar contradicts nothing then"


def test_a_stay_that_a_person_cancelled_stays_so_when_its_past_is_cut_off() -> None:
    opened = msgspec.structs.replace(before("a", 8, 14, state="ignored", held=False), word="cancel")
    cut = decide([opened], [event("a", 10, 14)])
    assert (cut.facts, cut.placements) == ([], []), "its nights may be somebody else's by now"
    moved = decide([opened], [event("a", 10, 15)])
    assert placed(moved) == [("10", "15", False)], "other nights: nobody has said anything about these"


def test_a_closure_that_has_begun_may_be_lifted() -> None:
    known = [before("a", 8, 14, missing=NOW - 40 * MINUTE, kind="block"), before("b", 15, 16)]
    assert decide(known, [event("b", 15, 16)]).releases == ["occ_a"]


@pytest.mark.parametrize("listed", [True, False])
def test_a_conflict_that_has_ended_lets_its_nights_go(listed: bool) -> None:
    known = [before("a", 5, 10, state="conflict"), before("b", 15, 16)]
    decision = decide(known, [event("b", 15, 16), *([event("a", 5, 10)] if listed else [])])
    assert (summary(decision), decision.releases, decision.removed) == ([("a", "removed", False)], ["occ_a"], 1)
    assert decide([before("a", 5, 10, state="conflict", held=False)], []).releases == ["occ_a"], "it wants none now"


def test_a_conflict_whose_new_range_is_already_over_lets_its_nights_go() -> None:
    assert decide([before("a", 12, 14, state="conflict")], [event("a", 5, 9)]).releases == ["occ_a"]


def test_a_conflict_that_is_missed_twice_lets_its_nights_go() -> None:
    known = [before("a", 12, 14, state="conflict", missing=NOW - 30 * MINUTE), before("b", 15, 16)]
    assert decide(known, [event("b", 15, 16)]).releases == ["occ_a"]


def test_a_calendar_that_says_cancelled_is_not_empty() -> None:
    decision = decide([before("a", 12, 14, missing=NOW - 40 * MINUTE)], [], cancelled=1)
    assert decision.releases == ["occ_a"]


def test_ended_stays_are_history() -> None:
    decision = decide([before("a", 2, 5), before("b", 8, 10), before("c", 12, 14)], [event("c", 12, 14)])
    assert (decision.facts, decision.releases) == ([], [])


def test_ended_events_are_ignored_and_counted() -> None:
    decision = decide([before("r", 2, 5, state="removed")], [event("a", 1, 4), event("b", 8, 10), event("r", 2, 5)])
    assert (decision.facts, decision.ignored, decision.seen) == ([], 3, 3)


def test_a_stay_that_was_cut_short_opens_its_nights() -> None:
    assert placed(decide([before("a", 5, 20)], [event("a", 5, 9)])) == [("05", "09", True)]


def test_a_broken_entry_is_not_a_missing_one() -> None:
    known = [before("a", 12, 14, missing=NOW - 40 * MINUTE), before("b", 15, 16, missing=NOW - 40 * MINUTE)]
    assert decide(known, [], (Problem("impossible_date", "…", "a"),)).releases == ["occ_b"]
    assert decide(known, [], (Problem("missing_uid", "…"),)).releases == []


def test_of_events_that_overlap_one_has_what_the_other_leaves() -> None:
    decision = decide([], [event("late", 13, 16), event("early", 12, 14), event("next", 16, 18)])
    assert summary(decision) == [("early", None, False), ("late", None, False), ("next", None, False)]
    assert placed(decision) == [("12", "14", False), ("13", "16", False), ("16", "18", False)]
    assert [place.uid for place in decision.placements if place.alone] == ["early", "next"]


def test_what_was_known_comes_before_what_is_new() -> None:
    known = [before("moved", 24, 26), before("waiting", 20, 22, state="conflict", held=False)]
    events = [event("new", 12, 14), event("waiting", 13, 16), event("moved", 14, 18)]
    decision = decide(known, events)
    assert [(place.uid, place.alone) for place in decision.placements] == [
        ("moved", True), ("waiting", False), ("new", True),
    ]  # fmt: skip


def test_the_last_night_of_a_closure_is_no_setting() -> None:
    uid = "7f662ec65913-1@airbnb.com"
    for known in (before(uid, 8, 11, kind="block"), before(uid, 10, 11, kind="block")):
        decision = decide([known], [event(uid, 10, 11, "Airbnb (Not available)")])
        assert (decision.facts, decision.releases) == ([], [])
    assert summary(decide([], [event(uid, 10, 11, "Airbnb (Not available)")])) == [(uid, "setting", False)]


def test_what_was_a_setting_may_be_an_echo_the_next_day() -> None:
    def needs_ours(state: str, end: int = 14) -> bool:
        return sync.needs_ours({"a": before("a", 12, 14, state)}, Reading(events=[event("a", 12, end)], problems=[]))

    assert needs_ours("setting") and needs_ours("conflict") and needs_ours("imported", 15)
    assert not any(needs_ours(state) for state in ("imported", "echo", "ignored"))


def test_a_closure_echoes_a_stay_of_the_feed_that_stands_and_none_that_is_cancelled() -> None:
    def closed(start: int, end: int, *known: Known, uid: str = "x") -> str | None:
        ours = Ours(occupancy_id="occ_a", start=f"2026-11-{start:02}", end=f"2026-11-{end:02}", own=True)
        decision = decide(list(known), [event(uid, start, end, "Not available")], ours=(ours,))
        return next(fact.state or fact.otherwise for fact in decision.facts if fact.uid == uid)

    assert closed(12, 14, before("a", 12, 14)) == "waiting"
    assert closed(8, 14, before("a", 8, 14)) == "echo", "the guest is in the house: many list only what is to come"


def test_a_conflict_is_tried_again_each_time() -> None:
    decision = decide([before("a", 12, 14, state="conflict", held=False)], [event("a", 12, 14)])
    assert placed(decision) == [("12", "14", False)]


def test_another_kind_changes_no_nights() -> None:
    decision = decide([before("a", 12, 14)], [event("a", 12, 14, "Blocked")])
    assert ([fact.kind for fact in decision.facts], decision.placements) == (["block"], [])


def test_settled() -> None:
    def settled(*known: Known) -> bool:
        return evidence.settled({one.uid: one for one in known}, TODAY)

    assert settled() and settled(before("a", 12, 14), before("b", 14, 15, state="removed"))
    assert settled(before("guest", 8, 14, missing=NOW))
    assert not settled(before("past", 2, 5, state="conflict")), "it is to be closed"
    assert not settled(before("a", 12, 14, state="conflict"))
    assert not settled(before("a", 12, 14, missing=NOW))


def test_an_etag_is_good_for_the_rules_and_the_zone_it_was_read_by(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = content.tagged('W/"a|b"', "Europe/Zurich")
    assert content.tag(stored, "Europe/Zurich") == 'W/"a|b"'
    assert content.tag(stored, "America/New_York") is None
    assert content.tag('"from before"', "Europe/Zurich") is None
    assert (content.tagged(None, "Europe/Zurich"), content.tag(None, "Europe/Zurich")) == (None, None)
    monkeypatch.setattr(content, "VERSION", "next")
    assert content.tag(stored, "Europe/Zurich") is None


def test_the_hash_ignores_order_and_sees_everything_else() -> None:
    one, two = event("a", 12, 14), event("b", 15, 16)
    base = content_hash(Reading(events=[one, two], problems=[]))
    assert content_hash(Reading(events=[two, one], problems=[])) == base
    assert content_hash(Reading(events=[one], problems=[])) != base
    assert content_hash(Reading(events=[one, event("b", 15, 17)], problems=[])) != base
    assert content_hash(Reading(events=[one, two], problems=[Problem("missing_uid", "…")])) != base
