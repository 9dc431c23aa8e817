"""A calendar of the stand-in, connected to a unit through the API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from support.deliver import deliver_one
from support.people import Manager, ok
from support.runs import queued_run
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.waiting import eventually

MINUTE = 60_000
FAR = date.today() + timedelta(days=60)


def day(offset: int) -> str:
    """A local date some days after one that is far enough away from today."""
    return (FAR + timedelta(days=offset)).isoformat()


@dataclass
class Connected:
    """One feed of one new unit. Stays are `(first day, last day, code)`, blocks `(first day, last day)`."""

    suite: Suite
    standin: StandIn
    manager: Manager
    unit_id: str = ""
    feed_id: str = ""
    name: str = field(default_factory=lambda: f"feed-{secrets.token_hex(6)}")

    def __post_init__(self) -> None:
        self.unit_id = self.unit_id or self.manager.new_unit()

    def publish(self, stays: Sequence[tuple[int, int, str]] = (), blocks: Sequence[tuple[int, int]] = ()) -> str:
        """The channel's calendar from now on, as Airbnb exports it; returns its URL."""
        named = [(day(start), day(end), code) for start, end, code in stays]
        return self.standin.put_airbnb(self.name, named, [(day(start), day(end)) for start, end in blocks])

    def connect(self, url: str) -> Row:
        """Create the feed; returns its first run."""
        self.feed_id = ok(self.manager.api.create_feed(self.unit_id, url))["id"]
        return self.finished(self.runs()[0]["id"])

    def sync(self) -> Row:
        """Import now, by a message that is delivered at once; returns the run."""
        body = self.another_run()
        assert deliver_one(self.suite, "calsync", body) is None
        return self.finished(json.loads(body)["run_id"])

    def finished(self, run_id: str) -> Row:
        """The run, when it is over."""

        def over() -> Row | None:
            return next((run for run in self.runs() if run["id"] == run_id and run["status"] != "queued"), None)

        return eventually(over, what="the run to end") or {}

    def runs(self) -> list[Row]:
        """What the runs did, newest first."""
        return list(ok(self.manager.api.feed_runs(self.feed_id), 200)["data"])

    def feed(self) -> Row:
        """The feed with its health."""
        return ok(self.manager.api.get(f"/v1/feeds/{self.feed_id}"), 200)

    def taken(self) -> list[tuple[str, str, str]]:
        """What takes the unit's nights: start, end, kind."""
        rows = self.suite.d1(
            "SELECT start_date, end_date, kind FROM occupancies WHERE unit_id = ?1 AND live = 1 ORDER BY start_date",
            self.unit_id,
        )
        return [(row["start_date"], row["end_date"], row["kind"]) for row in rows]

    def imported(self, *ranges: tuple[int, int]) -> list[tuple[str, str, str]]:
        """How `taken` shows imported ranges."""
        return [(day(start), day(end), "ical") for start, end in ranges]

    def everything(self) -> list[Row]:
        """All rows that a calendar may change."""
        return [
            *self.suite.d1("SELECT * FROM occupancies WHERE unit_id = ?1 ORDER BY id", self.unit_id),
            *self.suite.d1("SELECT * FROM feed_events WHERE feed_id = ?1 ORDER BY uid", self.feed_id),
            *self.suite.d1("SELECT * FROM conflicts WHERE unit_id = ?1 ORDER BY id", self.unit_id),
        ]

    def conflicts(self, status: str = "open") -> list[Row]:
        """The unit's conflicts."""
        data = ok(self.manager.api.conflicts(status), 200)["data"]
        return [one for one in data if one["unit_id"] == self.unit_id]

    def let_time_pass(self, minutes: int) -> None:
        """What was missing has been missing for longer now."""
        self.suite.d1(
            "UPDATE feed_events SET missing_since = missing_since - ?2 WHERE feed_id = ?1",
            self.feed_id, minutes * MINUTE,
        )  # fmt: skip

    def let_silence_last(self, hours: int) -> None:
        """What has been empty has been empty for longer now."""
        self.suite.d1(
            "UPDATE feeds SET empty_since = empty_since - ?2 WHERE id = ?1", self.feed_id, hours * 60 * MINUTE
        )

    def another_run(self) -> str:
        """A run that waits for its message, which no queue has yet; returns the message."""
        return queued_run(self.suite, self.manager.tenant["id"], self.feed_id)[1]

    def message(self, run_id: str) -> str:
        """The queue's message that asked for a run."""
        rows = self.suite.d1("SELECT message FROM outbox WHERE message ->> 'run_id' = ?1", run_id)
        return str(rows[0]["message"])


def ask(suite: Suite, method: str, request: Any) -> Any:
    """What the api Worker asks of calsync."""
    return json.loads(suite.rpc("calsync", method, json.dumps(request)))


def waiting(suite: Suite, tenant_id: str) -> list[str]:
    """The messages of a tenant that calsync has not finished with."""
    rows = suite.d1("SELECT type FROM outbox WHERE tenant_id = ?1 AND waiting & 4", tenant_id)
    return [str(row["type"]) for row in rows]
