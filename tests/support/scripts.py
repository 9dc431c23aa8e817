"""What guests, owners and renters do, one call after the other: for `Traffic`, which does many of them at once."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import httpx

from support.client import AsyncApi
from support.history import asks
from support.ledger_checker import TAKEN
from support.people import fresh_guest
from support.traffic import Client
from support.verbs import Json

FIRST, DAYS = date(2029, 1, 1), 60
FOR_EVER = "9999-12-31"
SHORT, LONG = 1, 1800  # s that a hold lasts
Stay = tuple[str, str, str]


async def anything(client: Client, dice: random.Random) -> None:
    """One of all scripts."""
    scripts: list[Callable[[Client, random.Random], Awaitable[None]]] = [stay, hold, block, lease, group, bring]
    await dice.choices(scripts, weights=[45, 20, 12, 8, 15, 10])[0](client, dice)


async def stay(client: Client, dice: random.Random) -> None:
    """Book, and change one's mind."""
    booking = await _book(client, some(client, dice))
    if booking is not None:
        await _afterwards(client, dice, booking)


async def hold(client: Client, dice: random.Random) -> None:
    """Hold nights, then book them, let them go, or forget about them."""
    unit, start, end = where = some(client, dice)
    then = dice.choice(["book", "book", "book", "release", "forget", "keep"])
    ttl = SHORT if then == "forget" else LONG
    asked = asks("", unit_id=unit, start=start, end=end, lapses=True, ttl=ttl)
    held = await client.do("hold", lambda api, key: api.hold(*where, key=key, ttl_seconds=ttl), asked)
    if held is None:
        return
    path, about = f"/v1/holds/{held['id']}", asks("", occupancy_id=held["occupancy_id"])
    if then == "release":
        await client.do("release", lambda api, key: api.request("DELETE", path, key=key), about)
    elif then == "book":
        booking = await _book(client, where, hold_id=held["id"])
        if booking is not None:
            await _afterwards(client, dice, booking)


async def block(client: Client, dice: random.Random) -> None:
    """Keep nights for oneself, move them, perhaps give them back."""
    unit, start, end = some(client, dice)
    where = asks("", unit_id=unit, start=start, end=end)
    made = await client.do("block", lambda api, key: api.block(unit, start, end, key=key), where)
    if made is None:
        return
    id, about = made["id"], {"occupancy_id": made["occupancy_id"]}
    if dice.random() < 0.5:
        _, start, end = some(client, dice)
        to = asks("", unit_id=unit, start=start, end=end, **about)
        await client.do("shift", lambda api, key: api.move_block(id, '"1"', key=key, start=start, end=end), to)
    if dice.random() < 0.6:
        await client.do("free", lambda api, key: api.delete_block(id, key=key), asks("", **about))


async def lease(client: Client, dice: random.Random) -> None:
    """Let for long, with or without an end, then end it earlier or renew it. Leases begin late: they take a lot."""
    unit, _, _ = some(client, dice)
    start = FIRST + timedelta(days=dice.randrange(DAYS - 15, DAYS + 30))
    end = None if dice.random() < 0.4 else day(start, dice.randint(5, 20))
    draft = await client.do("draft", lambda api, key: api.create_lease(unit, start.isoformat(), end, key=key))
    if draft is None:
        return
    id, where = draft["id"], {"unit_id": unit, "start": start.isoformat()}
    asked = asks("", end=end or FOR_EVER, **where)
    active = await client.do("lease", lambda api, key: api.lease(id, "activate", key=key), asked)
    if active is None:
        return
    about = where | {"occupancy_id": active["occupancy_id"]}
    if end is not None and dice.random() < 0.5:
        later = day(start, 40)
        renewed = asks("", end=later, **about)
        await client.do("renew", lambda api, key: api.lease(id, "renew", key=key, end=later), renewed)
    if end is None or dice.random() < 0.7:
        early = day(start, dice.randint(1, 4))
        ended = asks("", end=early, **about)
        await client.do("end", lambda api, key: api.lease(id, "terminate", key=key, date=early), ended)


async def group(client: Client, dice: random.Random) -> None:
    """Book several units together, all or none, and perhaps cancel them together."""
    stays = [(unit, *some(client, dice)[1:]) for unit in apart(client, dice, dice.randint(2, 3))]
    bookings = [
        {"unit_id": unit, "check_in": start, "check_out": end, "guests": 2, "guest": fresh_guest()}
        for unit, start, end in stays
    ]
    asked = [asks("", unit_id=unit, start=start, end=end) for unit, start, end in stays]
    path, body = "/v1/booking_groups", {"bookings": bookings}
    made = await client.do("group", lambda api, key: api.post(path, body, key), *asked)
    if made is not None and dice.random() < 0.5:
        gone = [asks("", occupancy_id=one["occupancy_id"]) for one in made["bookings"]]
        cancel = f"{path}/{made['id']}/cancel"
        await client.do("disband", lambda api, key: api.post(cancel, {}, key), *gone)


