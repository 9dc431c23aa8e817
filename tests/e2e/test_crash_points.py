"""A crash at every point of every path: one effect, nothing lost, no ghost.

A point is a call that leaves Python, just before it is made or just when it was answered (infra/local/host/points.mjs).
The points of a path are those that a clean run passes, so that a new call on it is crashed at by itself. Each point
gets a request that stops there for good; then the whole runtime is killed, once for all of them, and started again.
"""

import contextlib
import itertools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from support.client import Api
from support.complete import faults, let_leases_end
from support.crash_cases import PATHS, Case, Scene, book, fate_of, hold, stay_of
from support.ledger import final_rows
from support.ledger_checker import overlaps
from support.people import ok, sign_up
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.waiting import eventually

NOISE = "usage_days|UPDATE sessions"  # what an isolate writes now and then, whoever asks
AFTER_ANSWER = "audit_events|UPDATE outbox"
WITHIN = "DO_UNIT_LOCK.commit"
ALL = bool(os.environ.get("CRASH_POINTS_ALL"))
MOMENT = 60  # s, which is enough to stop them all
SHORT = 5  # s, which is enough to begin to watch the alarm
LEFT = "SELECT id FROM occupancies WHERE tenant_id = ? AND live = 1"
MINUTE = 60_000  # ms
QUEUES = {"notify": "notifications", "billing": "billing", "calsync": "calsync"}


