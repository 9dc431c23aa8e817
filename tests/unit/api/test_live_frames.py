"""What is said over a live connection: good frames are understood, everything else is named and changes nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.bucket import Take, take
from api.activity.realtime import frames
from api.activity.realtime.frames import Editing, Range, Viewing
from api.activity.realtime.repository import HappenedRow
from api.objects import room
from api.objects.room import Viewer
from propflow.errors import BadRequest

UNIT, BOOKING = "unit_" + "0" * 26, "bkg_" + "0" * 26
ONE = Viewer(id="live_1", user_id="usr_1", session_id="ses_1", name="Ann", position=5)


def said(**fields: object) -> str:
    return json.dumps(fields)


def test_good_messages_are_understood() -> None:
    seen = frames.read(said(type="viewing", unit_id=UNIT, range={"start": "2027-03-01", "end": "2027-04-01"}))
    assert seen == Viewing(unit_id=UNIT, range=Range(start="2027-03-01", end="2027-04-01"))
    assert frames.read(said(type="viewing", unit_id=None)) == Viewing(unit_id=None)
    assert frames.read(said(type="editing", object_id=BOOKING, seconds=30)) == Editing(object_id=BOOKING, seconds=30)


@pytest.mark.parametrize(
    ("text", "code", "names"),
    [
        (None, "text_only", ""),
        ("", "invalid_message", ""),
        ("{", "invalid_message", ""),
        ("[]", "invalid_message", ""),
        ("[" * 4000, "invalid_message", "nested"),
        ("x" * 5000, "message_too_large", ""),
        ("é" * 2049, "message_too_large", ""),
        ("\ud800", "invalid_message", ""),
        (said(type="shout"), "invalid_message", "$.type"),
        (said(unit_id=UNIT), "invalid_message", "type"),
        (said(type="viewing"), "invalid_message", "unit_id"),
        (said(type="viewing", unit_id="unit_1"), "invalid_message", "$.unit_id"),
        (said(type="viewing", unit_id=UNIT + "\n"), "invalid_message", "$.unit_id"),
        (said(type="viewing", unit_id=UNIT, surplus=1), "invalid_message", "surplus"),
        (said(type="viewing", unit_id=UNIT, range={"start": "x", "end": "y"}), "invalid_message", "$.range.start"),
        (
            said(type="viewing", unit_id=UNIT, range={"start": "2027-04-01", "end": "2027-04-01"}),
            "invalid_message", "$.range",
        ),
        (said(type="editing", object_id=BOOKING, seconds=0), "invalid_message", "$.seconds"),
        (said(type="editing", object_id=BOOKING, seconds=121), "invalid_message", "$.seconds"),
        (said(type="editing", object_id="<b>"), "invalid_message", "$.object_id"),
    ],
)  # fmt: skip
def test_a_bad_message_is_named(text: str | None, code: str, names: str) -> None:
    with pytest.raises(BadRequest) as refused:
        frames.read(text)
    assert refused.value.code == code and names in refused.value.detail


@given(st.text(max_size=200) | st.recursive(st.none() | st.text(), lambda one: st.lists(one)).map(json.dumps))
def test_nothing_else_than_a_refusal_comes_of_garbage(text: str) -> None:
    with pytest.raises(BadRequest):
        frames.read(text)


def test_an_edit_is_over_when_its_time_is() -> None:
    edits = room.after(ONE, Editing(object_id=BOOKING, seconds=10), 1_000)
    assert room.person(edits, 10_999).object_id == BOOKING
    assert room.person(edits, 10_999).editing_until == "1970-01-01T00:00:11.000Z"
    assert (room.person(edits, 11_000).object_id, room.person(edits, 11_000).editing_until) == (None, None)
    assert room.person(room.after(edits, Editing(object_id=None), 2_000), 2_000).object_id is None


def test_looking_elsewhere_ends_no_edit() -> None:
    edits = room.after(ONE, Editing(object_id=BOOKING), 0)
    assert room.person(room.after(edits, Viewing(unit_id=UNIT), 1), 1).object_id == BOOKING


def test_thirty_messages_in_ten_seconds_are_answered_and_three_hundred_borne() -> None:
    answered, borne = room.limits_of("live_1")
    for limit, most in ((answered, 30), (borne, 300)):
        windows, passed = {}, 0
        for _ in range(400):
            windows, levels = take(windows, Take(limits=[limit]), 0)
            passed += not levels[0].empty
        assert passed == most


def row(position: int, unit_id: str | None, property_id: str | None = "prop_1") -> HappenedRow:
    return HappenedRow(
        position=position, type="booking.created", object_id=BOOKING, changed="{}", previous="{}", unit_id=unit_id,
        property_id=property_id,
    )  # fmt: skip


def test_a_viewer_is_told_what_is_new_to_them_by_unit_and_in_order() -> None:
    rows = [
        row(5, "unit_a"),
        row(6, "unit_a"),
        row(7, None, None),
        row(8, "unit_b"),
        row(8, "unit_a"),
        row(9, "unit_a"),
    ]
    told = room.news(rows, 5, "")
    assert [(one.unit_id, [event.position for event in one.events]) for one in told] == [
        ("unit_a", [6, 8, 9]), ("unit_b", [8])]  # fmt: skip


def test_in_the_room_of_a_property_nothing_is_told_of_others() -> None:
    rows = [row(6, "unit_a"), row(7, "unit_b", "prop_2")]
    assert [one.unit_id for one in room.news(rows, 0, "prop_1")] == ["unit_a"]
    assert [one.unit_id for one in room.news(rows, 0, "")] == ["unit_a", "unit_b"]


@pytest.mark.parametrize(
    ("changed", "previous", "nights"),
    [
        ({"check_in": "2027-03-01", "check_out": "2027-03-04", "guests": 2}, {}, ("2027-03-01", "2027-03-04")),
        ({"check_out": "2027-03-06"}, {"check_out": "2027-03-04"}, ("2027-03-04", "2027-03-06")),
        ({"start": "2027-03-05", "end": "2027-03-06"}, {"start": "2027-03-01", "end": "2027-03-02"},
         ("2027-03-01", "2027-03-06")),
        ({}, {"start": "2027-03-01", "end": "2027-03-02"}, ("2027-03-01", "2027-03-02")),
        ({"status": "cancelled"}, {"status": "confirmed"}, (None, None)),
        ({"unit_id": "unit_b"}, {"unit_id": "unit_a"}, (None, None)),
        ({"start": "2027-03-01", "end": None}, {}, (None, None)),
        ({"end": "2027-03-01"}, {"end": None}, (None, None)),
    ],
)  # fmt: skip
def test_the_nights_that_may_have_changed(
    changed: dict[str, str], previous: dict[str, str], nights: tuple[str | None, str | None]
) -> None:
    assert room.nights(changed, previous) == nights
