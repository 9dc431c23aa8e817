"""The hot paths: how to walk each once, and what the product says it cost."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
from support.client import Api
from support.people import Manager, fresh_guest, ok, sign_up
from support.suite import Suite
from support.waiting import eventually

Cost = dict[str, int]
Request = tuple[str, str, dict[str, str], object | None]
COST = "propflow-cost"
TAKEN = ("2028-12-01", "2028-12-04")
HISTORY = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at, updated_at)
SELECT ?1, 'occ_h' || ?4 || (value ->> 0), ?2, value ->> 1, value ->> 2, 1, 'booking', 'history', 0, 0
FROM json_each(?3)"""


@dataclass
class Path:
    """A hot path: `requests` yields calls that all succeed with `status`, each one new.

    What needs another call before each one is counted, but not timed.
    """

    name: str
    status: int
    requests: Callable[[], Iterator[Request]]
    timed: bool = True


class Walk:
    """A manager with one unit, and endless fresh nights on it."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.manager: Manager = sign_up(Api(suite.url), "Alice")
        self.unit = self.manager.new_unit()
        self.export = str(ok(self.manager.api.create_export(self.unit))["url"])
        self.manager.booking(self.unit, *TAKEN)
        self.numbers = itertools.count()
        self.days = itertools.count()

    def paths(self) -> list[Path]:
        """In the order of the report; the first two are the floors."""
        login = {"email": self.manager.email, "password": self.manager.password}
        return [
            Path("no-op", 404, lambda: self._same("GET", "/ical/none", signed=False)),
            Path("fastapi no-op", 401, lambda: self._same("GET", "/v1/me", signed=False)),
            Path("me", 200, lambda: self._same("GET", "/v1/me")),
            Path("log-in", 200, lambda: self._same("POST", "/v1/auth/login", login, signed=False)),
            Path("availability", 200, lambda: self._same("GET", self._search())),
            Path("quote", 201, lambda: self._stays("/v1/quotes", guests=2)),
            Path("booking commit", 201, lambda: self._stays("/v1/bookings", guest=fresh_guest())),
            Path("booking refused", 409, self._refused),
            Path("hold", 201, lambda: self._stays("/v1/holds")),
            Path("block", 201, lambda: self._stays("/v1/blocks", ("start", "end"), kind="owner")),
            Path("booking moved", 200, lambda: self._verb("move"), timed=False),
            Path("booking cancelled", 200, lambda: self._verb("cancel"), timed=False),
            Path("calendar of a month", 200, lambda: self._same("GET", self._month())),
            Path("events", 200, lambda: self._same("GET", "/v1/events?limit=50")),
            Path("ical export", 200, lambda: self._same("GET", httpx.URL(self.export).path, signed=False)),
        ]

    def _same(self, method: str, path: str, body: object | None = None, signed: bool = True) -> Iterator[Request]:
        headers = {"Authorization": f"Bearer {self.manager.token}"} if signed else {}
        while True:
            yield method, path, headers, body

    def _search(self) -> str:
        return "/v1/availability?check_in=2090-01-01&check_out=2090-01-03&guests=2"

    def _month(self) -> str:
        return f"/v1/units/{self.unit}/calendar?start=2028-11-20&end=2028-12-20"

    def _stays(
        self, path: str, names: tuple[str, str] = ("check_in", "check_out"), **more: object
    ) -> Iterator[Request]:  # fmt: skip
        for number, nights in self._nights():
            headers = {"Authorization": f"Bearer {self.manager.token}", "Idempotency-Key": f"{path}-{number}"}
            yield "POST", path, headers, {"unit_id": self.unit, **dict(zip(names, nights, strict=True)), **more}

    def _verb(self, verb: str) -> Iterator[Request]:
        """Each of a booking that was just made, and to nights that nobody has."""
        for number, nights in self._nights():
            made = ok(self.manager.api.book(self.unit, *nights))
            _, (check_in, check_out) = next(self._nights())
            headers = {"Authorization": f"Bearer {self.manager.token}", "Idempotency-Key": f"{verb}-{number}"}
            body = {"check_in": check_in, "check_out": check_out} if verb == "move" else {}
            yield "POST", f"/v1/bookings/{made['id']}/{verb}", headers, body

    def _nights(self) -> Iterator[tuple[int, tuple[str, str]]]:
        for number in self.days:
            first = date(2029, 1, 1) + timedelta(days=number)
            yield number, (first.isoformat(), (first + timedelta(days=1)).isoformat())

    def _refused(self) -> Iterator[Request]:
        taken = {"unit_id": self.unit, "check_in": TAKEN[0], "check_out": TAKEN[1], "guest": {"name": "Late"}}
        for number in self.numbers:
            headers = {"Authorization": f"Bearer {self.manager.token}", "Idempotency-Key": f"refused-{number}"}
            yield "POST", "/v1/bookings", headers, taken

    def add_history(self, rows: int, before: date) -> None:
        """Past stays of the unit, one night each with one free night between, ending at `before`."""
        stays = []
        for number in range(rows):
            start = before - timedelta(days=2 * (number + 1))
            stays.append([f"{number:06}", start.isoformat(), (start + timedelta(days=1)).isoformat()])
        text, mark = json.dumps(stays), before.strftime("%Y%m%d")
        self.suite.d1(HISTORY, self.manager.tenant["id"], self.unit, text, mark)

    def settle(self) -> None:
        """Wait until the queues have done their work, so that it is not counted as somebody else's."""
        waiting = "SELECT COUNT(*) AS n FROM outbox WHERE tenant_id = ? AND waiting <> 0"
        tenant = self.manager.tenant["id"]
        eventually(lambda: self.suite.d1(waiting, tenant)[0]["n"] == 0, timeout=120, what="the queues to be empty")


