"""Events as statements: positions without gaps, a sequence per object, and none for what did not happen."""

from __future__ import annotations

import pytest

from propflow import guards
from propflow.events import Event, record, record_all
from tests.unit.calsync.core_database import TENANT, Core

ABOUT = {"actor": "usr_1", "request_id": "req_1"}


@pytest.fixture
def core() -> Core:
    return Core()


def told(core: Core) -> list[tuple[int, str, str, int]]:
    rows = core.run("SELECT position, id, object_id, sequence FROM events ORDER BY position")
    return [(row["position"], row["id"], row["object_id"], row["sequence"]) for row in rows]


def test_many_events_continue_where_one_ended(core: Core) -> None:
    core.batch([record(TENANT, "evt_1", Event(type="a.made", object_id="a"), **ABOUT, now=1)])
    many = [(f"evt_{number}", Event(type="x.changed", object_id=name)) for number, name in enumerate("abab", 2)]
    core.batch(record_all(TENANT, many, **ABOUT, now=2))
    core.batch([record(TENANT, "evt_6", Event(type="b.ended", object_id="b"), **ABOUT, now=3)])
    assert told(core) == [
        (1, "evt_1", "a", 1), (2, "evt_2", "a", 2), (3, "evt_3", "b", 1), (4, "evt_4", "a", 3), (5, "evt_5", "b", 2),
        (6, "evt_6", "b", 3),
    ]  # fmt: skip


def test_one_statement_writes_what_many_would(core: Core) -> None:
    event = Event(type="a.moved", object_id="a", unit_id="unit_1", changed={"end": "2027-01-02", "note": None},
                  previous={"end": "2027-01-01", "guests": [1, {"x": True}]})  # fmt: skip
    core.batch([record(TENANT, "evt_1", event, **ABOUT, now=7)])
    core.batch(record_all(TENANT, [("evt_2", event)], **ABOUT, now=7))
    first, second = core.run("SELECT * FROM events ORDER BY position")
    assert first | {"id": "", "position": 0, "sequence": 0} == second | {"id": "", "position": 0, "sequence": 0}


def test_a_condition_leaves_no_gap(core: Core) -> None:
    many = [(f"evt_{name}", Event(type="x.changed", object_id=name)) for name in "abc"]
    core.batch(record_all(TENANT, many, **ABOUT, now=1, condition="e.value ->> 'object_id' <> 'b'"))
    assert told(core) == [(1, "evt_a", "a", 1), (2, "evt_c", "c", 1)]


def test_a_batch_that_fails_leaves_no_event(core: Core) -> None:
    with pytest.raises(Exception, match="guard_failed"):
        core.batch([
            record(TENANT, "evt_1", Event(type="a.made", object_id="a"), **ABOUT, now=1),
            *record_all(TENANT, [("evt_2", Event(type="a.made", object_id="b"))], **ABOUT, now=1, condition="false"),
            guards.changed(),
        ])  # fmt: skip
    assert told(core) == []
