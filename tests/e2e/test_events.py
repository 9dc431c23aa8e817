"""The feed of events: gapless, in the order of commits, every event exactly once, and only what one may see."""

import asyncio
import secrets
from collections import defaultdict

import pytest
from support.client import AsyncApi
from support.joining import join
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import put_on_plan
from support.verbs import Json
from support.waiting import eventually

WRITERS, UNITS = 100, 10


async def follow(api: AsyncApi, done: asyncio.Event) -> list[Json]:
    """Poll for what came after the last position, until nothing more can come."""
    found: list[Json] = []
    while True:
        last = done.is_set()
        answer = await api.events(found[-1]["position"] if found else 0, limit=17)
        page = ok(answer, 200)["data"]
        found += page
        if last and not page:
            return found


async def write(api: AsyncApi, number: int, unit: str) -> int:
    """A life of one object, each step an event; returns how many."""
    if number % 2 == 0:
        lease = ok(await api.create_lease(unit, "2027-01-01", renter={"name": f"R{number}"}))
        for day in range(1, 4):
            ok(await api.change_lease(lease["id"], f'"{day}"', due_day=day), 200)
        ok(await api.lease(lease["id"], "cancel"), 200)
        return 5
    start = number // (2 * UNITS) * 4 + 1
    block = ok(await api.block(unit, f"2027-02-{start:02}", f"2027-02-{start + 2:02}"))
    ok(await api.move_block(block["id"], '"1"', end=f"2027-02-{start + 3:02}"), 200)
    assert (await api.delete_block(block["id"])).status_code == 204
    return 3


