"""A channel's stay that somebody moves to another unit: what is shut, who is told, and who may do it."""

from __future__ import annotations

import json

import pytest

from api.channels.entries import words
from api.channels.feeds import changes
from api.inventory.units import changes as units
from calsync.ical.models import Event
from propflow.clock import DAY, HOUR
from propflow.errors import AppError
from tests.unit.api.use_cases import UseCases
from tests.unit.calsync.core_database import FEED, Core
from tests.unit.calsync.runs import run

NOW = 1_794_300_000_000  # 10 November 2026, as in `runs`
HOME, OTHER, FAR = "unit_1", "unit_2", "unit_3"
AWAY = "moved:ical:www.airbnb.com"


@pytest.fixture
def core() -> Core:
    made = Core()
    made.run(
        "INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at)"
        " VALUES ('ten_1', 'prop_2', 'Far house', 'Pacific/Auckland', 'NZD', 0, 0)"
    )
    made.add_unit(OTHER)
    made.add_unit(FAR, "prop_2")
    return made


@pytest.fixture
def people(core: Core) -> UseCases:
    return UseCases(core, NOW)


def event(uid: str, start: int, end: int) -> Event:
    return Event(uid, f"2026-12-{start:02}", f"2026-12-{end:02}", "Reserved")


def move(core: Core, people: UseCases, uid: str, unit_id: str) -> dict[str, object]:
    [entry] = core.run("SELECT occupancy_id FROM feed_events WHERE uid = ? AND state <> 'replaced'", uid)
    answer = people.ask(lambda ctx: words.move(ctx, FEED, entry["occupancy_id"], unit_id))
    made: dict[str, object] = json.loads(answer.body)
    return made


def refusal(core: Core, people: UseCases, uid: str, unit_id: str) -> tuple[int, str]:
    before = dump(core)
    with pytest.raises(AppError) as refused:
        move(core, people, uid, unit_id)
    assert dump(core) == before, "nothing has changed"
    return refused.value.status, refused.value.code


def dump(core: Core) -> list[list[dict[str, object]]]:
    return [
        core.run(f"SELECT * FROM {table}")
        for table in ("occupancies", "feed_events", "waiting_stays", "conflicts", "events", "outbox")
    ]


def nights(core: Core, unit_id: str) -> list[tuple[int, int, str]]:
    rows = core.run(
        "SELECT start_date, end_date, source FROM occupancies WHERE unit_id = ? AND live = 1 ORDER BY start_date",
        unit_id,
    )
    return [(int(row["start_date"][-2:]), int(row["end_date"][-2:]), row["source"]) for row in rows]


def occupy(core: Core, ident: str, unit_id: str, start: int, end: int) -> None:
    core.run(
        "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, created_at, updated_at)"
        " VALUES ('ten_1', ?, ?, ?, ?, 'booking', 'bkg_1', 0, 0)",
        ident, unit_id, f"2026-12-{start:02}", f"2026-12-{end:02}",
    )  # fmt: skip


def combine(core: Core, villa: str, room: str) -> None:
    core.run(
        "INSERT INTO unit_parts (tenant_id, combined_id, part_id, since) VALUES ('ten_1', ?, ?, '2026-01-01')",
        villa, room,
    )  # fmt: skip


def stale_units(core: Core, at: int) -> list[str]:
    rows = core.run("SELECT message FROM outbox WHERE type = 'unit.calendar_changed' AND created_at = ?", at)
    return sorted(json.loads(row["message"])["unit_id"] for row in rows)


def test_each_range_that_it_ever_had_is_shown_to_every_channel_of_its_new_unit(core: Core, people: UseCases) -> None:
    occupy(core, "occ_home", HOME, 4, 6)
    run(core, [event("a", 2, 8)], NOW)
    assert [one[:2] for one in nights(core, HOME)] == [(2, 4), (4, 6), (6, 8)]
    assert move(core, people, "a", OTHER)["state"] == "imported"
    assert nights(core, OTHER) == [(2, 8, AWAY)]
    occupy(core, "occ_other", OTHER, 8, 10)
    run(core, [event("a", 2, 12)], NOW + HOUR)
    core.run("UPDATE occupancies SET start_date = '2026-12-05', end_date = '2026-12-06' WHERE id = 'occ_home'")
    run(core, [event("a", 6, 12)], NOW + 2 * HOUR)
    assert [one for one in nights(core, OTHER) if one[2] != "direct"] == [(6, 8, AWAY), (10, 12, AWAY)]
    core.run("UPDATE occupancies SET start_date = '2026-12-05', end_date = '2026-12-06' WHERE id = 'occ_other'")
    run(core, [event("a", 3, 9)], NOW + 3 * HOUR)
    assert [one for one in nights(core, OTHER) if one[2] != "direct"] == [(3, 5, AWAY), (6, 9, AWAY)], (
        "the range from the 6th is one that it had at home"
    )


