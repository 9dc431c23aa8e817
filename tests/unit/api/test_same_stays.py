"""A booking that was entered by hand and that a channel lists as well is one stay: whatever becomes of either, no night
opens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from api.channels.conflicts import resolving
from api.channels.conflicts import service as conflicts
from api.channels.entries import service as feed_events
from api.channels.entries import words
from api.channels.feeds import changes
from api.channels.feeds import service as feeds
from api.edge.answers import Answer
from api.operations.integrity import service as integrity
from api.stays.bookings import moves, states
from calsync.alerts import repository as alerts
from calsync.exports import repository as exports
from calsync.exports.rules import Taken, entries
from calsync.ical.models import Event
from propflow.bindings.d1 import Database
from propflow.clock import DAY, HOUR, MINUTE
from propflow.errors import AppError
from propflow.models import FeedVerdict
from tests.unit.api.use_cases import UseCases
from tests.unit.calsync.core_database import FEED, TENANT, UNIT, Core
from tests.unit.calsync.runs import run

NOW = 1_794_300_000_000  # 10 November 2026, as in `runs`
OTHER, GUEST = "unit_2", "bkg_guest"
AIRBNB = "1418fb94e984-a@airbnb.com"


@pytest.fixture
def core() -> Core:
    made = Core()
    made.add_unit(OTHER)
    return made


@pytest.fixture
def people(core: Core) -> UseCases:
    return UseCases(core, NOW)


def date_of(day: int) -> str:
    return f"2026-12-{day:02}"


def listed(start: int, end: int, uid: str = AIRBNB) -> Event:
    return Event(uid, date_of(start), date_of(end), "Reserved")


def book(core: Core, start: int, end: int, ident: str = GUEST, unit: str = UNIT) -> None:
    core.book(ident, unit, date_of(start), date_of(end))


def resolve(core: Core, people: UseCases, booking_id: str = GUEST, **body: Any) -> dict[str, Any]:
    [conflict] = core.run("SELECT id, version FROM conflicts WHERE status = 'open'")
    request = {"resolution": "same_stay", "unit_id": None, "reason": None, "booking_id": booking_id} | body
    tag = f'"{conflict["version"]}"'
    answer = people.ask(lambda ctx: resolving.resolve(ctx, conflict["id"], request, tag))
    shown: dict[str, Any] = json.loads(answer.body)
    return shown


def one_stay(core: Core, people: UseCases) -> None:
    """The channel lists a booking of ours, from the 2nd to the 5th, and somebody has said that it is that."""
    book(core, 2, 5)
    run(core, [listed(2, 5)], NOW)
    people.now = NOW + MINUTE
    assert resolve(core, people)["status"] == "resolved"


def combine(core: Core, villa: str, room: str) -> None:
    core.run(
        "INSERT INTO unit_parts (tenant_id, combined_id, part_id, since) VALUES ('ten_1', ?, ?, '2026-01-01')",
        villa, room,
    )  # fmt: skip


def entry(core: Core) -> tuple[str, str | None, str | None]:
    [row] = core.run("SELECT state, reason, booking_id FROM feed_events WHERE state <> 'replaced'")
    return row["state"], row["reason"], row["booking_id"]


def nights(core: Core, unit: str = UNIT) -> list[tuple[int, int, str]]:
    rows = core.run(
        "SELECT start_date, end_date, kind FROM occupancies WHERE unit_id = ? AND live = 1 ORDER BY start_date", unit
    )
    return [(int(row["start_date"][-2:]), int(row["end_date"][-2:]), row["kind"]) for row in rows]


def open_conflicts(core: Core) -> int:
    return core.number("conflicts WHERE status = 'open'")


def exported(core: Core, channel: str, unit: str = UNIT) -> list[tuple[int, int]]:
    """What an export for this channel shows."""
    statement = exports.taken(TENANT, unit, "2026-01-01", "2030-01-01", 100)
    [taken] = core.batch([statement])
    return [
        (int(one.start[-2:]), int(one.end[-2:])) for one in entries(taken.rows(Taken), channel, "x")
    ]  # fmt: skip


def booking(core: Core, ident: str = GUEST) -> dict[str, Any]:
    [row] = core.run("SELECT * FROM bookings WHERE id = ?", ident)
    return row


def change(people: UseCases, verb: str) -> None:
    people.ask(lambda ctx: states.change(ctx, GUEST, verb, "Ill" if verb == "cancel" else None))


def move(people: UseCases, **place: str) -> Answer:
    request = {**place, "reprice": "none", "ignore_restrictions": False}
    return people.ask(lambda ctx: moves.move(ctx, GUEST, request, None))


def say(core: Core, people: UseCases, verb: str) -> dict[str, Any]:
    [row] = core.run("SELECT occupancy_id FROM feed_events WHERE state <> 'replaced'")
    if verb == "separate":
        answer = people.ask(lambda ctx: words.separate(ctx, FEED, row["occupancy_id"]))
    else:
        answer = people.ask(lambda ctx: words.say(ctx, FEED, row["occupancy_id"], verb))
    made: dict[str, Any] = json.loads(answer.body)
    return made


def findings(core: Core, people: UseCases) -> list[tuple[str, str]]:
    for minute in range(20):
        asyncio.run(integrity.run(cast(Database, people.database), NOW + DAY + minute * MINUTE))
    rows = core.run("SELECT kind, object_id FROM integrity_findings WHERE resolved_at IS NULL ORDER BY 1, 2")
    return [(row["kind"], row["object_id"]) for row in rows if not row["kind"].startswith("units_")]


def stale(core: Core, at: int) -> bool:
    return core.number(f"outbox WHERE type = 'unit.calendar_changed' AND created_at = {at}") > 0


def refusal(core: Core, people: UseCases, **body: Any) -> tuple[int, str, str | None]:
    before = [core.run(f"SELECT * FROM {table}") for table in ("occupancies", "feed_events", "bookings", "conflicts")]
    with pytest.raises(AppError) as refused:
        resolve(core, people, **body)
    tables = ("occupancies", "feed_events", "bookings", "conflicts")
    assert before == [core.run(f"SELECT * FROM {table}") for table in tables]
    return refused.value.status, refused.value.code, refused.value.param


def test_it_is_one_stay_whose_nights_every_other_channel_reads_once(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    assert entry(core) == ("waiting", "same_stay", GUEST)
    assert (nights(core), open_conflicts(core)) == ([(2, 5, "booking")], 0)
    assert (exported(core, "booking"), exported(core, "airbnb")) == ([(2, 5)], []), "it is this channel's own stay"
    assert booking(core)["version"] == 1, "nothing of it has changed"
    assert findings(core, people) == []


def test_what_the_channel_says_again_changes_nothing(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    decision, announced = run(core, [listed(2, 5)], NOW + HOUR)
    assert decision.nothing and not announced
    assert (entry(core)[0], nights(core), open_conflicts(core)) == ("waiting", [(2, 5, "booking")], 0)


@pytest.mark.parametrize(("start", "end"), [(2, 7), (1, 5), (3, 4), (4, 8), (1, 9)])
def test_a_booking_of_other_dates_follows_the_channel_at_its_price(
    core: Core, people: UseCases, start: int, end: int
) -> None:
    book(core, 2, 5)
    run(core, [listed(start, end)], NOW)
    people.now = NOW + MINUTE
    assert resolve(core, people)["resolution"] == "same_stay"
    row = booking(core)
    assert (row["check_in"], row["check_out"]) == (date_of(start), date_of(end))
    assert (row["total_amount"], row["unit_id"]) == (300, UNIT)
    assert (nights(core), entry(core)) == ([(start, end, "booking")], ("waiting", "same_stay", GUEST))
    told = core.run("SELECT type FROM events WHERE object_id = ?", GUEST)
    assert [one["type"] for one in told] == ["booking.date_changed"]
    assert core.number("outbox WHERE type = 'booking.changed'") == 1
    assert run(core, [listed(start, end)], NOW + HOUR)[0].nothing
    assert findings(core, people) == []


def test_a_booking_that_cannot_follow_leaves_a_conflict_that_says_so(core: Core, people: UseCases) -> None:
    book(core, 2, 5)
    book(core, 6, 8, "bkg_other")
    run(core, [listed(2, 7)], NOW)
    shown = resolve(core, people)
    assert (shown["status"], shown["booking_id"]) == ("open", GUEST)
    assert (entry(core), open_conflicts(core)) == (("conflict", "dates_differ", GUEST), 1)
    assert nights(core) == [(2, 5, "booking"), (5, 6, "ical"), (6, 8, "booking")], "every night is shut"
    run(core, [listed(2, 7)], NOW + HOUR)
    assert entry(core) == ("conflict", "dates_differ", GUEST)
    assert exported(core, "airbnb") == [(2, 5), (6, 8)], "where the two differ the channel is shown ours"
    assert findings(core, people) == []
    people.ask(lambda ctx: states.change(ctx, "bkg_other", "cancel", "Ill"))
    assert resolve(core, people)["status"] == "resolved"
    assert (nights(core), booking(core)["check_out"]) == ([(2, 7, "booking")], date_of(7))


def test_a_guest_who_is_there_does_not_arrive_on_another_day(core: Core, people: UseCases) -> None:
    book(core, 2, 5)
    core.run("UPDATE bookings SET status = 'checked_in'")
    run(core, [listed(1, 5)], NOW)
    assert resolve(core, people)["status"] == "open"
    assert (nights(core), entry(core)[1]) == ([(1, 2, "ical"), (2, 5, "booking")], "dates_differ")


@pytest.mark.parametrize(
    ("start", "end", "shut"),
    [
        (2, 7, [(2, 5, "booking"), (5, 7, "ical")]), (1, 4, [(1, 2, "ical"), (2, 5, "booking")]),
        (3, 4, [(2, 5, "booking")]), (12, 15, [(2, 5, "booking"), (12, 15, "ical")]),
    ],
)  # fmt: skip
def test_other_dates_at_the_channel_are_shut_and_told(
    core: Core, people: UseCases, start: int, end: int, shut: list[tuple[int, int, str]]
) -> None:
    one_stay(core, people)
    _, announced = run(core, [listed(start, end)], NOW + HOUR)
    assert announced, "its own channel is shown the booking from now on"
    assert (nights(core), entry(core), open_conflicts(core)) == (shut, ("conflict", "dates_differ", GUEST), 1)
    assert exported(core, "airbnb") == [(2, 5)]
    assert findings(core, people) == []
    run(core, [listed(start, end)], NOW + 2 * HOUR)
    assert (nights(core), open_conflicts(core)) == (shut, 1)
    people.now = NOW + 3 * HOUR
    assert resolve(core, people)["status"] == "resolved"
    assert (nights(core), entry(core)[0]) == ([(start, end, "booking")], "waiting")
    assert booking(core)["total_amount"] == 300
    assert findings(core, people) == []


def test_when_the_channel_comes_back_to_its_dates_nobody_has_to_decide(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    run(core, [listed(2, 7)], NOW + HOUR)
    run(core, [listed(2, 5)], NOW + 2 * HOUR)
    assert (nights(core), entry(core), open_conflicts(core)) == (
        [(2, 5, "booking")], ("waiting", "same_stay", GUEST), 0,
    )  # fmt: skip
    assert core.run("SELECT resolution FROM conflicts ORDER BY id DESC LIMIT 1") == [{"resolution": "fits"}]
    assert exported(core, "airbnb") == []


def test_under_a_new_uid_it_is_the_same_stay(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    run(core, [listed(2, 5, "1418fb94e984-b@airbnb.com")], NOW + HOUR)
    assert (nights(core), entry(core), open_conflicts(core)) == (
        [(2, 5, "booking")], ("waiting", "same_stay", GUEST), 0,
    )  # fmt: skip
    assert core.number("feed_events WHERE booking_id IS NOT NULL") == 1
    assert run(core, [listed(2, 5, "1418fb94e984-b@airbnb.com")], NOW + 2 * HOUR)[0].nothing
    assert findings(core, people) == []


def test_a_booking_that_is_cancelled_leaves_its_nights_to_the_channel_s_stay(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    change(people, "cancel")
    assert (nights(core), entry(core)) == ([(2, 5, "ical")], ("imported", "same_nights", None))
    assert exported(core, "booking") == [(2, 5)]
    assert run(core, [listed(2, 5)], NOW + HOUR)[0].nothing
    assert findings(core, people) == []


@pytest.mark.parametrize(
    ("start", "end", "shut"),
    [
        (3, 6, [(2, 3, "ical"), (3, 6, "booking")]), (2, 4, [(2, 4, "booking"), (4, 5, "ical")]),
        (10, 12, [(2, 5, "ical"), (10, 12, "booking")]),
    ],
)  # fmt: skip
def test_a_booking_that_is_moved_leaves_what_it_gives_up_to_the_channel_s_stay(
    core: Core, people: UseCases, start: int, end: int, shut: list[tuple[int, int, str]]
) -> None:
    one_stay(core, people)
    move(people, check_in=date_of(start), check_out=date_of(end))
    assert nights(core) == shut, "in the same commit"
    run(core, [listed(2, 5)], NOW + HOUR)
    assert (nights(core), entry(core), open_conflicts(core)) == (shut, ("conflict", "dates_differ", GUEST), 1)
    assert findings(core, people) == []
    people.now = NOW + 2 * HOUR
    assert resolve(core, people)["status"] == "resolved"
    assert nights(core) == [(2, 5, "booking")]


def test_a_booking_that_goes_to_another_unit_is_brought_back_or_let_go(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    move(people, unit_id=OTHER)
    assert (nights(core), nights(core, OTHER)) == ([(2, 5, "ical")], [(2, 5, "booking")])
    run(core, [listed(2, 5)], NOW + HOUR)
    assert (entry(core), open_conflicts(core)) == (("conflict", "dates_differ", GUEST), 1)
    people.now = NOW + 2 * HOUR
    resolve(core, people)
    assert (nights(core), nights(core, OTHER)) == ([(2, 5, "booking")], [])
    assert findings(core, people) == []


def test_under_a_new_uid_it_waits_for_a_booking_that_is_elsewhere_as_before(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    move(people, unit_id=OTHER)
    run(core, [listed(2, 5)], NOW + HOUR)
    new = [listed(2, 5, "1418fb94e984-b@airbnb.com")]
    run(core, new, NOW + 2 * HOUR)
    assert (entry(core), open_conflicts(core)) == (("conflict", "dates_differ", GUEST), 1)
    assert core.run("SELECT uid FROM waiting_stays") == [{"uid": new[0].uid}]
    assert findings(core, people) == []
    people.now = NOW + 3 * HOUR
    resolve(core, people)
    assert (nights(core), nights(core, OTHER)) == ([(2, 5, "booking")], [])


@pytest.mark.parametrize("new_uid", [False, True])
def test_a_booking_that_is_cancelled_elsewhere_leaves_a_stay_of_its_own(
    core: Core, people: UseCases, new_uid: bool
) -> None:
    one_stay(core, people)
    move(people, unit_id=OTHER)
    now = [listed(2, 5, "1418fb94e984-b@airbnb.com" if new_uid else AIRBNB)]
    run(core, now, NOW + HOUR)
    change(people, "cancel")
    run(core, now, NOW + 2 * HOUR)
    assert (nights(core), nights(core, OTHER), entry(core), open_conflicts(core)) == (
        [(2, 5, "ical")], [], ("imported", "same_nights", None), 0,
    )  # fmt: skip
    assert findings(core, people) == []


@pytest.mark.parametrize("place", [{"unit_id": OTHER}, {"check_in": date_of(10), "check_out": date_of(12)}])
@pytest.mark.parametrize("body", [{"reason": "Sold twice"}, {"unit_id": OTHER}])
def test_a_booking_that_has_none_of_the_nights_does_not_give_way(
    core: Core, people: UseCases, place: dict[str, str], body: dict[str, str]
) -> None:
    one_stay(core, people)
    move(people, **place)
    run(core, [listed(2, 5)], NOW + HOUR)
    people.now = NOW + 2 * HOUR
    [conflict] = core.run("SELECT id FROM conflicts WHERE status = 'open'")
    shown = json.loads(people.ask(lambda ctx: conflicts.show(ctx, conflict["id"])).body)
    assert shown["resolutions"] == ["keep_ours", "ignore", "same_stay"]
    asked: dict[str, Any] = {"resolution": "keep_theirs", "booking_id": None} | body
    assert refusal(core, people, **asked) == (409, "booking_has_other_nights", None)
    change(people, "cancel")
    run(core, [listed(2, 5)], NOW + 3 * HOUR)
    assert (nights(core), entry(core)[::2], open_conflicts(core)) == ([(2, 5, "ical")], ("imported", None), 0)


def test_a_stay_that_its_channel_no_longer_lists_leaves_the_booking_as_it_is(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    _, announced = run(core, [listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + 2 * HOUR)
    assert announced and exported(core, "airbnb") == [(2, 5)], (
        "the channel may sell it again, so it is shown the booking"
    )
    run(core, [listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + 3 * HOUR)
    gone = core.run("SELECT state, booking_id FROM feed_events WHERE uid = ?", AIRBNB)
    assert gone == [{"state": "removed", "booking_id": GUEST}]
    assert (booking(core)["status"], nights(core)) == ("confirmed", [(2, 5, "booking"), (20, 22, "ical")])
    assert core.number("waiting_stays") == 0
    assert findings(core, people) == []


def test_while_a_calendar_is_empty_its_channel_is_shown_the_booking_and_nothing_is_removed(
    core: Core, people: UseCases
) -> None:
    one_stay(core, people)
    for hours, first in ((1, True), (12, False), (24, False)):
        assert run(core, [], NOW + hours * HOUR)[1] is first, "it is told once"
        assert (entry(core), exported(core, "airbnb")) == (("waiting", "unheard", GUEST), [(2, 5)])
    _, announced = run(core, [listed(2, 5)], NOW + 25 * HOUR)
    assert announced and exported(core, "airbnb") == []
    assert (entry(core), open_conflicts(core)) == (("waiting", "same_stay", GUEST), 0)
    assert findings(core, people) == []


@pytest.mark.parametrize("calendar", [[], [listed(20, 22, "1418fb94e984-z@airbnb.com")]])
def test_an_empty_calendar_is_no_first_miss_until_it_is_believed(
    core: Core, people: UseCases, calendar: list[Event]
) -> None:
    one_stay(core, people)
    for hours in (1, 12):
        run(core, [], NOW + hours * HOUR)
    run(core, calendar, NOW + 25 * HOUR)
    gone = "SELECT state, reason FROM feed_events WHERE uid = ?"
    assert core.run(gone, AIRBNB) == [{"state": "waiting", "reason": "missed"}]
    run(core, calendar, NOW + 26 * HOUR)
    assert core.run(gone, AIRBNB) == [{"state": "removed", "reason": "missed_twice"}]
    assert nights(core)[0] == (2, 5, "booking")


def test_who_cancels_the_entry_while_its_calendar_is_empty_is_believed_when_it_is_listed_again(
    core: Core, people: UseCases
) -> None:
    one_stay(core, people)
    run(core, [], NOW + HOUR)
    people.now = NOW + 2 * HOUR
    assert say(core, people, "cancel")["state"] == "ignored"
    run(core, [listed(2, 5)], NOW + 3 * HOUR)
    assert (entry(core)[0], nights(core), open_conflicts(core)) == ("ignored", [(2, 5, "booking")], 0)


def test_a_channel_that_no_longer_lists_a_guest_who_has_arrived_is_shown_the_booking(
    core: Core, people: UseCases
) -> None:
    one_stay(core, people)
    other = listed(20, 22, "1418fb94e984-z@airbnb.com")
    run(core, [listed(2, 5), other], NOW + 10 * MINUTE)
    for hours, first in ((1, True), (2, False), (30, False)):
        assert run(core, [other], NOW + hours * HOUR, today=date_of(3))[1] is first, "it is told once"
        [row] = core.run("SELECT state, reason FROM feed_events WHERE uid = ?", AIRBNB)
        assert (row, exported(core, "airbnb")) == ({"state": "waiting", "reason": "unheard"}, [(2, 5)])
    assert run(core, [listed(2, 5), other], NOW + 31 * HOUR, today=date_of(3))[1]
    assert exported(core, "airbnb") == []
    assert findings(core, people) == []


def unlisted(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    for hours in (1, 2):
        run(core, [listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + hours * HOUR)
    people.now = NOW + 3 * HOUR


def keep(core: Core, people: UseCases) -> dict[str, Any]:
    [row] = core.run("SELECT occupancy_id FROM feed_events WHERE uid = ?", AIRBNB)
    answer = people.ask(lambda ctx: words.say(ctx, FEED, row["occupancy_id"], "keep"))
    made: dict[str, Any] = json.loads(answer.body)
    return made


def told_of(core: Core, at: int) -> int:
    core.batch(alerts.unlisted(TENANT, FEED, at))
    return core.number("outbox WHERE type = 'feed.alert_requested'")


def test_people_are_told_of_it_once(core: Core, people: UseCases) -> None:
    core.run(
        "INSERT INTO users (id, email, name, password_hash, email_verified_at, created_at, updated_at)"
        " VALUES ('usr_1', 'a@example.com', 'Ada', 'x', 1, 0, 0)"
    )
    core.run("INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)"
             " VALUES ('ten_1', 'usr_1', 'owner', 0, 0)")  # fmt: skip
    one_stay(core, people)
    assert told_of(core, NOW + HOUR) == 0
    for hours in (2, 3):
        run(core, [listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + hours * HOUR)
    assert told_of(core, NOW + 4 * HOUR) == 1
    assert told_of(core, NOW + 40 * HOUR) == 1


def test_who_keeps_the_booking_ends_what_it_had_in_common(core: Core, people: UseCases) -> None:
    unlisted(core, people)
    keep(core, people)
    assert core.number("feed_events WHERE booking_id IS NOT NULL") == 0
    assert (booking(core)["status"], nights(core)[0]) == ("confirmed", (2, 5, "booking"))
    run(core, [listed(2, 5), listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + 4 * HOUR)
    assert open_conflicts(core) == 1, "listed again it is a stay of its own"


def test_who_keeps_the_booking_twice_is_answered_alike(core: Core, people: UseCases) -> None:
    unlisted(core, people)
    first = keep(core, people)
    people.now += MINUTE
    assert keep(core, people) == first
    assert nights(core) == [(2, 5, "booking"), (20, 22, "ical")]


@pytest.mark.parametrize("kept", [False, True])
def test_who_keeps_the_stay_of_a_booking_that_is_cancelled_has_its_nights(
    core: Core, people: UseCases, kept: bool
) -> None:
    unlisted(core, people)
    if kept:
        keep(core, people)
    change(people, "cancel")
    people.now += MINUTE
    shown = keep(core, people)
    assert (shown["state"], shown["word"], shown["booking_id"]) == ("imported", "keep", None)
    assert nights(core) == [(2, 5, "ical"), (20, 22, "ical")]
    assert stale(core, people.now)
    assert findings(core, people) == []


@pytest.mark.parametrize(("change", "hours"), [("missing", 1), ("removed", 2)])
def test_what_a_run_decided_of_a_booking_s_stay_is_taken_back_by_verbs_of_its_own(
    core: Core, people: UseCases, change: str, hours: int
) -> None:
    one_stay(core, people)
    for hour in range(1, hours + 1):
        run(core, [listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + hour * HOUR)
    [made] = core.run("SELECT run_id, id FROM feed_decisions WHERE change = ? AND uid = ?", change, AIRBNB)
    shown = json.loads(people.ask(lambda ctx: feed_events.show_run(ctx, FEED, made["run_id"])).body)
    assert [one["reversible"] for one in shown["decisions"] if one["id"] == made["id"]] == [False]
    with pytest.raises(AppError) as refused:
        people.ask(lambda ctx: words.revert(ctx, FEED, made["run_id"], made["id"]))
    assert (refused.value.status, refused.value.code) == (409, "not_reversible")
    core.run("UPDATE feed_events SET booking_id = NULL")
    shown = json.loads(people.ask(lambda ctx: feed_events.show_run(ctx, FEED, made["run_id"])).body)
    assert [one["reversible"] for one in shown["decisions"] if one["id"] == made["id"]] == [True]


def test_who_cancels_the_booking_opens_its_nights(core: Core, people: UseCases) -> None:
    unlisted(core, people)
    change(people, "cancel")
    assert nights(core) == [(20, 22, "ical")]
    assert findings(core, people) == []


def test_listed_again_it_is_one_stay_again(core: Core, people: UseCases) -> None:
    unlisted(core, people)
    run(core, [listed(2, 5), listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + 4 * HOUR)
    [row] = core.run("SELECT state, booking_id FROM feed_events WHERE uid = ?", AIRBNB)
    assert (row["state"], row["booking_id"], open_conflicts(core)) == ("waiting", GUEST, 0)
    assert findings(core, people) == []


def test_listed_again_on_free_nights_it_is_told_all_the_same(core: Core, people: UseCases) -> None:
    unlisted(core, people)
    run(core, [listed(10, 12), listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + 4 * HOUR)
    [row] = core.run("SELECT state, booking_id FROM feed_events WHERE uid = ?", AIRBNB)
    assert (row["state"], row["booking_id"], open_conflicts(core)) == ("conflict", GUEST, 1)
    assert nights(core) == [(2, 5, "booking"), (10, 12, "ical"), (20, 22, "ical")]
    assert findings(core, people) == []


def test_it_is_taken_back(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    shown = say(core, people, "separate")
    assert (shown["booking_id"], shown["state"]) == (None, "waiting")
    assert nights(core) == [(2, 5, "booking")]
    run(core, [listed(2, 5)], NOW + HOUR)
    assert (entry(core), open_conflicts(core)) == (("conflict", "nights_taken", None), 1)
    assert findings(core, people) == []


def test_who_cancels_the_entry_shows_its_channel_the_booking(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    people.now = NOW + HOUR
    shown = say(core, people, "cancel")
    assert (shown["booking_id"], shown["state"]) == (None, "ignored")
    assert (nights(core), exported(core, "airbnb")) == ([(2, 5, "booking")], [(2, 5)])
    assert stale(core, people.now), "exports are stored, so they are made anew"
    assert findings(core, people) == []


@pytest.fixture
def readdress(core: Core, people: UseCases, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the feed the address of another calendar, at this host."""

    def readdress(host: str) -> None:
        async def checked(*_: object) -> FeedVerdict:
            return FeedVerdict(host=host, events=1)

        async def sealed(*_: object) -> str:
            return "y"

        monkeypatch.setattr(feeds, "checked", checked)
        monkeypatch.setattr(feeds, "sealed", sealed)
        [feed] = core.run("SELECT version FROM feeds")
        people.ask(lambda ctx: changes.change(ctx, FEED, {"url": f"https://{host}/x.ics"}, f'"{feed["version"]}"'))

    return readdress


