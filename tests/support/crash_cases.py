"""Requests that are stopped at a crash point, and what each must have led to when all is over.

A case has nights, and where a crash may leave a lock behind units, of its own, so that no other is in its way.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

from support.client import Api
from support.people import Manager, fresh_guest, ok
from support.suite import Suite
from support.verbs import Json

FIRST, NIGHTS = date(2028, 1, 1), 2
STAY_TOLD = ["occupancy.imported", "occupancy.moved", "conflict.resolved"]
CREATED, MOVED = "booking.created", ["booking.date_changed", "booking.relocated"]


@dataclass(frozen=True)
class Fate:
    """What must have become of a guest's booking: `messages` by each channel, `documents` of billing."""

    status: str
    events: tuple[str, ...]
    place: tuple[str, str, str] | None
    messages: int = 1
    documents: int = 1
    later: tuple[tuple[str, str, str], ...] = ()  # where a stay is that changes its unit


@dataclass
class Case:
    """A request that can be sent again with its key, and the fates of the guests that it concerns, by their e-mail."""

    ask: Callable[[], httpx.Response]
    fates: dict[str, Fate] = field(default_factory=dict)
    hold: tuple[str, str, str] | None = None
    stay: tuple[str, str, str] | None = None  # of a channel, which waited for the case
    left: tuple[str, list[str]] = (
        "imported",
        STAY_TOLD,
    )  # what its entry is then, and was told; one that waits has none


@dataclass
class Scene:
    """A tenant in which the cases of one path happen."""

    suite: Suite
    manager: Manager
    slots: int = 0
    pair: list[str] = field(default_factory=list)

    def place(self, own: bool) -> tuple[list[str], str, str]:
        """Two units and nights that are nobody else's; `own`: units that no other case uses."""
        if own or not self.pair:
            units = self.manager.new_units(2)
            self.pair = self.pair or ([] if own else units)
        else:
            units = self.pair
        start = FIRST + timedelta(days=self.slots * 2 * NIGHTS)
        self.slots += 1
        return units, start.isoformat(), (start + timedelta(days=NIGHTS)).isoformat()


def book(scene: Scene, own: bool) -> Case:
    units, *nights = scene.place(own)
    return _booking(scene, units[0], *nights)


def book_with_hold(scene: Scene, own: bool) -> Case:
    units, *nights = scene.place(own)
    held = ok(scene.manager.api.hold(units[0], *nights, ttl_seconds=1800))
    return _booking(scene, units[0], *nights, hold_id=held["id"])


def book_over_an_expired_hold(scene: Scene, _: bool) -> Case:
    """The next writer finds it before its alarm does. On a unit of its own: who finds one closes all of the unit."""
    units, *nights = scene.place(True)
    held = ok(scene.manager.api.hold(units[0], *nights, ttl_seconds=1800))
    scene.suite.d1("UPDATE occupancies SET expires_at = 1 WHERE id = ?", held["occupancy_id"])
    return _booking(scene, units[0], *nights)


def hold(scene: Scene, _: bool, ttl: int = 1800) -> Case:
    """On a unit of its own: where another hold ends earlier no alarm is set."""
    units, start, end = scene.place(True)
    key = new_key()
    return Case(
        lambda: _api(scene).hold(units[0], start, end, key=key, ttl_seconds=ttl), hold=(units[0], start, end)
    )  # fmt: skip


def cancel(scene: Scene, own: bool) -> Case:
    units, *nights = scene.place(own)
    guest, key = fresh_guest(), new_key()
    made = scene.manager.booking(units[0], *nights, guest=guest)
    fate = Fate("cancelled", (CREATED, "booking.cancelled"), None, messages=2, documents=2)
    return Case(lambda: _api(scene).cancel(made["id"], key=key), {guest["email"]: fate})


def cancel_before_a_stay(scene: Scene, own: bool) -> Case:
    """A channel's guest waits for the nights, and has the one after them."""
    units, start, end = scene.place(own)
    guest, key = fresh_guest(), new_key()
    made = scene.manager.booking(units[0], start, end, guest=guest)
    stay = (units[0], start, (date.fromisoformat(end) + timedelta(days=1)).isoformat())
    waiting_stay(scene, *stay)
    fate = Fate("cancelled", (CREATED, "booking.cancelled"), None, messages=2, documents=2)
    return Case(lambda: _api(scene).cancel(made["id"], key=key), {guest["email"]: fate}, stay=stay)


