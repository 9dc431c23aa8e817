"""A manager whose calendars are brought to others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support.people import Manager, ok
from support.radicale import PASSWORD, USER
from support.suite import Suite
from support.waiting import eventually

MINUTE = 60_000
Row = dict[str, Any]


@dataclass
class Pushing:
    """One unit and its targets."""

    suite: Suite
    manager: Manager
    unit_id: str = ""

    def __post_init__(self) -> None:
        self.unit_id = self.unit_id or self.manager.new_unit()

    def caldav(self, url: str, **more: Any) -> Row:
        """A new CalDAV target."""
        known = {"username": USER, "password": PASSWORD}
        body = {"unit_id": self.unit_id, "kind": "caldav", "url": url} | known | more
        return ok(self.manager.api.post("/v1/push_targets", body))

    def webhook(self, url: str, **more: Any) -> Row:
        """A new webhook."""
        body = {"unit_id": self.unit_id, "kind": "webhook", "url": url} | more
        return ok(self.manager.api.post("/v1/push_targets", body))

    def target(self, target_id: str) -> Row:
        """How it fares."""
        return ok(self.manager.api.get(f"/v1/push_targets/{target_id}"), 200)

    def settled(self, target_id: str, check: Callable[[Row], bool] = lambda row: not row["behind"]) -> Row:
        """The target when a condition holds; by default when nothing is left to bring over."""

        def found() -> Row | None:
            row = self.target(target_id)
            return row if check(row) else None

        return eventually(found, what="the target to settle") or {}

    def change(self, target_id: str, **more: Any) -> Row:
        """PATCH of the present version."""
        answer = self.manager.api.get(f"/v1/push_targets/{target_id}")
        headers = {"If-Match": answer.headers["etag"]}
        return ok(self.manager.api.request("PATCH", f"/v1/push_targets/{target_id}", json=more, headers=headers), 200)

    def booking(self, check_in: str, check_out: str) -> Row:
        """A confirmed stay."""
        return ok(self.manager.api.book(self.unit_id, check_in, check_out, status="confirmed"))

    def later(self, minutes: int) -> None:
        """The schedule of calsync, as if so much later."""
        done = self.suite.cron("calsync", at=time.time_ns() // 1_000_000 + minutes * MINUTE)
        assert done["outcome"] == "ok", done