@pytest.mark.parametrize("status", ["active", "paused"])
def test_a_channel_that_never_listed_it_is_shown_the_booking(
    core: Core, people: UseCases, readdress: Callable[[str], None], status: str
) -> None:
    one_stay(core, people)
    core.run("UPDATE feeds SET status = ?", status)
    people.now = NOW + HOUR
    readdress("admin.booking.com")
    assert (exported(core, "booking"), exported(core, "airbnb")) == ([(2, 5)], [(2, 5)]), "nobody lists it for now"
    assert stale(core, people.now), "exports are stored, so they are made anew"
    assert findings(core, people) == []
    run(core, [listed(2, 5, "a@booking.com")], NOW + 2 * HOUR)
    assert (entry(core), exported(core, "booking"), exported(core, "airbnb")) == (
        ("waiting", "same_stay", GUEST), [], [(2, 5)],
    )  # fmt: skip


@pytest.mark.parametrize("missed", [False, True])
def test_the_same_channel_lists_it_at_another_address_again_or_not(
    core: Core, people: UseCases, readdress: Callable[[str], None], missed: bool
) -> None:
    one_stay(core, people)
    other = listed(20, 22, "1418fb94e984-z@airbnb.com")
    if missed:
        run(core, [other], NOW + HOUR)
    people.now = NOW + 2 * HOUR
    readdress("www.airbnb.co.uk")
    assert exported(core, "airbnb") == [(2, 5)]
    run(core, [other], NOW + DAY)
    assert core.run("SELECT state, reason FROM feed_events WHERE uid = ?", AIRBNB) == [
        {"state": "waiting", "reason": "missed"}
    ], "the first reading of an address is no second miss"
    _, announced = run(core, [listed(2, 5), other], NOW + DAY + HOUR)
    assert announced and exported(core, "airbnb") == []