def join(scene: Scene, own: bool) -> Case:
    """A channel lists the guest of a booking, for a night more: the booking follows."""
    units, start, end = scene.place(own)
    guest, key = fresh_guest(), new_key()
    made = scene.manager.booking(units[0], start, end, guest=guest)
    stay = (units[0], start, (date.fromisoformat(end) + timedelta(days=1)).isoformat())
    path = f"/v1/conflicts/{waiting_stay(scene, *stay)}/resolve"
    body = {"resolution": "same_stay", "booking_id": made["id"]}
    headers = {"If-Match": '"1"'}
    fate = Fate("confirmed", (CREATED, "booking.date_changed"), stay, messages=2)
    return Case(
        lambda: _api(scene).request("POST", path, json=body, key=key, headers=headers), {guest["email"]: fate},
        stay=stay,
        left=("waiting", ["occupancy.imported", "conflict.resolved", "feed_event.joined", "occupancy.removed"]),
    )  # fmt: skip


def move(scene: Scene, own: bool) -> Case:
    """To another unit and a day later; the price stays what it was."""
    units, *nights = scene.place(own)
    guest, key = fresh_guest(), new_key()
    made = scene.manager.booking(units[0], *nights, guest=guest)
    start, end = ((date.fromisoformat(night) + timedelta(days=1)).isoformat() for night in nights)
    to = {"unit_id": units[1], "check_in": start, "check_out": end}
    fate = Fate("confirmed", (CREATED, *MOVED), (units[1], start, end), messages=2)
    return Case(lambda: _api(scene).move(made["id"], key=key, **to), {guest["email"]: fate})


def change_unit(scene: Scene, own: bool) -> Case:
    """To another unit after the first night; the price stays what it was."""
    units, start, end = scene.place(own)
    guest, key = fresh_guest(), new_key()
    made = scene.manager.booking(units[0], start, end, guest=guest)
    day = (date.fromisoformat(start) + timedelta(days=1)).isoformat()
    to = {"unit_id": units[1], "from": day}
    events = (CREATED, "booking.nights_changed", "booking.nights_changed", "booking.relocated")
    fate = Fate("confirmed", events, (units[0], start, day), messages=2, later=((units[1], day, end),))
    return Case(lambda: _api(scene).move(made["id"], key=key, **to), {guest["email"]: fate})


def swap(scene: Scene, own: bool) -> Case:
    units, *nights = scene.place(own)
    guests, key = (fresh_guest(), fresh_guest()), new_key()
    one, other = (scene.manager.booking(unit, *nights, guest=guest) for unit, guest in zip(units, guests, strict=True))
    body, events = {"booking_id": one["id"], "other_booking_id": other["id"]}, (CREATED, "booking.relocated")
    fates = {
        guest["email"]: Fate("confirmed", events, (unit, nights[0], nights[1]), messages=2)
        for guest, unit in zip(guests, reversed(units), strict=True)
    }
    return Case(lambda: _api(scene).post("/v1/bookings/swap", body, key), fates)


def group(scene: Scene, own: bool) -> Case:
    units, start, end = scene.place(own)
    guests, key = [fresh_guest() for _ in units], new_key()
    bookings = [
        {"unit_id": unit, "check_in": start, "check_out": end, "guests": 2, "guest": guest}
        for unit, guest in zip(units, guests, strict=True)
    ]
    fates = {
        guest["email"]: Fate("confirmed", (CREATED,), (unit, start, end))
        for guest, unit in zip(guests, units, strict=True)
    }
    return Case(lambda: _api(scene).post("/v1/booking_groups", {"bookings": bookings}, key), fates)


def bring(scene: Scene, own: bool) -> Case:
    """Bookings of another system: nobody is told, and nothing is invoiced."""
    units, start, end = scene.place(own)
    guests, key = [fresh_guest()["email"] for _ in units], new_key()
    lines = [f"{guest},{unit},{start},{end},Guest,{guest},100" for guest, unit in zip(guests, units, strict=True)]
    csv = "\n".join(["reference,unit_id,check_in,check_out,guest.name,guest.email,total", *lines])
    fates = {
        guest: Fate("confirmed", (CREATED,), (unit, start, end), messages=0, documents=0)
        for guest, unit in zip(guests, units, strict=True)
    }
    return Case(lambda: _api(scene).import_csv("bookings", csv, key=key), fates)


