"""What a queue batch says of calendars is done in one reading and one writing, and nobody is harmed by a neighbour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from integration.calsync.connected import day
from integration.calsync.groups import Units, costs, told
from support.deliver import deliver, envelopes
from support.rows import row_id
from support.suite import Suite


@pytest.fixture
def units(suite: Suite) -> Units:
    return Units(suite)


@contextmanager
def failing(suite: Suite, when: str, body: str = "SELECT RAISE(ABORT, 'test')") -> Iterator[None]:
    """The database refuses something, or does something more."""
    suite.d1(f"CREATE TRIGGER test_fail {when} BEGIN {body}; END")
    try:
        yield
    finally:
        suite.d1("DROP TRIGGER test_fail")


def test_ten_messages_about_one_unit_read_and_write_it_once(suite: Suite, units: Units) -> None:
    [unit] = units.add()
    units.occupy([unit])
    messages = units.messages([unit] * 10)
    retried, cost = told(suite, messages)
    assert retried == {} and units.waiting(messages) == [0] * 10
    assert (cost["batches"], cost["subrequests"], cost["statements"]) == (2, 2, 8), "what a single one costs"
    assert units.exports([unit]) == [(1, 1)]


def test_ten_messages_about_ten_units_are_two_batches(suite: Suite, units: Units) -> None:
    ten = units.add(10, channels=("airbnb", "booking"))
    units.occupy(ten)
    messages = units.messages(ten)
    retried, cost = told(suite, messages)
    assert retried == {} and units.waiting(messages) == [0] * 10
    assert (cost["batches"], cost["subrequests"]) == (2, 2) and cost["statements"] == 17, "one more for each unit"
    assert units.exports(ten) == [(1, 1)] * 10


def test_units_that_nobody_reads_cost_no_write_but_the_closing(suite: Suite, units: Units) -> None:
    unread = units.add(3, channels=())
    messages = units.messages(unread)
    _, closed = told(suite, messages)
    assert units.waiting(messages) == [0] * 3
    assert closed["batches"] == 2 and closed["statements"] == 4 + 3 + 1
    units.add()
    with failing(suite, f"BEFORE UPDATE ON calendar_exports WHEN NEW.tenant_id = '{units.tenant_id}'"):
        assert told(suite, units.messages(unread))[0] == {}


def test_all_pushes_that_a_batch_asks_for_are_sent_at_once(suite: Suite, units: Units) -> None:
    other = Units(suite)
    mine, theirs = units.add(2), other.add()
    targets = [units.target(mine[0]), units.target(mine[0]), units.target(mine[1]), other.target(theirs[0])]
    messages = [*units.messages(mine * 2), *other.messages(theirs)]
    retried, cost = told(suite, messages)
    assert retried == {} and (cost["batches"], cost["subrequests"], cost["queued"]) == (2, 3, 4)
    asked = "SELECT message ->> 'target_id' AS target FROM outbox WHERE tenant_id IN (?1, ?2) AND type LIKE '%push%'"
    rows = suite.d1(asked, units.tenant_id, other.tenant_id)
    assert sorted(row["target"] for row in rows) == sorted(targets)


def test_pushes_and_runs_in_a_batch_are_handled_one_by_one_as_before(suite: Suite, units: Units) -> None:
    two = units.add(2)
    push = units.messages(two[:1], type="calendar.push_requested", target_id="push_x")
    before = suite.output()
    assert deliver(suite, "calsync", [*push, *units.messages(two)]).retried == {}
    assert [cost["batches"] for cost in costs(suite, before)] == [2]
    assert [cost["batches"] for cost in costs(suite, before, "message.done")] == [2], "the push"
    assert units.waiting(push) == [0] and units.exports(two) == [(0, 1)] * 2


def test_each_tenant_of_a_batch_gets_its_own(suite: Suite, units: Units) -> None:
    other = Units(suite)
    mine, theirs = units.add(2), other.add(2)
    units.occupy(mine)
    messages = [*units.messages(mine), *other.messages(theirs), *other.messages(mine)]
    retried, cost = told(suite, messages)
    assert retried == {} and cost["batches"] == 2
    assert units.exports(mine) == [(1, 1)] * 2 and other.exports(theirs) == [(0, 1)] * 2
    assert units.waiting(messages[:2]) == [0] * 2 and other.waiting(messages[2:]) == [0] * 4
    entries = [
        row["body"] for row in suite.d1("SELECT body FROM calendar_exports WHERE tenant_id = ?1", other.tenant_id)
    ]
    assert not any("BEGIN:VEVENT" in body for body in entries), "whoever names a unit of somebody else learns nothing"


def test_a_batch_that_comes_again_or_late_changes_nothing(suite: Suite, units: Units) -> None:
    three = units.add(3)
    units.occupy(three)
    late = units.messages(three)
    units.occupy(three, first=5)
    messages = units.messages(three)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: deliver(suite, "calsync", messages).retried, range(3)))
    assert answers == [{}] * 3 and units.exports(three) == [(2, 1)] * 3
    assert deliver(suite, "calsync", [*late, *messages]).retried == {}
    units.reopen()
    assert deliver(suite, "calsync", [*messages[::-1], *late[::-1], *messages]).retried == {}
    assert units.exports(three) == [(2, 1)] * 3
    assert units.waiting([*late, *messages]) == [0] * 6


def test_a_message_that_names_many_units_is_closed_with_the_last(suite: Suite, units: Units) -> None:
    many = units.add(23)
    units.occupy(many)
    messages = [*units.messages(many[:1], other_unit_ids=many[1:]), *units.messages(many[:2])]
    with failing(suite, f"BEFORE UPDATE ON calendar_exports WHEN NEW.unit_id = '{many[22]}'"):
        answer = deliver(suite, "calsync", messages)
        assert answer.acked == {one.id for one in messages[1:]}
        assert units.waiting(messages) == [4, 0, 0]
    assert deliver(suite, "calsync", messages).retried == {}
    assert units.exports(many) == [(1, 1)] * 23 and units.waiting(messages) == [0] * 3


def test_one_that_cannot_be_stored_comes_again_and_its_neighbours_are_done(suite: Suite, units: Units) -> None:
    four = units.add(4)
    units.occupy(four)
    messages = units.messages(four)
    before = suite.output()
    with failing(suite, f"BEFORE UPDATE ON calendar_exports WHEN NEW.unit_id = '{four[1]}'"):
        answer = deliver(suite, "calsync", messages)
    assert '"event":"messages.apart"' in suite.output()[len(before) :]
    assert answer.retried == {messages[1].id: 5} and units.waiting(messages) == [0, 4, 0, 0]
    assert deliver(suite, "calsync", messages).retried == {}
    assert units.exports(four) == [(1, 1)] * 4 and units.waiting(messages) == [0] * 4


def test_poison_beside_a_group_is_dead_and_the_group_is_done(suite: Suite, units: Units) -> None:
    two = units.add(2)
    units.occupy(two)
    messages = units.messages(two)
    nowhere = json.loads(messages[0].body) | {"outbox_id": row_id("obx")}
    answer = deliver(suite, "calsync", [*envelopes(["not json", json.dumps(nowhere)]), *messages])
    assert answer.retried == {} and units.waiting(messages) == [0, 0] and units.exports(two) == [(1, 1)] * 2
    assert len(units.rows.dead_letters()) == 1


def test_the_calendars_of_a_villa_and_its_rooms_are_read_together(suite: Suite, units: Units) -> None:
    villa, *rooms = units.add(3)
    for room in rooms:
        insert = "INSERT INTO unit_parts (tenant_id, combined_id, part_id, since) VALUES (?1, ?2, ?3, ?4)"
        suite.d1(insert, units.tenant_id, villa, room, day(-60))
    units.occupy(rooms[:1])
    retried, cost = told(suite, units.messages([rooms[0]] * 2))
    assert retried == {} and cost["batches"] == 3, "one more, for the villa"
    assert units.exports([villa, rooms[0]]) == [(1, 1)] * 2
    units.occupy([villa], first=5)
    retried, cost = told(suite, units.messages([villa, *rooms]))
    assert retried == {} and cost["batches"] == 2, "all were named"
    assert units.exports([villa, *rooms]) == [(2, 2), (2, 2), (1, 1)]


def test_one_that_is_always_overtaken_comes_again_and_its_neighbours_are_done(suite: Suite, units: Units) -> None:
    three = units.add(3)
    units.occupy(three)
    messages, before = units.messages(three), suite.output()
    when = f"BEFORE UPDATE ON calendar_exports WHEN NEW.unit_id = '{three[1]}'"
    with failing(suite, when, "SELECT RAISE(IGNORE)"):  # as if the row was another's by then
        assert deliver(suite, "calsync", messages).retried == {messages[1].id: 5}
    new = suite.output()[len(before) :]
    assert '"event":"messages.apart"' in new and "keep being faster" in new
    assert units.waiting(messages) == [0, 4, 0]
    assert deliver(suite, "calsync", messages).retried == {}
    assert units.waiting(messages) == [0] * 3 and units.exports(three) == [(1, 1)] * 3


def test_groups_that_overtake_each_other_have_one_outcome(suite: Suite, units: Units) -> None:
    ten = units.add(10)
    units.occupy(ten)
    batches = [units.messages(ten) for _ in range(4)]
    before = suite.output()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda batch: deliver(suite, "calsync", batch).retried, batches))
    assert answers == [{}] * 4
    assert units.exports(ten) == [(1, 1)] * 10
    assert [units.waiting(batch) for batch in batches] == [[0] * 10] * 4
    assert len(costs(suite, before)) == 4
    new = suite.output()[len(before) :]
    assert '"event":"export.refresh_overtaken"' in new and '"event":"messages.apart"' not in new