def test_a_person_who_links_it_before_the_new_address_was_read_hides_nothing_from_its_channel(
    core: Core, people: UseCases, readdress: Callable[[str], None]
) -> None:
    book(core, 2, 5)
    run(core, [listed(2, 5)], NOW)
    core.run("UPDATE feeds SET status = 'paused'")
    readdress("admin.booking.com")
    assert resolve(core, people)["status"] == "resolved"
    assert (exported(core, "booking"), exported(core, "airbnb")) == ([(2, 5)], [(2, 5)])


@pytest.mark.parametrize("imported", ["keep", "release"])
def test_without_its_feed_the_booking_is_a_booking(core: Core, people: UseCases, imported: changes.Imported) -> None:
    one_stay(core, people)
    people.now = NOW + HOUR
    people.ask(lambda ctx: changes.delete(ctx, FEED, imported, None))
    assert (nights(core), exported(core, "airbnb")) == ([(2, 5, "booking")], [(2, 5)])
    assert stale(core, people.now)
    change(people, "cancel")
    assert nights(core) == []
    assert findings(core, people) == []


def test_a_run_of_another_feed_does_not_bring_back_what_a_booking_has_let_go(core: Core, people: UseCases) -> None:
    unlisted(core, people)
    core.run(
        "INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)"
        " VALUES ('ten_1', 'feed_2', 'unit_1', 'Hub', 'hub.example', 'x', 0, 0, 0)"
    )
    core.run("UPDATE feed_events SET feed_id = 'feed_2' WHERE uid = ?", AIRBNB)
    run(core, [listed(2, 5, "1418fb94e984-b@airbnb.com"), listed(20, 22, "1418fb94e984-z@airbnb.com")], NOW + 4 * HOUR)
    [before] = core.run("SELECT words FROM feeds WHERE id = 'feed_2'")
    people.now = NOW + 5 * HOUR
    assert resolve(core, people)["status"] == "resolved"
    assert core.run("SELECT words FROM feeds WHERE id = 'feed_2'") == [{"words": before["words"] + 1}]
    assert core.run("SELECT feed_id FROM feed_events WHERE booking_id IS NOT NULL") == [{"feed_id": FEED}]


