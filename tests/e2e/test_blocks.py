"""Blocks: the owner's nights and those of repairs, alone and repeated, with the guarantees of every other occupancy."""

import pytest
from support.people import Manager, ok
from support.suite import Suite
from support.verbs import Json
from support.waiting import eventually

EVERY_MONDAY = {"every_weeks": 1, "weekdays": ["monday"], "until": "2032-03-22"}
MONDAYS = ["2032-03-01", "2032-03-08", "2032-03-15", "2032-03-22"]


@pytest.fixture
def unit(alice: Manager) -> str:
    return alice.new_unit()


def every_monday(alice: Manager, unit: str, **more: object) -> Json:
    return ok(alice.api.block(unit, "2032-03-01", "2032-03-03", "maintenance", repeat=EVERY_MONDAY, **more))


def live(suite: Suite, unit: str) -> list[tuple[str, str, str]]:
    found = suite.d1(
        "SELECT kind, start_date, end_date FROM occupancies WHERE unit_id = ? AND live = 1 ORDER BY 2", unit
    )
    return [(row["kind"], row["start_date"], row["end_date"]) for row in found]


def told(alice: Manager, block_id: str) -> list[Json]:
    return list(ok(alice.api.events(object_id=block_id), 200)["data"])


def test_a_block_takes_its_nights_and_a_booking_over_it_is_refused(suite: Suite, alice: Manager, unit: str) -> None:
    made = alice.api.block(unit, "2032-03-01", "2032-03-05", note="Family")
    block = ok(made)
    assert (block["kind"], block["note"], block["series_id"]) == ("owner", "Family", None)
    assert [one["occupancy_id"] for one in block["occurrences"]] == [block["occupancy_id"]]
    assert (made.headers["location"], made.headers["etag"]) == (f"/v1/blocks/{block['id']}", '"1"')
    refused = alice.api.book(unit, "2032-03-04", "2032-03-06")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [block["occupancy_id"]]
    ok(alice.api.book(unit, "2032-03-05", "2032-03-06"))
    over = alice.api.block(unit, "2032-03-05", "2032-03-07")
    assert over.json()["conflicts"][0]["kind"] == "booking"
    shown = alice.api.get(f"/v1/blocks/{block['id']}")
    assert ok(shown, 200) == {name: value for name, value in block.items() if name != "occurrences"}
    [event] = told(alice, block["id"])
    assert (event["type"], event["unit_id"], event["actor"]) == ("block.created", unit, alice.user["id"])
    assert (event["changed"]["start"], event["changed"]["end"]) == ("2032-03-01", "2032-03-05")


def test_a_block_needs_an_idempotency_key_and_the_same_key_blocks_once(suite: Suite, alice: Manager, unit: str) -> None:
    missing = alice.api.block(unit, "2032-03-01", "2032-03-05", key=None)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    first, again = (alice.api.block(unit, "2032-03-01", "2032-03-05", key="once") for _ in range(2))
    assert (ok(first), again.headers["idempotency-replayed"]) == (ok(again), "true")
    refused, same = (alice.api.block(unit, "2032-03-01", "2032-03-02", key="no") for _ in range(2))
    assert refused.status_code == same.status_code == 409 and refused.text == same.text
    assert len(live(suite, unit)) == 1


def test_a_block_moves_when_its_new_nights_are_free(suite: Suite, alice: Manager, unit: str) -> None:
    block = ok(alice.api.block(unit, "2032-03-01", "2032-03-05"))
    alice.booking(unit, "2032-03-07", "2032-03-09")
    assert alice.api.move_block(block["id"], None, end="2032-03-06").status_code == 428
    assert alice.api.move_block(block["id"], '"9"', end="2032-03-06").status_code == 412
    refused = alice.api.move_block(block["id"], '"1"', end="2032-03-08")
    assert refused.status_code == 409
    assert [one["kind"] for one in refused.json()["conflicts"]] == ["booking"]
    moved = alice.api.move_block(block["id"], '"1"', start="2032-03-03", end="2032-03-07", note="Painting")
    assert (ok(moved, 200)["start"], moved.json()["end"], moved.headers["etag"]) == ("2032-03-03", "2032-03-07", '"2"')
    noted = alice.api.move_block(block["id"], '"2"', note=None)
    assert (ok(noted, 200)["note"], noted.headers["etag"]) == (None, '"3"')
    assert alice.api.move_block(block["id"], '"1"', note="late").status_code == 412
    assert live(suite, unit)[0] == ("owner", "2032-03-03", "2032-03-07")
    assert [one["type"] for one in told(alice, block["id"])] == ["block.created", "block.moved", "block.changed"]
    assert told(alice, block["id"])[1]["previous"] == {"start": "2032-03-01", "end": "2032-03-05", "note": None}
    assert "Painting" not in str(told(alice, block["id"]))