@pytest.fixture
def mortal(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """A runtime whose Workers can be stopped at their crash points."""
    runtime = Suite(standin.url, state=tmp_path, crash_points=True).start()
    yield runtime
    runtime.stop()


@dataclass
class Crashes:
    """Everything that was stopped, and how many points there are."""

    suite: Suite
    standin: StandIn
    scenes: list[Scene] = field(default_factory=list)
    cases: list[tuple[str, Case]] = field(default_factory=list)
    points: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    held_up: set[str] = field(default_factory=set)

    def stage(self, name: str) -> Scene:
        self.suite.watch_points("api")
        self.held_up = self.waiting()
        scene = Scene(self.suite, sign_up(Api(self.suite.url), name))
        self.scenes.append(scene)
        return scene

    def path(self, name: str, make: Callable[[Scene, bool], Case]) -> list[str]:
        """Stop a request at each point of its path; returns the points."""
        scene = self.stage("Alice")
        names = self.passed(make(scene, False), name)
        within = self.locked(names)  # there a lock is left behind
        self.suite.watch_points("api")
        cases = {number: make(scene, number in within) for number in chosen(names)}
        self.quiet()
        for number, case in cases.items():
            self.stop(case, names, number)
            self.cases.append((f"{name}, {names[number]}", case))
        self.count(name, cases, names)
        return names

    def locked(self, names: list[str]) -> range:
        """The points at which a lock is held. An import takes none: it is of many units, and the database judges."""
        if f"{WITHIN} →" not in names:
            return range(0)
        return range(names.index(f"{WITHIN} →"), len(names) - names[::-1].index(f"{WITHIN} ←"))

    def count(self, name: str, crashed: Iterable[int], names: list[str]) -> None:
        self.crashed[name] = len(list(crashed))
        self.points[name] = len(names)

    def passed(self, case: Case, name: str) -> list[str]:
        """The points of a run without a crash."""
        self.quiet()
        self.suite.watch_points("api", ignore=NOISE)
        assert case.ask().is_success
        self.quiet()
        self.cases.append((f"{name}, no crash", case))
        return list(self.suite.points("api")["passed"])

    def stop(self, case: Case, names: list[str], number: int) -> None:
        """Let the request come as far as that point."""
        self.suite.watch_points("api", stop_at=number, ignore=NOISE)
        in_background(case.ask)
        self.stopped("api", names, number)

    def stopped(self, worker: str, names: list[str], number: int) -> None:
        def there() -> Row | None:
            seen = self.suite.points(worker)
            return seen if seen["stopped"] else None

        seen = eventually(there, what=f"{worker} to stop at {names[number]}")
        wanted = {"passed": names[:number], "stopped": names[number]}
        assert seen == wanted, "\n".join([f"at point {number}:", *seen["passed"], f"stopped at {seen['stopped']}"])

    def waiting(self, which: str = "message ->> 'request_id' <> ''") -> set[str]:
        """The rows of the outbox that somebody has still to act on; what a trigger wrote waits for the schedule."""
        return {row["id"] for row in self.suite.d1(f"SELECT id FROM outbox WHERE waiting <> 0 AND {which}")}

    def quiet(self) -> None:
        """What no crash holds up is done."""
        eventually(lambda: self.waiting() <= self.held_up, timeout=120, what="what is under way to end")

    def consumers(self, names: list[str]) -> None:
        """Stop each consumer at each of its points, at messages that the api Worker did not come to send."""
        scene, unsent = self.stage("Carol"), names.index("Q_NOTIFICATIONS.sendBatch →")
        self.quiet()  # a queue that delivers to a Worker that has stopped delivers nothing any more
        clean = self.unsent(scene, names, unsent)
        for worker, queue in QUEUES.items():
            self.suite.watch_points(worker)
            assert self.suite.queue(worker, queue, [clean])["outcome"] == "ok"
        paths = {worker: list(self.suite.points(worker)["passed"]) for worker in QUEUES}
        for number in sorted({number for path in paths.values() for number in chosen(path)}):
            message = self.unsent(scene, names, unsent)
            for worker, path in paths.items():
                if number in chosen(path):
                    self.suite.watch_points(worker, stop_at=number)
                    in_background(self.suite.queue, worker, QUEUES[worker], [message])
                    self.stopped(worker, path, number)
        for worker, path in paths.items():
            self.suite.watch_points(worker)
            self.count(worker, chosen(path), path)

    def unsent(self, scene: Scene, names: list[str], number: int) -> str:
        """The message of a booking that was made, and of which the queues know nothing."""
        case = book(scene, False)
        self.stop(case, names, number)
        self.cases.append(("a consumer", case))
        [guest] = case.fates
        sql = """SELECT o.message FROM outbox AS o JOIN bookings AS b ON b.id = o.message ->> 'booking_id'
                 WHERE b.guest_email = ?"""
        return str(self.suite.d1(sql, guest)[0]["message"])

    def alarms(self) -> list[str]:
        """Stop UnitLock's alarm at each of its points; returns the holds that it was to close."""
        scene, held, names = self.stage("Dave"), list[str](), list[str]()
        while not held or len(held) <= len(names):
            self.suite.watch_points("api")
            unit = scene.manager.new_unit()
            ok(scene.manager.api.hold(unit, "2029-03-01", "2029-03-03", ttl_seconds=1800))
            short = ok(scene.manager.api.hold(unit, "2029-01-01", "2029-01-03", ttl_seconds=SHORT))
            self.suite.watch_points("api", stop_at=len(held) - 1 if held else None, ignore=f"{NOISE}|{AFTER_ANSWER}")
            if held:
                self.stopped("api", names, len(held) - 1)
            else:
                eventually(lambda: "storage.setAlarm ←" in self.suite.points("api")["passed"], what="its end")
                names = self.suite.points("api")["passed"]
            held.append(short["occupancy_id"])
        self.count("alarm", range(len(names)), names)
        return held

    def forgotten(self, names: list[str]) -> str:
        """Stop a short hold at each of its points, for which nobody asks again; returns the tenant."""
        scene = self.stage("Erin")
        calls = {number: hold(scene, True, ttl=MOMENT).ask for number in chosen(names)}
        self.quiet()
        for number, ask in calls.items():
            self.suite.watch_points("api", stop_at=number, ignore=NOISE)
            in_background(ask)
            self.stopped("api", names, number)
        return scene.manager.tenant["id"]

    def sweeps(self) -> None:
        """Stop the api's schedule at each of its points. There is more to do the earlier one before stopped."""
        number, later = 0, int(time.time() * 1000)
        while True:
            later += 12 * 60 * MINUTE
            self.suite.watch_points("api", stop_at=number)
            run = in_background(self.suite.cron, "api", None, later)
            eventually(lambda run=run: not run.is_alive() or self.suite.points("api")["stopped"], what="the schedule")
            if not run.is_alive():
                break
            number += 1
        self.points["schedule"] = self.crashed["schedule"] = number
        self.suite.watch_points("api")

    def judge(self, name: str, case: Case) -> None:
        """What must be true of a case when all is over."""
        for guest, wanted in case.fates.items():
            _, found = fate_of(self.suite, guest, len(self.standin.emails(guest)))
            if found != wanted:
                self.failed.append(f"{name}: {found}, not {wanted}")
        if case.hold is not None:
            sql = "SELECT id FROM occupancies WHERE unit_id = ? AND start_date = ? AND end_date = ? AND live = 1"
            found_holds = self.suite.d1(sql, *case.hold)
            if len(found_holds) != 1:
                self.failed.append(f"{name}: {len(found_holds)} holds")
        if case.stay is not None:
            found_stay = stay_of(self.suite, case.stay)
            state, told = case.left
            if found_stay != ([case.stay[1:]] if state == "imported" else [], [state], told):
                self.failed.append(f"{name}: {found_stay}")


def chosen(names: list[str]) -> list[int]:
    """Before every call, after the last and after the commit; with CRASH_POINTS_ALL=1 every point.

    Between the answer to one call and the next call nothing happens outside, so both are the same crash.
    """
    committed, last = f"{WITHIN} ←", len(names) - 1
    return [n for n, name in enumerate(names) if ALL or name.endswith("→") or name == committed or n == last]


def in_background(work: Callable[..., object], *args: object) -> threading.Thread:
    """Begin what may never end; what the kill does to it says nothing."""

    def quietly() -> None:
        with contextlib.suppress(httpx.HTTPError):
            work(*args)

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    return thread


@pytest.mark.timeout(1800)
def test_a_crash_at_any_point_leaves_one_effect(mortal: Suite, standin: StandIn) -> None:
    crashes = Crashes(mortal, standin)
    names = [crashes.path(name, make) for name, make in PATHS.items()]
    crashes.consumers(names[0])
    held = crashes.alarms()
    forgetful = crashes.forgotten(names[list(PATHS).index("hold")])
    mortal.kill()
    mortal.start()
    let_leases_end(mortal)

    for name, case in crashes.cases:
        first, again = case.ask(), case.ask()
        assert first.is_success, f"{name}: {first.text}"
        assert (again.status_code, again.text) == (first.status_code, first.text), name
        assert again.headers["Idempotency-Replayed"] == "true", name
    crashes.sweeps()
    later = itertools.count(1)

    def settled() -> bool:
        mortal.cron("api", at=int(time.time() * 1000) + (60 + next(later)) * 7 * 60 * MINUTE)
        time.sleep(1)
        return not crashes.waiting("true")

    eventually(settled, timeout=300, what="every row of the outbox to be closed")
    for name, case in crashes.cases:
        crashes.judge(name, case)
    assert crashes.failed == []
    for scene in crashes.scenes:
        assert overlaps(final_rows(mortal, scene.manager.tenant["id"])) == []
        assert faults(mortal, standin, scene.manager.tenant["id"]) == []
    alarmed = "SELECT COUNT(*) AS n FROM occupancies WHERE live = 0 AND id IN (SELECT value FROM json_each(?))"
    eventually(lambda: not mortal.d1(LEFT, forgetful), timeout=MOMENT + 60, what="short holds to end")
    eventually(lambda: mortal.d1(alarmed, json.dumps(held))[0]["n"] == len(held), what="the alarms to come again")
    print(f"crashed at {crashes.crashed.total()} of {crashes.points.total()} points: {dict(crashes.points)}")
