"""Leases on the one timeline: drafts, open ends, renewal and termination, against bookings and under races."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import date, timedelta

import httpx
import pytest
from support.client import AsyncApi
from support.history import History
from support.ledger import final_rows
from support.ledger_checker import check
from support.people import Manager, ok
from support.seeds import SEED
from support.suite import Suite
from support.verbs import Json, money
from support.waiting import eventually

OPEN_END = "9999-12-31"
DAYS, LEASES, BOOKINGS, BLOCKS = 240, 90, 120, 60
AT_ONCE = 48  # fewer than a unit's line holds (64), so that no attempt is turned away unheard


@pytest.fixture
def unit(alice: Manager) -> str:
    return alice.new_unit()


def active(alice: Manager, unit: str, start: str, end: str | None = None, **more: object) -> Json:
    lease = ok(alice.api.create_lease(unit, start, end, **more))
    return ok(alice.api.lease(lease["id"], "activate"), 200)


def nights(suite: Suite, lease: Json) -> list[tuple[str, str, int]]:
    rows = suite.d1("SELECT start_date, end_date, live FROM occupancies WHERE ref_id = ?", lease["id"])
    return [(row["start_date"], row["end_date"], row["live"]) for row in rows]


def told(alice: Manager, lease: Json) -> list[Json]:
    return list(ok(alice.api.events(object_id=lease["id"]), 200)["data"])


def test_a_draft_takes_nothing_until_it_is_activated(suite: Suite, alice: Manager, unit: str) -> None:
    made = alice.api.create_lease(unit, "2027-03-01", "2028-03-01", deposit=money(200_000), due_day=3, note="Cat")
    lease = ok(made)
    assert (lease["status"], lease["occupancy_id"], lease["end"]) == ("draft", None, "2028-03-01")
    assert (lease["rent"], lease["deposit"], lease["renter"]["name"]) == (money(100_000), money(200_000), "Rita Renter")
    assert (made.headers["location"], made.headers["etag"]) == (f"/v1/leases/{lease['id']}", '"1"')
    assert nights(suite, lease) == []
    missing = alice.api.lease(lease["id"], "activate", key=None)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    first, again = (alice.api.lease(lease["id"], "activate", key="once") for _ in range(2))
    assert (ok(first, 200)["status"], again.headers["idempotency-replayed"]) == ("active", "true")
    assert ok(alice.api.lease(lease["id"], "activate"), 200)["occupancy_id"] == first.json()["occupancy_id"]
    assert nights(suite, lease) == [("2027-03-01", "2028-03-01", 1)]
    shown = alice.api.get(f"/v1/leases/{lease['id']}")
    assert (ok(shown, 200), shown.headers["etag"]) == (first.json(), '"2"')
    assert ok(alice.api.get("/v1/leases", unit_id=unit), 200)["data"] == [shown.json()]
    assert [one["type"] for one in told(alice, lease)] == ["lease.created", "lease.activated"]
    assert "Rita" not in str(told(alice, lease)) and "Cat" not in str(told(alice, lease))
    changed = told(alice, lease)[1]["changed"]
    assert changed == {"status": "active", "occupancy_id": first.json()["occupancy_id"]}


def test_a_booking_over_a_lease_is_refused_and_a_lease_over_a_booking(suite: Suite, alice: Manager, unit: str) -> None:
    booking = alice.booking(unit, "2027-06-10", "2027-06-14")
    lease = ok(alice.api.create_lease(unit, "2027-06-01", "2027-09-01"))
    refused, same = (alice.api.lease(lease["id"], "activate", key="no") for _ in range(2))
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [booking["occupancy_id"]]
    assert same.text == refused.text
    assert ok(alice.api.get(f"/v1/leases/{lease['id']}"), 200)["status"] == "draft"
    ok(alice.api.cancel(booking["id"]), 200)
    taken = ok(alice.api.lease(lease["id"], "activate"), 200)
    over = alice.api.book(unit, "2027-08-30", "2027-09-02")
    assert over.json()["conflicts"] == [{"occupancy_id": taken["occupancy_id"], "kind": "lease", "start": "2027-06-01",
                                         "end": "2027-09-01", "source": "direct"}]  # fmt: skip
    assert alice.api.hold(unit, "2027-06-01", "2027-06-02").status_code == 409
    assert alice.api.block(unit, "2027-06-01", "2027-06-02").status_code == 409
    ok(alice.api.book(unit, "2027-09-01", "2027-09-02"))
    ok(alice.api.book(unit, "2027-05-30", "2027-06-01"))


def test_an_open_end_blocks_everything_after_it(suite: Suite, alice: Manager, unit: str) -> None:
    alice.booking(unit, "2031-01-01", "2031-01-05")
    lease = ok(alice.api.create_lease(unit, "2027-06-01"))
    assert lease["end"] is None
    refused = alice.api.lease(lease["id"], "activate")
    assert [one["start"] for one in refused.json()["conflicts"]] == ["2031-01-01"]
    free = alice.new_unit()
    endless = active(alice, free, "2027-06-01")
    assert (endless["end"], nights(suite, endless)) == (None, [("2027-06-01", OPEN_END, 1)])
    assert alice.api.book(free, "2099-12-30", "2099-12-31").status_code == 409
    assert alice.api.book(free, "2027-05-31", "2027-06-01").status_code == 201
    assert alice.api.lease(endless["id"], "renew", end="2030-01-01").json()["code"] == "invalid_term"
    assert alice.api.lease(endless["id"], "renew", end=None, rent=money(120_000)).json()["param"] == "rent_from"
    dearer = ok(alice.api.lease(endless["id"], "renew", end=None, rent=money(120_000), rent_from="2028-01-01"), 200)
    assert (dearer["end"], dearer["rent"], dearer["rents"][1]["start"]) == (None, money(120_000), "2028-01-01")
    assert nights(suite, endless) == [("2027-06-01", OPEN_END, 1)]
    ended = ok(alice.api.lease(endless["id"], "terminate", date="2028-02-29", reason="Moves abroad"), 200)
    assert (ended["status"], ended["end"], ended["reason"]) == ("terminated", "2028-02-29", "Moves abroad")
    ok(alice.api.book(free, "2028-02-29", "2028-03-02"))


def test_a_renewal_takes_the_nights_that_follow_or_none(suite: Suite, alice: Manager, unit: str) -> None:
    lease = active(alice, unit, "2027-03-01", "2027-09-01")
    booking = alice.booking(unit, "2027-10-10", "2027-10-12")
    for wrong in ("2027-09-01", "2027-08-01"):
        refused = alice.api.lease(lease["id"], "renew", end=wrong)
        assert (refused.status_code, refused.json()["param"]) == (422, "end")
    assert alice.api.lease(lease["id"], "renew", end="2028-03-01", key=None).status_code == 400
    refused = alice.api.lease(lease["id"], "renew", end="2028-03-01", rent=money(110_000))
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [booking["occupancy_id"]]
    assert ok(alice.api.get(f"/v1/leases/{lease['id']}"), 200) == lease
    first, again = (alice.api.lease(lease["id"], "renew", end="2027-10-10", rent=money(110_000), key="r") for _ in "12")
    renewed = ok(first, 200)
    assert (again.text, again.headers["idempotency-replayed"]) == (first.text, "true")
    assert (renewed["end"], renewed["rent"], renewed["occupancy_id"]) == (
        "2027-10-10", money(110_000), lease["occupancy_id"])  # fmt: skip
    assert renewed["rents"] == [{"start": "2027-03-01", "rent": money(100_000)},
                                {"start": "2027-09-01", "rent": money(110_000)}]  # fmt: skip
    assert nights(suite, lease) == [("2027-03-01", "2027-10-10", 1)]
    ok(alice.api.cancel(booking["id"]), 200)
    assert ok(alice.api.lease(lease["id"], "renew", end=None), 200)["end"] is None
    assert nights(suite, lease) == [("2027-03-01", OPEN_END, 1)]
    event = told(alice, lease)[2]
    assert (event["type"], event["previous"]["end"], event["changed"]["end"]) == (
        "lease.renewed", "2027-09-01", "2027-10-10")  # fmt: skip


def test_a_termination_frees_the_rest_once(suite: Suite, alice: Manager, unit: str) -> None:
    lease = active(alice, unit, "2027-03-01", "2028-03-01")
    for wrong in ("2027-02-28", "2028-03-02"):
        assert alice.api.lease(lease["id"], "terminate", date=wrong).json()["param"] == "date"
    first = ok(alice.api.lease(lease["id"], "terminate", date="2027-06-15"), 200)
    assert ok(alice.api.lease(lease["id"], "terminate", date="2027-06-15"), 200) == first
    assert nights(suite, lease) == [("2027-03-01", "2027-06-15", 1)]
    ok(alice.api.book(unit, "2027-06-15", "2027-06-20"))
    for verb, body in (("renew", {"end": "2029-01-01"}), ("activate", {}), ("cancel", {})):
        assert alice.api.lease(lease["id"], verb, **body).json()["code"] == "invalid_transition"
    never = active(alice, unit, "2029-03-01", "2029-06-01")
    assert ok(alice.api.lease(never["id"], "terminate", date="2029-03-01"), 200)["end"] == "2029-03-01"
    assert nights(suite, never)[0][2] == 0
    assert [one["type"] for one in told(alice, lease)] == ["lease.created", "lease.activated", "lease.terminated"]


def test_a_draft_is_cancelled_and_an_active_lease_ends_by_itself(suite: Suite, alice: Manager, unit: str) -> None:
    draft = ok(alice.api.create_lease(unit, "2027-03-01"))
    for _ in range(2):
        assert ok(alice.api.lease(draft["id"], "cancel"), 200)["status"] == "cancelled"
    assert alice.api.lease(draft["id"], "activate").json()["code"] == "invalid_transition"
    past = active(alice, unit, "2025-01-01", "2026-01-01")
    assert past["status"] == "ended"
    assert alice.api.lease(past["id"], "renew", end="2027-01-01").json()["code"] == "invalid_transition"
    assert alice.api.change_lease(past["id"], '"2"', note="x").json()["code"] == "invalid_transition"


def test_changes_need_the_version_that_was_seen(alice: Manager, unit: str) -> None:
    lease = ok(alice.api.create_lease(unit, "2027-03-01"))
    renter = {"name": "Rosa Renter", "email": "rosa@example.net"}
    assert alice.api.change_lease(lease["id"], None, due_day=1).status_code == 428
    changed = alice.api.change_lease(lease["id"], '"1"', due_day=1, renter=renter)
    assert (ok(changed, 200)["due_day"], changed.json()["renter"]["name"]) == (1, "Rosa Renter")
    assert alice.api.change_lease(lease["id"], '"1"', due_day=2).status_code == 412
    assert ok(alice.api.change_lease(lease["id"], changed.headers["etag"], due_day=None), 200)["due_day"] is None
    assert told(alice, lease)[1]["changed"] == {"due_day": 1, "renter": None}
    assert "Rosa" not in str(told(alice, lease))


def test_of_many_edits_of_one_version_one_wins(alice: Manager, unit: str) -> None:
    lease = active(alice, unit, "2027-03-01")

    async def edits() -> list[httpx.Response]:
        async with alice.api.many() as calls:
            return await asyncio.gather(*[calls.change_lease(lease["id"], '"2"', due_day=day) for day in range(1, 21)])

    answers = asyncio.run(edits())
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    assert ok(alice.api.get(f"/v1/leases/{lease['id']}"), 200)["due_day"] == won["due_day"]


def test_the_schedule_shows_periods_and_parts(alice: Manager, unit: str) -> None:
    lease = ok(alice.api.create_lease(unit, "2030-01-17", "2030-04-11", rent=money(31_000), due_day=1))
    shown = ok(alice.api.get(f"/v1/leases/{lease['id']}/schedule", until="2031-01-01"), 200)
    assert [(one["start"], one["end"], one["amount"]["amount"], one["prorated"]) for one in shown["periods"]] == [
        ("2030-01-17", "2030-02-01", 15_000, True),
        ("2030-02-01", "2030-03-01", 31_000, False),
        ("2030-03-01", "2030-04-01", 31_000, False),
        ("2030-04-01", "2030-04-11", 10_333, True),
    ]
    assert (shown["method"], shown["total"], shown["next_due"]) == ("actual_days", money(87_333), "2030-01-17")
    part = ok(alice.api.request("GET", f"/v1/leases/{lease['id']}/schedule?from=2030-03-05&until=2030-03-31"), 200)
    assert [one["start"] for one in part["periods"]] == ["2030-03-01"]
    endless = ok(alice.api.create_lease(unit, "2030-01-01", period="week"))
    assert len(ok(alice.api.get(f"/v1/leases/{endless['id']}/schedule"), 200)["periods"]) > 50
    far = alice.api.get(f"/v1/leases/{endless['id']}/schedule", until="2099-01-01")
    assert (far.status_code, far.json()["code"]) == (422, "schedule_too_long")


def test_what_does_not_fit_is_refused_by_name(alice: Manager, unit: str) -> None:
    for field, answer in {
        "rent.currency": alice.api.create_lease(unit, "2027-01-01", rent=money(1, "USD")),
        "deposit.currency": alice.api.create_lease(unit, "2027-01-01", deposit=money(1, "USD")),
        "end": alice.api.create_lease(unit, "2027-01-01", "2027-01-01"),
        "due_day": alice.api.create_lease(unit, "2027-01-01", period="week", due_day=3),
        "unit_id": alice.api.create_lease("unit_00000000000000000000000000", "2027-01-01"),
    }.items():
        assert (answer.status_code, answer.json()["param"]) == (404 if field == "unit_id" else 422, field)


def test_exports_show_a_lease_and_its_end(alice: Manager, unit: str) -> None:
    export = ok(alice.api.create_export(unit))
    lease = active(alice, unit, "2027-03-01")
    eventually(lambda: "DTSTART;VALUE=DATE:20270301" in alice.api.ical(export["url"]).text, what="the exported lease")
    ok(alice.api.lease(lease["id"], "terminate", date="2027-05-01"), 200)
    eventually(lambda: "DTEND;VALUE=DATE:20270501" in alice.api.ical(export["url"]).text, what="its exported end")


async def race(alice: Manager, units: list[str], drafts: list[Json], url: str) -> History:
    """Activations, renewals, terminations, bookings, holds, blocks and their ends, all at once."""
    history, dice = History(), random.Random(SEED)
    clients = [AsyncApi(url, alice.token) for _ in range(6)]
    first = date(2029, 1, 1)

    def some(longest: int) -> tuple[str, str, str]:
        start = first + timedelta(days=dice.randrange(DAYS))
        return dice.choice(units), start.isoformat(), (start + timedelta(days=dice.randint(1, longest))).isoformat()

    async def lease(number: int, draft: Json) -> None:
        client, key = clients[number % len(clients)], f"lease-{number}"
        where = {"unit_id": draft["unit_id"], "start": draft["start"]}
        end = draft["end"] or OPEN_END
        taken = await history.record(client.lease(draft["id"], "activate", key=key), key=key, end=end, **where)
        if taken is None or taken.status_code != 200:
            return
        held, later = (
            taken.json()["occupancy_id"],
            (date.fromisoformat(draft["start"]) + timedelta(days=18)).isoformat(),
        )
        if number % 3 == 0 and draft["end"] is not None:
            renewed = client.lease(draft["id"], "renew", end=later, key=f"renew-{number}")
            await history.record(renewed, key=f"renew-{number}", end=later, occupancy_id=held, **where)
        if number % 2 == 0:
            early = (date.fromisoformat(draft["start"]) + timedelta(days=2)).isoformat()
            cut = client.lease(draft["id"], "terminate", date=early)
            await history.record(cut, key=f"end-{number}", end=early, occupancy_id=held, **where)

    async def booking(number: int, unit: str, start: str, end: str) -> None:
        client, key = clients[number % len(clients)], f"book-{number}"
        made = await history.record(client.book(unit, start, end, key=key), key=key, unit_id=unit, start=start, end=end)
        if made is not None and made.status_code == 201 and number % 2 == 0:
            body = made.json()
            await history.record(client.cancel(body["id"]), key=f"no-{number}", occupancy_id=body["occupancy_id"])

    async def block(number: int, unit: str, start: str, end: str) -> None:
        client, key = clients[number % len(clients)], f"block-{number}"
        made = await history.record(
            client.block(unit, start, end, key=key), key=key, unit_id=unit, start=start, end=end
        )
        if made is None or made.status_code != 201:
            return
        body, to = made.json(), (date.fromisoformat(end) + timedelta(days=3)).isoformat()
        moved = client.move_block(body["id"], '"1"', start=end, end=to)
        await history.record(moved, key=f"move-{number}", unit_id=unit, start=end, end=to,
                             occupancy_id=body["occupancy_id"])  # fmt: skip
        if number % 2 == 0:
            await history.record(client.delete_block(body["id"]), key=f"free-{number}",
                                 occupancy_id=body["occupancy_id"])  # fmt: skip

    tasks = [lease(number, draft) for number, draft in enumerate(drafts)]
    tasks += [booking(number, *some(6)) for number in range(BOOKINGS)]
    tasks += [block(number, *some(4)) for number in range(BLOCKS)]
    dice.shuffle(tasks)
    at_once = asyncio.Semaphore(AT_ONCE)

    async def in_turn(task: Awaitable[None]) -> None:
        async with at_once:
            await task

    await asyncio.gather(*(in_turn(task) for task in tasks))
    for client in clients:
        await client.http.aclose()
    return history


def test_leases_bookings_and_blocks_race_for_the_same_nights(suite: Suite, alice: Manager) -> None:
    units, dice, drafts = alice.new_units(5), random.Random(SEED), []
    for number in range(LEASES):
        start = date(2029, 1, 1) + timedelta(days=dice.randrange(DAYS))
        end = None if number % 30 == 29 else (start + timedelta(days=dice.randint(3, 15))).isoformat()
        drafts.append(ok(alice.api.create_lease(dice.choice(units), start.isoformat(), end)))
    history = asyncio.run(race(alice, units, drafts, suite.url))
    findings = check(final_rows(suite, alice.tenant["id"]), history.ops)
    print(f"race with leases: seed {SEED}, {len(history.ops)} calls, {dict(history.tally())}, findings {len(findings)}")
    assert [str(finding) for finding in findings] == []
    leases = [op for op in history.ops if op.key.startswith("lease-")]
    assert {op.outcome for op in leases} == {"ok", "refused"}
    assert [(op.key, op.status, op.code) for op in history.ops if op.outcome == "info"] == []
    kinds = {name: sum(op.outcome == "ok" for op in history.ops if op.key.startswith(name))
             for name in ("lease-", "renew-", "end-", "book-", "block-", "move-", "free-")}  # fmt: skip
    print(f"succeeded: {kinds}")
    assert all(kinds.values())