def test_a_reader_sees_every_event_of_100_writers_exactly_once_and_in_order(suite: Suite, alice: Manager) -> None:
    units = alice.new_units(UNITS)

    async def run() -> tuple[int, list[Json]]:
        done = asyncio.Event()
        async with alice.api.many() as api, alice.api.many() as reader:
            reading = asyncio.create_task(follow(reader, done))
            written = await asyncio.gather(*[
                write(api, number, units[number // 2 % UNITS]) for number in range(WRITERS)
            ])  # fmt: skip
            done.set()
            return sum(written), await reading

    before = ok(alice.api.events(limit=200), 200)["data"]
    written, found = asyncio.run(run())
    print(f"{WRITERS} writers, {written} events, {len(found) - len(before)} seen by the reader")
    assert [event["position"] for event in found] == list(range(1, len(before) + written + 1))
    assert len({event["id"] for event in found}) == len(found)
    sequences: dict[str, list[int]] = defaultdict(list)
    kinds: dict[str, list[str]] = defaultdict(list)
    for event in found:
        sequences[event["object_id"]].append(event["sequence"])
        kinds[event["object_id"]].append(event["type"])
    assert all(sequence == list(range(1, len(sequence) + 1)) for sequence in sequences.values())
    lives = {tuple(kind) for name, kind in kinds.items() if name.startswith(("blk_", "lse_"))}
    assert lives == {("lease.created", *["lease.changed"] * 3, "lease.cancelled"),
                     ("block.created", "block.moved", "block.deleted")}  # fmt: skip


def test_the_feed_narrows_by_type_object_and_unit_and_by_pages(alice: Manager) -> None:
    one, other = alice.new_units(2)
    block = ok(alice.api.block(one, "2027-03-01", "2027-03-02"))
    ok(alice.api.block(other, "2027-03-01", "2027-03-02"))
    ok(alice.api.move_block(block["id"], '"1"', end="2027-03-03"), 200)

    def told(**more: str) -> list[tuple[str, str]]:
        return [(event["type"], event["object_id"]) for event in ok(alice.api.events(**more), 200)["data"]]

    assert told(object_id=block["id"]) == [("block.created", block["id"]), ("block.moved", block["id"])]
    assert told(unit_id=one, type="block.moved") == [("block.moved", block["id"])]
    assert len(told(type="block.created")) == 2
    assert told(object_id=block["id"], unit_id=other) == []
    first = ok(alice.api.events(limit=1, type="block.created"), 200)
    second = ok(alice.api.events(int(first["next_cursor"]), type="block.created"), 200)
    assert (first["has_more"], second["has_more"], len(second["data"])) == (True, False, 1)
    for wrong in ("x", "-1", "1.5", str(2**60)):
        assert alice.api.get("/v1/events", after=wrong).status_code == 422


def test_strangers_see_nothing_of_one_another(alice: Manager, bob: Manager) -> None:
    block = ok(alice.api.block(alice.new_unit(), "2027-03-01", "2027-03-02"))
    assert ok(bob.api.events(object_id=block["id"]), 200)["data"] == []
    assert block["id"] not in bob.api.events(limit=200).text


def test_who_is_restricted_sees_the_events_of_their_units_only(suite: Suite, standin: StandIn, alice: Manager) -> None:
    put_on_plan(suite, alice.tenant["id"])
    seen = alice.new_unit()
    hidden_home = str(ok(alice.api.create_property("Hidden House"))["id"])
    hidden = str(ok(alice.api.create_unit(hidden_home))["id"])
    mine, other = (ok(alice.api.block(unit, "2027-03-01", "2027-03-02")) for unit in (seen, hidden))
    suite.d1(
        "INSERT INTO events (tenant_id, position, id, type, object_id, sequence, changed, previous, actor, request_id,"
        " created_at) SELECT tenant_id, max(position) + 1, ?2, 'rate.changed', 'x', 1, '{}', '{}', 'a', 'r', 1"
        " FROM events WHERE tenant_id = ?1",
        alice.tenant["id"], f"evt_{secrets.token_hex(6)}",
    )  # fmt: skip
    carol = join(alice, standin, "manager", [alice.property_id])
    found = ok(carol.api.events(limit=200), 200)["data"]
    assert {event["unit_id"] for event in found} == {seen}
    assert mine["id"] in {event["object_id"] for event in found}
    for filters in ({"object_id": other["id"]}, {"unit_id": hidden}, {"type": "rate.changed"}):
        assert ok(carol.api.events(**filters), 200)["data"] == []
    assert {hidden, None} <= {event["unit_id"] for event in ok(alice.api.events(limit=200), 200)["data"]}


def test_members_do_not_read_events(suite: Suite, standin: StandIn, alice: Manager) -> None:
    put_on_plan(suite, alice.tenant["id"])
    dora = join(alice, standin, "member", None, "Dora")
    assert dora.api.events().json()["permission"] == "events:read"


def test_an_event_is_final(suite: Suite, alice: Manager) -> None:
    ok(alice.api.block(alice.new_unit(), "2027-03-01", "2027-03-02"))
    with pytest.raises(Exception, match="events_are_final"):
        suite.d1("UPDATE events SET type = 'x' WHERE tenant_id = ?", alice.tenant["id"])


def test_what_a_feed_imports_moves_and_removes_is_told(suite: Suite, standin: StandIn, alice: Manager) -> None:
    unit = alice.new_unit()
    name = f"events-{unit}"
    stays = [("2027-06-10", "2027-06-14", "HMAAAAAAAA"), ("2027-07-01", "2027-07-04", "HMBBBBBBBB")]
    feed = ok(alice.api.create_feed(unit, standin.put_airbnb(name, stays=stays)))

    def told(kind: str, count: int) -> list[Json]:
        def there() -> list[Json] | None:
            found: list[Json] = ok(alice.api.events(unit_id=unit, type=kind), 200)["data"]
            return found if len(found) == count else None

        return eventually(there, what=f"{count} events {kind}")

    imported = told("occupancy.imported", 2)
    assert [event["changed"] for event in imported] == [
        {"start": start, "end": end, "kind": "ical", "feed_id": feed["id"]} for start, end, _ in stays]  # fmt: skip
    assert {event["actor"] for event in imported} == {feed["id"]}
    standin.put_airbnb(name, stays=[("2027-06-10", "2027-06-15", "HMAAAAAAAA"), stays[1]])
    ok(alice.api.sync_feed(feed["id"]), 202)
    [moved] = told("occupancy.moved", 1)
    assert moved["object_id"] == imported[0]["object_id"] and moved["sequence"] == 2
    assert (moved["changed"], moved["previous"]) == (
        {"start": "2027-06-10", "end": "2027-06-15"}, {"start": "2027-06-10", "end": "2027-06-14"})  # fmt: skip
