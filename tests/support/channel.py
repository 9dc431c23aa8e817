"""A channel with a calendar of its own, connected to a unit of a test space whose clock a test sets."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from support.client import Api
from support.deliver import deliver_one
from support.people import Manager, ok
from support.runs import queued_run
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.verbs import money

Entry = tuple[str, str, str, str]
"""UID, first night, day of departure, title."""
FIRST_DAY = "2027-03-01"
HOUR = 3_600_000


def day(offset: int, first: str = FIRST_DAY) -> str:
    """A local date so many days after the first day of a replay."""
    return (datetime.fromisoformat(first) + timedelta(days=offset)).date().isoformat()


def ics(entries: Iterable[Entry]) -> bytes:
    """A calendar of whole days."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN"]
    for uid, start, end, title in entries:
        first, last = start.replace("-", ""), end.replace("-", "")
        lines += [
            "BEGIN:VEVENT", f"UID:{uid}", f"DTSTART;VALUE=DATE:{first}", f"DTEND;VALUE=DATE:{last}",
            f"SUMMARY:{title}", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def stay(code: str, start: str, end: str) -> Entry:
    """A reservation as Airbnb lists it."""
    return f"1418fb94e984-{code}@airbnb.com", start, end, "Reserved"


def closed(code: str, start: str, end: str) -> Entry:
    """Closed nights as Airbnb lists them."""
    return f"7f662ec65913-{code}@airbnb.com", start, end, "Airbnb (Not available)"


class Space:
    """The test space of a manager, with a clock and one unit."""

    def __init__(self, suite: Suite, standin: StandIn, manager: Manager, zone: str = "Europe/Zurich") -> None:
        self.suite, self.standin = suite, standin
        key = ok(manager.api.create_api_key("replay", mode="test"))["key"]
        self.api: Api = manager.api.with_token(key)
        (row,) = suite.d1("SELECT id FROM tenants WHERE live_id = ?", manager.tenant["id"])
        self.tenant_id = str(row["id"])
        home = ok(self.api.create_property("House", time_zone=zone))["id"]
        self.home = str(home)
        self.unit_id = self.new_unit()
        self.set_clock(FIRST_DAY)

    def new_unit(self) -> str:
        return str(ok(self.api.create_unit(self.home, f"Unit {secrets.token_hex(3)}", 4, money(12_000)))["id"])

    def set_clock(self, local_day: str, hour: float = 12) -> None:
        """The present of the space."""
        midnight = datetime.fromisoformat(f"{local_day}T00:00:00").replace(tzinfo=UTC).timestamp()
        at = int(midnight * 1000 + hour * HOUR)
        self.suite.d1("UPDATE tenants SET clock_at = ?2 WHERE id = ?1", self.tenant_id, at)

    def connect(self, entries: Iterable[Entry] | bytes = ()) -> Channel:
        """A feed whose first run is over."""
        channel = Channel(self, self.unit_id)
        url = channel.publish(entries)
        channel.feed_id = str(ok(self.api.create_feed(self.unit_id, url))["id"])
        channel.first = channel.carry_out(self.suite.d1("SELECT id FROM feed_runs WHERE feed_id = ?", channel.feed_id))
        return channel

    def taken(self) -> list[tuple[str, str, str]]:
        """What takes the unit's nights: start, end, kind."""
        rows = self.suite.d1(
            "SELECT start_date, end_date, kind FROM occupancies WHERE unit_id = ?1 AND live = 1 ORDER BY start_date",
            self.unit_id,
        )
        return [(row["start_date"], row["end_date"], row["kind"]) for row in rows]

    def conflicts(self, status: str = "open") -> list[Row]:
        """The conflicts of the space."""
        return list(ok(self.api.conflicts(status), 200)["data"])


@dataclass
class Channel:
    """One feed. `first` is its first run, with its decisions."""

    space: Space
    unit_id: str
    feed_id: str = ""
    first: Row = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"channel-{secrets.token_hex(6)}")

    def publish(self, entries: Iterable[Entry] | bytes = ()) -> str:
        """The channel's calendar from now on; returns its URL."""
        body = entries if isinstance(entries, bytes) else ics(entries)
        return self.space.standin.put_calendar(self.name, body, etag="none")

    def sync(self, entries: Iterable[Entry] | bytes | None = None) -> Row:
        """Publish, import now, and return the run with its decisions."""
        if entries is not None:
            self.publish(entries)
        run, body = queued_run(self.space.suite, self.space.tenant_id, self.feed_id)
        assert deliver_one(self.space.suite, "calsync", body) is None
        return self.run(run)

    def carry_out(self, runs: list[Row]) -> Row:
        """The run that connecting asked for, at once instead of with the queue's next batch."""
        (row,) = runs
        (sent,) = self.space.suite.d1("SELECT message FROM outbox WHERE message ->> 'run_id' = ?1", row["id"])
        assert deliver_one(self.space.suite, "calsync", sent["message"]) is None
        return self.run(row["id"])

    def run(self, run_id: str) -> Row:
        """A run with its decisions."""
        found = ok(self.space.api.get(f"/v1/feeds/{self.feed_id}/runs/{run_id}"), 200)
        assert found["status"] != "queued", found
        return found

    def events(self) -> dict[str, Row]:
        """What the channel says, by the first night."""
        listed = ok(self.space.api.get(f"/v1/feeds/{self.feed_id}/events", limit=200), 200)["data"]
        return {one["start"]: one for one in listed}

    def post(self, path: str, body: Any = None) -> Any:
        """A word about an entry or a decision."""
        return self.space.api.post(f"/v1/feeds/{self.feed_id}{path}", body or {})


def decided(run: Row) -> list[tuple[str, str]]:
    """Change and reason of each decision of a run, sorted."""
    return sorted((one["change"], one["reason"]) for one in run["decisions"])
