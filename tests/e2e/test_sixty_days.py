"""Sixty days of a unit that two channels and we sell at once: what is sold anywhere is shut everywhere, and no more. A
plain model says what each answer and each night must be; it counts nights from the first day. SEED repeats a run.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from support.channel import Channel, Space, day, stay
from support.people import Manager, fresh_guest, ok
from support.seeds import SEED
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

DAYS, AHEAD, NOON, DAY = 60, 40, 720, 1_440  # the latter in minutes, in which the time is counted
OURS, WAYS = ("take", "take", "take", "give_back", "move"), ("book", "book", "hold", "hold", "block")


def every(sales: Iterable[range], since: int = 0) -> set[int]:
    """Every night of these, from a day on."""
    return {night for nights in sales for night in nights if night >= since}


def dates(nights: range) -> tuple[str, str]:
    """The first night and the day of departure."""
    return day(nights.start), day(nights.stop)


@dataclass
class Seller:
    """A channel: the stays that it has sold, those that we have read, and of these what the last run has missed."""

    channel: Channel
    forgets: bool  # it lists only what is to come, as many do
    sold: dict[str, range] = field(default_factory=dict)
    read: dict[str, range] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def sync(self, today: int) -> None:
        """We read its calendar; what is missing for the second time is gone."""
        since = today + 1 if self.forgets else 0
        shown = [(code, one) for code, one in self.sold.items() if one.stop > today and one.start >= since]
        run = self.channel.sync([stay(code, *dates(one)) for code, one in shown])
        assert run["status"] in ("succeeded", "unchanged") and run["problems"] == [], run
        self.read = {code: one for code, one in self.read.items() if code not in self.missing} | self.sold
        self.missing = set(self.read) - set(self.sold)


@dataclass
class Replay:
    """The model, and what happens on a day."""

    space: Space
    sellers: list[Seller]
    dice: random.Random
    minute: int = 0
    today: int = 0
    ours: dict[tuple[str, str, int], range] = field(default_factory=dict)  # by kind, id and, of a hold, when it ends

    def sales(self) -> list[range]:
        """What anybody has sold, as far as we can know."""
        return [*self.ours.values(), *(one for seller in self.sellers for one in seller.read.values())]

    def some_nights(self, most: int) -> range:
        return range(start := self.today + self.dice.randint(1, 15), start + self.dice.randint(1, most))

    def sell(self) -> None:
        """A channel's new guest, or one who changes, gets what it has free, now and then the very nights of others."""
        seller, others = self.dice.choice(self.sellers), [one for one in self.sales() if one.start > self.today]
        nights = self.dice.choice([*others, *[self.some_nights(7)] * 30])
        known = [code for code, one in seller.sold.items() if one.start > self.today]
        code = self.dice.choice(["", "", "", *known]) or f"{self.dice.getrandbits(40):010x}"
        if every(one for other, one in seller.sold.items() if other != code).isdisjoint(nights):
            seller.sold[code] = nights

    def give_up(self) -> None:
        """A channel's guest cancels: not the only one, because a calendar that is suddenly empty is not believed."""
        for seller in self.sellers:
            found = [code for code, one in seller.sold.items() if one.start > self.today + 1]
            if len(found) > 1 and self.dice.random() < 0.5:
                del seller.sold[self.dice.choice(found)]

    def take(self) -> None:
        """We get nights that nobody has, and no others."""
        kind, nights, minutes = self.dice.choice(WAYS), self.some_nights(3), self.dice.randint(1, 30)
        more = {"book": {"guest": fresh_guest()}, "hold": {"ttl_seconds": 60 * minutes}, "block": {}}[kind]
        free = every(self.sales()).isdisjoint(nights)
        made = ok(getattr(self.space.api, kind)(self.space.unit_id, *dates(nights), **more), 201 if free else 409)
        assert free or made["code"] == "unit_unavailable", made
        self.ours |= {(kind, made["id"], self.minute + minutes): nights} if free else {}

    def give_back(self) -> None:
        """Whoever waits has our nights in the commit in which we give them back."""
        if found := [one for one, nights in self.ours.items() if nights.stop > self.today]:
            kind, name, _ends = one = self.dice.choice(found)
            api = self.space.api
            (api.cancel(name) if kind == "book" else api.request("DELETE", f"/v1/{kind}s/{name}")).raise_for_status()
            del self.ours[one]

    def move(self) -> None:
        """A booking gets other nights if nobody has those that it had not."""
        if found := [one for one, nights in self.ours.items() if one[0] == "book" and nights.stop > self.today]:
            one, to = self.dice.choice(found), self.some_nights(3)
            free = (every(self.sales()) - set(self.ours[one])).isdisjoint(to)
            ok(self.space.api.move(one[1], check_in=day(to.start), check_out=day(to.stop)), 200 if free else 409)
            self.ours[one] = to if free else self.ours[one]

    def go_on(self, minute: int) -> None:
        """Time goes by, and holds run out."""
        self.minute, self.today = minute, minute // DAY
        at = f"{day(self.today)}T{minute % DAY // 60:02}:{minute % 60:02}:00Z"
        ok(self.space.api.request("PUT", "/v1/test_clock", json={"frozen_time": at}), 200)
        self.ours = {one: nights for one, nights in self.ours.items() if one[0] != "hold" or one[2] > minute}
        self.check("go_on")

    def check(self, after: str) -> None:
        """The calendar shows as taken what was sold, and nothing else. What is missing may be another stay already."""
        shown = ok(self.space.api.calendar(self.space.unit_id, day(self.today), day(self.today + AHEAD)), 200)["data"]
        shut = {self.today + number for number, night in enumerate(shown) if night["state"] == "taken"}
        sure = [one for by in self.sellers for code, one in by.read.items() if code not in by.missing]
        lost, invented = every([*self.ours.values(), *sure], self.today) - shut, shut - every(self.sales(), self.today)
        assert (invented, lost) == (set(), set()), f"seed {SEED}, day {self.today}, after {after}: {self}"

    def live(self, today: int) -> None:
        """Acts in any order, then each channel is read, and again an hour later if something has vanished."""
        self.go_on(today * DAY + NOON)
        for act in self.dice.sample(["sell", "sell", "give_up", *self.dice.choices(OURS, k=3)], 6):
            getattr(self, act)()
            if act in OURS:
                self.check(act)
        for wait in (self.dice.randint(1, 20), 60):
            self.go_on(self.minute + wait)
            for seller in self.dice.sample(self.sellers, 2):
                if wait < 60 or seller.missing:
                    seller.sync(today)
                    self.check("sync")
        kept = ok(self.space.api.list_bookings(status="confirmed", limit=200), 200)["data"]
        booked = {name: dates(nights) for (kind, name, _), nights in self.ours.items() if kind == "book"}
        assert {one["id"]: (one["check_in"], one["check_out"]) for one in kept} == booked

    def exported(self, url: str) -> set[int]:
        """The nights that others read of."""
        found = re.findall(r"DTSTART;VALUE=DATE:(\d+)\r\nDTEND;VALUE=DATE:(\d+)", self.space.api.ical(url).text)
        wanted = {day(number).replace("-", ""): number for number in range(self.today, self.today + AHEAD)}
        return {number for date, number in wanted.items() if any(start <= date < end for start, end in found)}

    def account(self) -> None:
        """Each stay that we have read has its nights, or waits in a conflict for some of them."""
        waiting = {one["theirs"]["event_id"] for one in self.space.conflicts()}
        for seller in self.sellers:
            events = ok(self.space.api.get(f"/v1/feeds/{seller.channel.feed_id}/events", limit=200), 200)["data"]
            live = [one for one in events if one["end"] > day(self.today) and one["state"] != "removed"]
            read = {stay(code, *dates(one))[:3] for code, one in seller.read.items() if one.stop > self.today}
            assert {(one["uid"], one["start"], one["end"]) for one in live} == read
            assert {(one["state"], one["id"] in waiting) for one in live} <= {("imported", False), ("conflict", True)}


@pytest.mark.timeout(900)
def test_sixty_days_end_with_nothing_invented_and_nothing_lost(suite: Suite, standin: StandIn, alice: Manager) -> None:
    space = Space(suite, standin, alice)
    url = ok(space.api.create_export(space.unit_id, channel="vrbo"))["url"]
    replay = Replay(space, [Seller(space.connect(), forgets) for forgets in (False, True)], random.Random(SEED))
    print(f"sixty days: seed {SEED}")
    for today in range(DAYS):
        replay.live(today)
        if today % 10 == 9:
            # The cron sends what was written in a trigger, the oldest first and a bounded part of it each time.
            eventually(
                lambda: suite.cron("api") and replay.exported(url) == every(replay.sales(), replay.today),
                120,
                "the export",
            )
    replay.account()
    suite.d1("UPDATE integrity_passes SET began_at = 0, finished_at = 0")
    eventually(lambda: suite.cron("api") and suite.d1("SELECT 1 FROM integrity_passes WHERE finished_at > 0"), 300)
    assert suite.d1("SELECT * FROM integrity_findings WHERE tenant_id = ?", space.tenant_id) == []