def test_a_link_made_while_its_feed_is_deleted_does_not_outlive_it(core: Core, people: UseCases) -> None:
    book(core, 2, 5)
    run(core, [listed(2, 5)], NOW)
    people.now = NOW + HOUR
    other = UseCases(core, NOW + MINUTE)
    [conflict] = core.run("SELECT id, version FROM conflicts")
    said = {"resolution": "same_stay", "unit_id": None, "reason": None, "booking_id": GUEST}
    people.database.meanwhile = ("UPDATE feeds SET status = 'paused'", lambda: other.ask_meanwhile(
        lambda ctx: resolving.resolve(ctx, conflict["id"], said, f'"{conflict["version"]}"')
    ))  # fmt: skip
    people.ask(lambda ctx: changes.delete(ctx, FEED, "keep", None))
    assert core.number("feed_events WHERE booking_id IS NOT NULL") == 0
    assert (exported(core, "airbnb"), stale(core, people.now)) == ([(2, 5)], True)


def test_a_guest_of_the_villa_is_listed_by_the_room_s_channel(core: Core, people: UseCases) -> None:
    combine(core, villa=OTHER, room=UNIT)
    book(core, 2, 5, unit=OTHER)
    run(core, [listed(2, 6)], NOW)
    assert resolve(core, people)["status"] == "resolved"
    assert (nights(core), nights(core, OTHER)) == ([(2, 6, "booking")], [(2, 6, "booking")])
    assert run(core, [listed(2, 6)], NOW + HOUR)[0].nothing
    change(people, "cancel")
    assert (nights(core), nights(core, OTHER)) == ([(2, 6, "ical")], [])