def test_home_again_under_another_uid_the_exports_of_its_home_are_made_anew(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5)], NOW)
    move(core, people, "a", OTHER)
    run(core, [event("b", 2, 5)], NOW + HOUR)
    move(core, people, "b", HOME)
    run(core, [event("b", 2, 7)], NOW + 2 * HOUR)
    assert (nights(core, HOME), nights(core, OTHER)) == ([(2, 7, "ical:www.airbnb.com")], [])
    assert stale_units(core, NOW + 2 * HOUR) == [HOME]


def test_stays_of_a_villa_and_of_its_room_that_want_one_night_are_a_conflict(core: Core, people: UseCases) -> None:
    combine(core, HOME, OTHER)
    run(core, [event("a", 2, 5), event("b", 6, 8)], NOW)
    move(core, people, "a", OTHER)
    assert [one[:2] for one in nights(core, OTHER)] == [(2, 5), (6, 8)]
    run(core, [event("a", 2, 7), event("b", 5, 8)], NOW + HOUR)
    taken = {night for start, end, _ in nights(core, OTHER) for night in range(start, end)}
    assert taken == set(range(2, 8)), "every night is shut, once"
    assert core.number("conflicts WHERE status = 'open'") == 2, "each has what the other leaves"


def test_a_stay_moves_from_a_villa_into_its_room_and_back(core: Core, people: UseCases) -> None:
    combine(core, HOME, OTHER)
    run(core, [event("a", 2, 5)], NOW)
    move(core, people, "a", OTHER)
    assert (nights(core, HOME), nights(core, OTHER)) == ([], [(2, 5, AWAY)])
    move(core, people, "a", HOME)
    assert nights(core, HOME) == [(2, 5, "ical:www.airbnb.com")]
    assert [one[:2] for one in nights(core, OTHER)] == [(2, 5)], "what a villa has, its room has"


def test_what_is_missing_is_missing_wherever_it_lives(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5), event("b", 6, 8)], NOW)
    run(core, [event("b", 6, 8)], NOW + HOUR)
    assert move(core, people, "a", OTHER)["reason"] == "missed"
    run(core, [event("b", 6, 8)], NOW + 2 * HOUR)
    assert nights(core, OTHER) == []


def test_what_somebody_kept_is_kept(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5), event("b", 6, 8)], NOW)
    run(core, [event("b", 6, 8)], NOW + HOUR)
    [entry] = core.run("SELECT occupancy_id FROM feed_events WHERE uid = 'a'")
    people.ask(lambda ctx: words.say(ctx, FEED, entry["occupancy_id"], "keep"))
    move(core, people, "a", OTHER)
    for hours in (2, 30):
        run(core, [event("b", 6, 8)], NOW + hours * HOUR)
    assert nights(core, OTHER) == [(2, 5, AWAY)]


@pytest.mark.parametrize("imported", ["keep", "release"])
def test_with_its_feed_it_goes_or_stays_wherever_it_lives(
    core: Core, people: UseCases, imported: changes.Imported
) -> None:
    occupy(core, "occ_other", OTHER, 8, 10)
    run(core, [event("a", 2, 5), event("b", 6, 8), event("c", 12, 14)], NOW)
    move(core, people, "a", OTHER)
    move(core, people, "b", OTHER)
    run(core, [event("a", 2, 5), event("b", 6, 12), event("c", 12, 14)], NOW + HOUR)
    people.now = NOW + 2 * HOUR
    people.ask(lambda ctx: changes.delete(ctx, FEED, imported, None))
    kept = [(2, 5), (6, 8), (8, 10), (10, 12)] if imported == "keep" else [(8, 10)]
    assert [one[:2] for one in nights(core, OTHER)] == kept
    assert [one[:2] for one in nights(core, HOME)] == ([(12, 14)] if imported == "keep" else [])
    assert stale_units(core, people.now) == ([] if imported == "keep" else [HOME, OTHER])
    assert core.number("waiting_stays") == 0
    gone = core.run("SELECT unit_id FROM events WHERE type = 'occupancy.removed' AND created_at = ?", people.now)
    assert sorted(row["unit_id"] for row in gone) == ([] if imported == "keep" else [HOME, OTHER, OTHER])


def test_who_does_not_see_the_unit_where_it_lives_does_not_see_it(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5), event("b", 6, 8)], NOW)
    people.property_ids = ("prop_1",)
    assert refusal(core, people, "a", FAR) == (404, "unit_not_found")
    people.property_ids = None
    move(core, people, "a", FAR)
    people.property_ids = ("prop_1",)
    assert refusal(core, people, "a", HOME) == (404, "feed_event_not_found")
    people.now = NOW + HOUR
    people.ask(lambda ctx: changes.delete(ctx, FEED, "release", None))
    assert nights(core, FAR) == [(2, 5, AWAY)], "nor does such a person open its nights"
    assert nights(core, HOME) == []


