"""The product beside its model: asks both, and fails where they differ. What there is to ask is added by subclasses.

All happens in a test space, whose clock stands at noon of the first day of each run.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import httpx
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from support.calendar_model import OPEN, Booking, Model, Outcome, Span, Stay
from support.channel import Channel, Space
from support.people import ok
from support.verbs import Json

SEEN = 30  # days whose nights are looked at
WINDOW, FIRST = 40, date(2028, 1, 1)  # days of a run's own, so that runs share units and not nights
Request = tuple[str, str, Any, str]


class Machine(RuleBasedStateMachine):
    """The product beside the model. `space`, `units` and `channels` are given by the test; the rest is of this run."""

    space: Space
    units: Sequence[str]
    channels: dict[str, Channel]  # by the unit that they sell
    windows, turns = itertools.count(), itertools.count()
    position = 0  # of the last event that was read

    @initialize()
    def begin(self) -> None:
        single, whole, *parts = self.units
        self.model = Model(single, whole, tuple(parts))
        self.base = FIRST + timedelta(days=next(self.windows) * WINDOW)
        self.api = self.space.api
        self.space.set_clock(self.day(0))
        self.last: tuple[Request, httpx.Response] | None = None
        self.seen: dict[str, list[tuple[int, int]]] = {}
        self.told = set[str]()  # the stays of channels that got or lost nights
        for channel in self.channels.values():
            channel.sync([])  # what was sold in former runs is over
        strict = {"start": self.day(self.model.strict), "end": self.day(WINDOW), "min_stay": 2}
        ok(self.api.set_rates(single, [strict]), 200)
        while self.happened():
            pass
        self.told.clear()

    def teardown(self) -> None:
        """What has no end would reach into the windows of later runs, and holds would run out in them."""
        model = getattr(self, "model", Model("", "", ()))
        for lease in model.leases:
            if lease.status == "active":
                ok(self.api.lease(lease.id, "terminate", date=self.day(lease.span[1])), 200)
        for hold in model.holds:
            if hold.status == "live":
                self.api.request("DELETE", f"/v1/holds/{hold.id}").raise_for_status()

    @invariant()
    def nights(self) -> None:
        """After each step the nights of one unit, each in turn, are taken or free as in the model."""
        unit = self.model.units[next(self.turns) % len(self.model.units)]
        shown = ok(self.api.calendar(unit, self.day(0), self.day(SEEN)), 200)["data"]
        taken = [number for number, night in enumerate(shown) if night["state"] == "taken"]
        assert taken == [night for night in range(SEEN) if not self.model.free((unit, night, night + 1))]

    @invariant()
    def stays_of_channels(self) -> None:
        """Who got or lost nights is told, nobody else; who waits for some is in conflict, and nobody else."""
        now = {stay.id: self.model.ranges(stay) for stay in self.model.stays}
        changed = {id for id, nights in now.items() if nights != self.seen.get(id, [])}
        told, self.told, self.seen = self.told, set(), now
        assert told == changed
        if changed:
            conflicts = [conflict["theirs"] for conflict in self.space.conflicts()]
            assert {one["event_id"]: one["ranges"] for one in conflicts} == {
                stay.id: [[self.day(first), self.day(end)] for first, end in self.model.ranges(stay)]
                for stay in self.model.stays if self.model.waits(stay)
            }  # fmt: skip

    def sync(self, unit: str) -> None:
        """The channel that sells the unit lists its guests, and we read it."""
        stays = [stay for stay in self.model.stays if stay.span[0] == unit]
        channel = self.channels[unit]
        channel.sync([self._entry(stay) for stay in stays if stay.listed])
        rows = self.space.suite.d1("SELECT uid, occupancy_id FROM feed_events WHERE feed_id = ?", channel.feed_id)
        ids = {row["uid"]: row["occupancy_id"] for row in rows}
        for stay in stays:
            stay.id = ids[stay.uid]
        assert self.happened() == []

    def vanish(self, unit: str) -> None:
        """The channel lists somebody no more, for an hour, before the sync that believes it."""
        channel = self.channels[unit]
        channel.sync([self._entry(stay) for stay in self.model.stays if stay.span[0] == unit and stay.listed])
        hour_ago = "UPDATE feed_events SET missing_since = missing_since - 3600000 WHERE feed_id = ?"
        self.space.suite.d1(hour_ago, channel.feed_id)

    def _entry(self, stay: Stay) -> tuple[str, str, str, str]:
        return stay.uid, self.day(stay.span[1]), self.day(stay.span[2]), "Reserved"

    def day(self, number: int) -> str:
        return (self.base + timedelta(days=number)).isoformat()

    def stay(self, span: Span) -> Json:
        unit, start, end = span
        return {"unit_id": unit, "check_in": self.day(start), "check_out": self.day(end)}

    def ask(
        self, method: str, path: str, body: Any, wanted: Outcome, events: Sequence[tuple[str, str | None]] = (),
        etag: str | None = None,
    ) -> httpx.Response | None:  # fmt: skip
        """The answer if it succeeded, as the model said. An event about None is about what is created."""
        key, headers = str(uuid.uuid4()), {} if etag is None else {"If-Match": etag}
        answer = self.api.request(method, path, json=body, key=key, headers=headers)
        told = answer.json() if answer.content else {}
        refused = (answer.status_code, told.get("code")) if answer.status_code >= 400 else None
        assert refused == wanted, f"the model says {wanted}, the product {answer.status_code} {told}"
        if wanted is not None and wanted[1] == "unit_unavailable" and len(body.get("bookings", ())) < 2:
            assert told["conflicts"], "a refusal names what is in the way"
        new = [told.get("id")] if "bookings" not in told else [one["id"] for one in told["bookings"]]
        known = [(kind, about) for kind, about in events if about is not None]
        made = [(kind, id) for kind, about in events if about is None for id in new]
        expected = [] if wanted is not None else sorted(known + made)
        assert sorted(self.happened()) == expected
        self.last = ((method, path, body, key), answer) if wanted is None and etag is None else self.last
        return answer if wanted is None else None

    def happened(self) -> list[tuple[str, str]]:
        """The events since we looked last, but for those of channels, which are noted."""
        found = ok(self.api.events(type(self).position, limit=200), 200)["data"]
        positions = [event["position"] for event in found]
        assert positions == list(range(type(self).position + 1, type(self).position + 1 + len(found)))
        type(self).position += len(found)
        self.told |= {event["object_id"] for event in found if event["type"].startswith("occupancy.")}
        ours = [event for event in found if not event["type"].startswith(("occupancy.", "conflict."))]
        return [(event["type"], event["object_id"]) for event in ours]

    def span(self, span: tuple[int, int, int]) -> Span:
        return (self.model.units[span[0]], span[1], span[2])

    def end(self, day: int) -> str | None:
        return None if day >= OPEN else self.day(day)

    def same(self, booking: Booking, told: Json) -> None:
        refund = None if booking.refund is None else {"amount": booking.refund, "currency": "EUR"}
        wanted = self.stay(booking.span) | {
            "status": booking.status, "total": {"amount": booking.total, "currency": "EUR"}, "refund": refund,
            "guests": booking.guests,
        }  # fmt: skip
        assert {name: told[name] for name in wanted} == wanted
        parts = [(one["unit_id"], one["start"], one["end"]) for one in told["parts"]]
        assert parts == [(unit, self.day(start), self.day(end)) for unit, start, end in booking.parts()]