async def bring(client: Client, dice: random.Random) -> None:
    """Import what another system sold, all or none, and perhaps change one's mind about one of them."""
    if dice.random() < 0.4:
        stays = [some(client, dice)]
    else:
        stays = [(unit, *some(client, dice)[1:]) for unit in apart(client, dice, dice.randint(2, 3))]
    name = f"{client.traffic.seed}-{client.number}"
    lines = [f"{name}-{place},{unit},{start},{end},Guest,100" for place, (unit, start, end) in enumerate(stays)]
    csv = "\n".join(["reference,unit_id,check_in,check_out,guest.name,total", *lines])
    asked = [asks("", unit_id=unit, start=start, end=end) for unit, start, end in stays]
    made = await client.do("bring", lambda api, key: _brought(api, csv, key), *asked)
    if made is not None:
        await _afterwards(client, dice, made["bookings"][0])


async def _brought(api: AsyncApi, csv: str, key: str) -> httpx.Response:
    """What an import answers, in the words in which a group is answered: of a line by its place in the file."""
    answer = await api.import_csv("bookings", csv, key=key)
    body = answer.json()
    if answer.is_success:
        found = [await api.get_booking(line["id"]) for line in body["lines"]]
        return httpx.Response(200, json={"bookings": [one.json() for one in found]})
    if body["code"] != "lines_refused":
        return answer
    faults = [(line["line"] - 2, error) for line in body["lines"] for error in line["errors"]]
    assert {error["code"] for _, error in faults} == {TAKEN}
    conflicts = [{"index": place, **one} for place, error in faults for one in error["conflicts"]]
    return httpx.Response(409, json={"code": TAKEN, "conflicts": conflicts})


async def _book(client: Client, where: Stay, **more: str) -> Json | None:
    unit, start, end = where
    guest, asked = fresh_guest(), asks("", unit_id=unit, start=start, end=end)
    more["status"] = client.dice.choice(["pending", "confirmed", "confirmed"])
    return await client.do("book", lambda api, key: api.book(*where, guest=guest, key=key, **more), asked)


async def _afterwards(client: Client, dice: random.Random, booking: Json) -> None:
    id, about = booking["id"], {"occupancy_id": booking["occupancy_id"]}
    then = dice.choice(["stay", "confirm", "cancel", "cancel", "reinstate", "move", "move", "part", "swap", "swap"])
    if then in ("cancel", "reinstate"):
        gone = await client.do("cancel", lambda api, key: api.cancel(id, key=key), asks("", **about))
        if gone is not None and then == "reinstate":
            again = asks("", unit_id=booking["unit_id"], start=booking["check_in"], end=booking["check_out"], **about)
            path = f"/v1/bookings/{id}/reinstate"
            await client.do("reinstate", lambda api, key: api.post(path, {}, key), again)
    elif then == "confirm":  # confirmed already or not, it keeps its nights
        same = asks("", unit_id=booking["unit_id"], start=booking["check_in"], end=booking["check_out"], **about)
        await client.do("confirm", lambda api, key: api.confirm(id, key=key), same)
    elif then == "move":
        unit, start, end = some(client, dice)
        to = {"unit_id": unit, "check_in": start, "check_out": end}
        asked = asks("", unit_id=unit, start=start, end=end, **about)
        await client.do("move", lambda api, key: api.move(id, key=key, **to), asked)
    elif then == "part":
        await _part(client, dice, booking)
    elif then == "swap":
        waiting = client.traffic.to_swap
        waiting.append(booking)
        if len(waiting) > 1:
            await _swap(client, waiting.pop(0), waiting.pop(0))


async def _part(client: Client, dice: random.Random, booking: Json) -> None:
    """Change the unit in the middle. For the checkers the stay gets shorter and another one begins, in one call."""
    id, start, end = booking["id"], booking["check_in"], booking["check_out"]
    units = [unit for unit in client.traffic.units if unit != booking["unit_id"]]
    nights = (date.fromisoformat(end) - date.fromisoformat(start)).days
    if nights < 2:
        return
    unit, middle = dice.choice(units), day(date.fromisoformat(start), dice.randint(1, nights - 1))
    asked = [
        asks("", unit_id=booking["unit_id"], start=start, end=middle, occupancy_id=booking["occupancy_id"]),
        asks("", unit_id=unit, start=middle, end=end),
    ]
    to = {"unit_id": unit, "from": middle}
    await client.do("part", lambda api, key: api.move(id, key=key, **to), *asked)


async def _swap(client: Client, one: Json, other: Json) -> None:
    """For the checkers it is two moves in one call."""
    if one["unit_id"] == other["unit_id"]:
        return
    asked = [
        asks("", unit_id=to["unit_id"], start=who["check_in"], end=who["check_out"], occupancy_id=who["occupancy_id"])
        for who, to in ((one, other), (other, one))
    ]
    body = {"booking_id": one["id"], "other_booking_id": other["id"]}
    await client.do("swap", lambda api, key: api.post("/v1/bookings/swap", body, key), *asked)


def some(client: Client, dice: random.Random) -> Stay:
    """One to six nights of some unit; they overlap a great deal."""
    start = FIRST + timedelta(days=dice.randrange(DAYS))
    return dice.choice(client.traffic.units), start.isoformat(), day(start, dice.randint(1, 6))


def apart(client: Client, dice: random.Random, count: int) -> list[str]:
    """Units of which none is a part of another."""
    return dice.sample(client.traffic.apart or client.traffic.units, count)


def day(start: date, later: int) -> str:
    return (start + timedelta(days=later)).isoformat()