def test_a_unit_that_is_archived_meanwhile_gets_no_stay(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5)], NOW)
    archive = "UPDATE units SET status = 'archived' WHERE id = 'unit_2'"
    people.database.meanwhile = ("UPDATE feed_events", lambda: core.run(archive))
    assert refusal(core, people, "a", OTHER) == (409, "changed_meanwhile")


def test_a_reading_that_ends_meanwhile_is_not_undone(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5)], NOW)
    people.database.meanwhile = ("UPDATE feed_events", lambda: run(core, [event("a", 3, 6)], NOW + HOUR))
    with pytest.raises(AppError) as refused:
        move(core, people, "a", OTHER)
    assert (refused.value.status, refused.value.code) == (409, "changed_meanwhile")
    assert (nights(core, HOME), nights(core, OTHER)) == ([(3, 6, "ical:www.airbnb.com")], [])


def test_it_moves_twice_and_then_stays(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5)], NOW)
    for unit in (OTHER, FAR):
        assert move(core, people, "a", unit)["unit_id"] == unit
    assert (nights(core, HOME), nights(core, OTHER), nights(core, FAR)) == ([], [], [(2, 5, AWAY)])
    told = core.number("events")
    assert move(core, people, "a", FAR)["unit_id"] == FAR
    assert core.number("events") == told, "where it lives already nothing happens"
    assert run(core, [event("a", 2, 5)], NOW + HOUR)[0].nothing


def rest(start: int, end: int) -> Event:
    return event("rest", start, end)


def gone(core: Core, people: UseCases) -> None:
    """A stay of the other unit that its channel no longer lists."""
    run(core, [event("a", 2, 5), rest(20, 22)], NOW)
    move(core, people, "a", OTHER)
    for hours in (1, 2):
        run(core, [rest(20, 22)], NOW + hours * HOUR)
    people.now = NOW + 3 * HOUR


def put_away(people: UseCases, unit_id: str) -> None:
    people.ask(lambda ctx: units.archive(ctx, unit_id))


def test_listed_again_after_its_unit_was_put_away_it_shuts_the_nights_that_its_home_sold(
    core: Core, people: UseCases
) -> None:
    gone(core, people)
    put_away(people, OTHER)
    run(core, [event("a", 2, 5), rest(20, 22)], NOW + 4 * HOUR)
    assert [one[:2] for one in nights(core, HOME)] == [(2, 5), (20, 22)]
    assert nights(core, OTHER) == []


def test_listed_again_in_a_unit_that_is_let_it_is_where_it_was(core: Core, people: UseCases) -> None:
    gone(core, people)
    put_away(people, FAR)
    run(core, [event("a", 2, 5), rest(20, 22)], NOW + 4 * HOUR)
    assert nights(core, OTHER) == [(2, 5, AWAY)]


def test_a_run_that_reads_before_a_unit_is_put_away_begins_anew(core: Core, people: UseCases) -> None:
    gone(core, people)
    [before] = core.run("SELECT words FROM feeds WHERE id = ?", FEED)
    put_away(people, OTHER)
    assert core.run("SELECT words FROM feeds WHERE id = ?", FEED) == [{"words": before["words"] + 1}]


def test_what_is_imported_after_its_unit_was_put_away_has_its_nights_at_home(core: Core, people: UseCases) -> None:
    run(core, [event("a", 2, 5)], NOW)
    move(core, people, "a", OTHER)
    [entry] = core.run("SELECT occupancy_id FROM feed_events WHERE uid = 'a'")
    people.ask(lambda ctx: words.say(ctx, FEED, entry["occupancy_id"], "cancel"))
    put_away(people, OTHER)
    people.ask(lambda ctx: words.say(ctx, FEED, entry["occupancy_id"], "import"))
    assert (nights(core, HOME), nights(core, OTHER)) == ([(2, 5, "ical:www.airbnb.com")], [])


def test_a_guest_who_stays_on_after_the_unit_was_put_away_has_the_night_at_home(core: Core, people: UseCases) -> None:
    run(core, [Event("a", "2026-11-08", "2026-11-10", "Reserved")], NOW - 3 * DAY, today="2026-11-07")
    move(core, people, "a", OTHER)
    put_away(people, OTHER)
    run(core, [Event("a", "2026-11-08", "2026-11-11", "Reserved")], NOW + HOUR)
    assert [one[:2] for one in nights(core, HOME)] == [(8, 11)]