def cost_of(answer: httpx.Response) -> Cost:
    """The `PropFlow-Cost` header as numbers."""
    return read_cost(answer.headers[COST])


def read_cost(text: str) -> Cost:
    """`d1_statements=3, rows_read=10` as numbers."""
    return {name: int(value) for name, value in (part.strip().split("=") for part in text.split(","))}


def walk_once(walk: Walk, path: Path) -> Cost:
    """One call of a path and its cost; the second call is taken, when everything is warm and nothing else happens."""
    suite, calls = walk.suite, path.requests()
    with httpx.Client(base_url=suite.url, timeout=60) as client:
        for _ in range(2):
            walk.settle()
            method, target, headers, body = next(calls)
            answer = client.request(method, target, headers=headers, json=body)
            assert answer.status_code == path.status, f"{path.name}: {answer.status_code} {answer.text}"
    return cost_of(answer) if COST in answer.headers else cost_in_log(suite, answer.headers["request-id"])


def cost_in_log(suite: Suite, request_id: str) -> Cost:
    """The cost of an answer that does not show it: where somebody comes in, it would tell who is known."""

    def line() -> str | None:
        return next(iter(lines(suite, '"request.done"', request_id)), None)

    return cost_in(eventually(line, what="the log of the request") or "")


def lines(suite: Suite, *marks: str) -> list[str]:
    """The whole lines of the log with all of these marks."""
    return [one for one in suite.output().splitlines() if all(mark in one for mark in marks) and one.endswith("}")]


def cost_in(line: str) -> Cost:
    """What a line of the log tells of costs."""
    return read_cost(json.loads(line[line.index("{") :])["cost"])


def cost_of_message(suite: Suite, walk: Walk, worker: str) -> Cost:
    """What the message of the last booking cost the Worker, from its log, which says so a little after it is done."""
    last = "SELECT id FROM outbox WHERE tenant_id = ? AND type = 'booking.confirmed' ORDER BY id DESC LIMIT 1"
    marks = ('"message.done"', f'"worker":"{worker}"', str(suite.d1(last, walk.manager.tenant["id"])[0]["id"]))
    return cost_in(eventually(lambda: lines(suite, *marks), what="the log of the message")[-1])


def cost_of_batch(suite: Suite, unit_id: str) -> Cost:
    """What the last commit through a unit's lock cost, without what was read before it."""
    return cost_in(lines(suite, '"unit.committed"', unit_id)[-1])