def waiting_stay(scene: Scene, unit: str, start: str, end: str) -> str:
    """What a run leaves behind of an entry with nights that somebody else has in part. Returns the conflict's id."""
    name = uuid.uuid4().hex
    who = [scene.manager.tenant["id"], f"feed_{name}", f"occ_{name}"]
    scene.suite.d1_batch([
        ("""INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)
            VALUES (?1, ?2, ?3, 'Channel', 'example.com', 'x', 1e15, 1, 1)""", [*who[:2], unit]),
        ("""INSERT INTO feed_events (tenant_id, feed_id, uid, start_date, end_date, kind, state, occupancy_id,
              created_at, updated_at)
            VALUES (?1, ?2, 'uid', ?4, ?5, 'stay', 'conflict', ?3, 1, 1)""", [*who, start, end]),
        ("""INSERT INTO conflicts (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, created_at)
            VALUES (?1, 'cfl_' || substr(?2, 6, 26), ?3, ?2, 'uid', ?4, ?5, 1)""", [*who[:2], unit, start, end]),
        ("""INSERT INTO waiting_stays (tenant_id, id, unit_id, feed_id, uid, source, start_date, end_date, settled_at)
            VALUES (?1, ?3, ?4, ?2, 'uid', 'ical:example.com', ?5, ?6, 1)""", [*who, unit, start, end]),
        ("UPDATE waiting_stays SET settled_at = 2 WHERE tenant_id = ?1 AND id = ?2", [who[0], who[2]]),
    ])  # fmt: skip
    return f"cfl_{name[:26]}"


def _booking(scene: Scene, unit: str, start: str, end: str, **more: Any) -> Case:
    guest, key = fresh_guest(), new_key()
    fate = Fate("confirmed", (CREATED,), (unit, start, end))
    return Case(lambda: _api(scene).book(unit, start, end, guest=guest, key=key, **more), {guest["email"]: fate})


def _api(scene: Scene) -> Api:
    """A connection of its own: a request that was stopped never gives its back."""
    return scene.manager.api.with_token(scene.manager.token)


def new_key() -> str:
    return str(uuid.uuid4())


def fate_of(suite: Suite, email: str, standin_mails: int) -> tuple[Json, Fate]:
    """What has become of a guest: the booking's row, of which there must be one, and its fate."""
    [row] = suite.d1("SELECT * FROM bookings WHERE guest_email = ?", email)
    id = row["id"]
    events, places, documents = suite.d1_batch([
        ("SELECT type FROM events WHERE object_id = ? ORDER BY type", [id]),
        ("""SELECT unit_id, start_date, end_date FROM occupancies
             WHERE ref_id = ? AND live = 1 AND main_id IS NULL ORDER BY start_date""", [id]),
        ("SELECT id FROM invoices WHERE booking_id = ? AND status = 'issued'", [id]),
    ])  # fmt: skip
    found = [(place["unit_id"], place["start_date"], place["end_date"]) for place in places]
    told = sorted((event["type"] for event in events), key=lambda kind: kind != CREATED)
    first, *later = found or [None]
    return row, Fate(row["status"], tuple(told), first, standin_mails, len(documents), tuple(later))


def stay_of(suite: Suite, stay: tuple[str, str, str]) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """The ranges that the channel's guest has in the unit, the entry's state, and the types of all events of both."""
    unit, start, end = stay
    find = "FROM feed_events AS e JOIN feeds AS f ON f.id = e.feed_id WHERE f.unit_id = ?1 AND e.start_date = ?2"
    nights, states, events = suite.d1_batch([
        ("""SELECT start_date, end_date FROM occupancies WHERE unit_id = ?1 AND kind = 'ical' AND live = 1
              AND start_date < ?3 AND end_date > ?2""", [unit, start, end]),
        (f"SELECT e.state {find}", [unit, start]),
        (f"""SELECT type FROM events WHERE object_id IN (
               SELECT e.occupancy_id {find} UNION ALL
               SELECT id FROM conflicts WHERE unit_id = ?1 AND start_date = ?2) ORDER BY position""", [unit, start]),
    ])  # fmt: skip
    return (
        [(row["start_date"], row["end_date"]) for row in nights], [row["state"] for row in states],
        [row["type"] for row in events],
    )  # fmt: skip


PATHS: dict[str, Callable[[Scene, bool], Case]] = {
    "book": book, "book with a hold": book_with_hold, "book over an expired hold": book_over_an_expired_hold,
    "hold": hold, "cancel": cancel, "cancel before a stay": cancel_before_a_stay, "move": move,
    "change of unit": change_unit, "swap": swap, "join": join, "group": group, "bring": bring,
}  # fmt: skip