def test_a_deleted_block_frees_its_nights_and_is_gone(suite: Suite, alice: Manager, unit: str) -> None:
    block = ok(alice.api.block(unit, "2032-03-01", "2032-03-05"))
    assert alice.api.delete_block(block["id"], etag='"7"').status_code == 412
    gone, again = (alice.api.delete_block(block["id"], key="gone") for _ in range(2))
    assert (gone.status_code, gone.text, again.status_code) == (204, "", 204)
    assert again.headers["idempotency-replayed"] == "true"
    assert alice.api.delete_block(block["id"]).status_code == 404
    assert alice.api.get(f"/v1/blocks/{block['id']}").status_code == 404
    assert alice.api.move_block(block["id"], '"1"', note="x").status_code == 404
    ok(alice.api.book(unit, "2032-03-01", "2032-03-05"))
    assert told(alice, block["id"])[-1]["type"] == "block.deleted"
    assert told(alice, block["id"])[-1]["previous"] == {"start": "2032-03-01", "end": "2032-03-05"}


def test_a_repetition_is_one_series_all_or_none(suite: Suite, alice: Manager, unit: str) -> None:
    first, second = alice.booking(unit, "2032-03-08", "2032-03-09"), alice.booking(unit, "2032-03-23", "2032-03-25")
    body = {"repeat": EVERY_MONDAY, "note": "Pool"}
    refused = alice.api.block(unit, "2032-03-01", "2032-03-03", "maintenance", **body)
    assert refused.status_code == 409
    named = {one["occupancy_id"] for one in refused.json()["conflicts"]}
    assert named == {first["occupancy_id"], second["occupancy_id"]}
    assert len(live(suite, unit)) == 2
    for booking in (first, second):
        ok(alice.api.cancel(booking["id"]), 200)
    block = every_monday(alice, unit)
    assert [one["start"] for one in block["occurrences"]] == MONDAYS
    assert live(suite, unit) == [("maintenance", day, day[:8] + f"{int(day[8:]) + 2:02}") for day in MONDAYS]
    listed = ok(alice.api.get("/v1/blocks", unit_id=unit), 200)["data"]
    assert [one["id"] for one in listed] == [one["id"] for one in block["occurrences"]]
    assert {one["series_id"] for one in listed} == {block["series_id"]}
    events = ok(alice.api.events(unit_id=unit, type="block.created"), 200)["data"]
    assert [one["object_id"] for one in events] == [one["id"] for one in listed]


def test_a_series_is_deleted_as_far_as_it_has_not_begun(suite: Suite, alice: Manager, unit: str) -> None:
    block = every_monday(alice, unit)
    begun = block["occurrences"][1]
    suite.d1(
        "UPDATE occupancies SET start_date = '2026-03-02', end_date = '2026-03-04' WHERE id = ?", begun["occupancy_id"]
    )
    single = block["occurrences"][2]
    assert alice.api.delete_block(single["id"]).status_code == 204
    assert alice.api.delete_block(begun["id"], series=True).status_code == 204
    assert live(suite, unit) == [("maintenance", "2026-03-02", "2026-03-04")]
    gone = ok(alice.api.events(unit_id=unit, type="block.deleted"), 200)["data"]
    assert sorted(one["object_id"] for one in gone) == sorted(
        one["id"] for one in block["occurrences"] if one["id"] != begun["id"]
    )


def test_one_of_a_series_moves_alone(suite: Suite, alice: Manager, unit: str) -> None:
    block = every_monday(alice, unit)
    second = block["occurrences"][1]
    ok(alice.api.move_block(second["id"], '"1"', start="2032-03-10", end="2032-03-11"), 200)
    assert [start for _, start, _ in live(suite, unit)] == ["2032-03-01", "2032-03-10", "2032-03-15", "2032-03-22"]
    assert alice.api.move_block(second["id"], '"2"', start="2032-03-15", end="2032-03-16").status_code == 409


def test_120_occurrences_are_one_batch(suite: Suite, alice: Manager, unit: str) -> None:
    repeat = {"weekdays": ["monday", "wednesday"], "until": "2033-04-20"}
    made = alice.api.block(unit, "2032-03-01", "2032-03-02", repeat=repeat)
    assert len(ok(made)["occurrences"]) == 120
    print(f"120 occurrences: {made.headers['propflow-cost']}")
    too_many = alice.api.block(unit, "2032-03-02", "2032-03-03", repeat={**repeat, "weekdays": ["tuesday", "friday"],
                                                                        "until": "2034-01-01"})  # fmt: skip
    assert (too_many.status_code, too_many.json()["param"]) == (422, "repeat.until")


def test_exports_and_availability_follow(alice: Manager, unit: str) -> None:
    export = ok(alice.api.create_export(unit))
    block = ok(alice.api.block(unit, "2029-03-01", "2029-03-05"))
    eventually(lambda: "20290301" in alice.api.ical(export["url"]).text, what="the block in the exported calendar")
    assert ok(alice.api.availability("2029-03-02", "2029-03-03"), 200)["data"] == []
    assert alice.api.delete_block(block["id"]).status_code == 204
    eventually(lambda: "20290301" not in alice.api.ical(export["url"]).text, what="the freed nights in the export")
    assert [one["unit_id"] for one in ok(alice.api.availability("2029-03-02", "2029-03-03"), 200)["data"]] == [unit]