def test_a_booking_of_a_room_is_not_what_a_channel_sold_of_the_villa(core: Core, people: UseCases) -> None:
    combine(core, villa=UNIT, room=OTHER)
    book(core, 2, 5, unit=OTHER)
    run(core, [listed(2, 5)], NOW)
    assert refusal(core, people) == (409, "booking_of_a_part", "booking_id")


def test_what_is_refused_names_its_field(core: Core, people: UseCases) -> None:
    book(core, 2, 5)
    book(core, 12, 15, "bkg_other")
    run(core, [listed(2, 5)], NOW)
    assert refusal(core, people, booking_id="bkg_other") == (422, "booking_not_concerned", "booking_id")
    assert refusal(core, people, booking_id="bkg_nobody") == (422, "booking_not_concerned", "booking_id")
    assert refusal(core, people, booking_id=None) == (422, "booking_missing", "booking_id")
    assert refusal(core, people, resolution="ignore") == (422, "booking_not_wanted", "booking_id")
    assert refusal(core, people, unit_id=OTHER) == (422, "unit_not_wanted", "unit_id")
    assert refusal(core, people, way="ignore") == (400, "way_differs", "way")
    assert resolve(core, people, way="same_stay")["resolution"] == "same_stay"


def test_a_booking_is_one_stay_with_one_entry(core: Core, people: UseCases) -> None:
    one_stay(core, people)
    run(core, [listed(2, 5), listed(4, 5, "1418fb94e984-b@airbnb.com")], NOW + HOUR)
    assert refusal(core, people) == (409, "booking_linked", "booking_id")


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        ("UPDATE bookings SET version = version + 1", "changed_meanwhile"),
        ("UPDATE feed_events SET updated_at = updated_at + 1", "changed_meanwhile"),
    ],
)
@pytest.mark.parametrize("end", [5, 7])
def test_who_comes_first_wins(core: Core, people: UseCases, meanwhile: str, code: str, end: int) -> None:
    book(core, 2, 5)
    run(core, [listed(2, end)], NOW)
    people.database.meanwhile = ("UPDATE conflicts", lambda: core.run(meanwhile))
    with pytest.raises(AppError) as refused:
        resolve(core, people)
    assert (refused.value.status, refused.value.code) == (409, code)
    assert (open_conflicts(core), booking(core)["check_out"]) == (1, date_of(5))


def test_a_booking_cancelled_in_the_middle_of_it_leaves_its_nights_to_the_stay(core: Core, people: UseCases) -> None:
    book(core, 2, 5)
    run(core, [listed(2, 5)], NOW)
    other = UseCases(core, NOW)
    people.database.meanwhile = (
        "UPDATE conflicts", lambda: other.ask_meanwhile(lambda ctx: states.change(ctx, GUEST, "cancel", "Ill")),
    )  # fmt: skip
    with pytest.raises(AppError):
        resolve(core, people)
    assert (nights(core), entry(core)[0], open_conflicts(core)) == ([(2, 5, "ical")], "imported", 0)
