"""The importer against a model: whatever feeds say and bookings take, no night is sold twice and no fact is lost.

Random days on the real schema: events appear, move, vanish and return, bookings come and go, runs follow each other.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.channels.conflicts import repository as conflicts
from calsync.ical.models import Event
from propflow.clock import MINUTE
from tests.unit.calsync.core_database import FEED, TENANT, Core
from tests.unit.calsync.runs import TODAY, run

FIRST = date.fromisoformat(TODAY)
RANGES = st.tuples(st.integers(-2, 8), st.integers(1, 4))


def span(at: tuple[int, int]) -> tuple[str, str]:
    start = FIRST + timedelta(days=at[0])
    return start.isoformat(), (start + timedelta(days=at[1])).isoformat()


def each(start: str, end: str) -> list[str]:
    first = date.fromisoformat(start)
    return [(first + timedelta(days=more)).isoformat() for more in range((date.fromisoformat(end) - first).days)]


def nights_of(fields: dict[str, Any]) -> list[list[str]]:
    return list(fields.get("nights", [[fields["start"], fields["end"]]]))


class Importer(RuleBasedStateMachine):
    """One unit, one feed, and bookings that come in between."""

    def __init__(self) -> None:
        super().__init__()
        self.core = Core()
        self.now = 1_794_300_000_000
        self.ids = itertools.count()
        self.today = FIRST
        self.calendar: dict[str, tuple[str, str]] = {}

    @rule(uid=st.sampled_from("abcde"), at=RANGES)
    def the_channel_takes_or_moves(self, uid: str, at: tuple[int, int]) -> None:
        self.calendar[uid] = span(at)

    @rule(uid=st.sampled_from("abcde"))
    def the_channel_cancels(self, uid: str) -> None:
        self.calendar.pop(uid, None)

    @rule(at=RANGES)
    def somebody_books(self, at: tuple[int, int]) -> None:
        start, end = span(at)
        if all(taken[1] <= start or end <= taken[0] for taken in self.core.live()):
            number = next(self.ids)
            self.core.occupy(f"occ_booking{number}", start, end)
            self.core.run(
                "INSERT INTO bookings (tenant_id, id, unit_id, occupancy_id, status, check_in, check_out, guests,"
                " guest_name, total_amount, currency, lines, created_at, updated_at)"
                " VALUES ('ten_1', ?, 'unit_1', ?, 'confirmed', ?, ?, 1, 'Ada', 0, 'CHF', '[]', 0, 0)",
                f"bkg_{number}", f"occ_booking{number}", start, end,
            )  # fmt: skip

    @rule()
    def somebody_says_that_it_is_a_booking(self) -> None:
        """What is in conflict with a booking is one stay with it, of the same nights or not."""
        found = self.core.run(
            "SELECT c.*, e.updated_at AS said_at, b.id AS booking_id,"
            " (e.start_date, e.end_date) = (o.start_date, o.end_date) AS fits"
            " FROM conflicts c JOIN feed_events e ON e.uid = c.uid AND e.state = 'conflict'"
            " JOIN occupancies o ON o.kind = 'booking' AND o.live = 1 AND o.start_date < e.end_date"
            "   AND o.end_date > e.start_date JOIN bookings b ON b.occupancy_id = o.id"
            " WHERE c.status = 'open' AND b.id NOT IN (SELECT booking_id FROM feed_events WHERE booking_id IS NOT NULL)"
            " ORDER BY c.id LIMIT 1"
        )
        for row in found:
            conflict = conflicts.ConflictRow(
                id=row["id"], unit_id="unit_1", feed_id=FEED, start_date=row["start_date"], end_date=row["end_date"],
                status="open", ours="[]", version=row["version"], created_at=0, host="", uid=row["uid"],
                said_at=row["said_at"],
            )  # fmt: skip
            fits = bool(row["fits"])
            ended = conflicts.resolve(TENANT, conflict, "same_stay", None, "usr_1", self.now) if fits else []
            linked = conflicts.link(TENANT, conflict, row["booking_id"], 1, self.now, fits=fits)
            self.core.batch([*ended, *linked])

    @rule(at=RANGES)
    def somebody_moves_a_booking(self, at: tuple[int, int]) -> None:
        start, end = span(at)
        last = "SELECT max(id) FROM occupancies WHERE kind = 'booking' AND live"
        with contextlib.suppress(sqlite3.IntegrityError):
            self.core.run(f"UPDATE occupancies SET start_date = ?, end_date = ? WHERE id = ({last})", start, end)

    @rule()
    def somebody_cancels(self) -> None:
        last = "SELECT max(id) FROM occupancies WHERE kind = 'booking' AND live"
        self.core.run(f"UPDATE occupancies SET live = 0 WHERE id = ({last})")

    @rule()
    def a_day_passes(self) -> None:
        self.today += timedelta(days=1)

    @rule(minutes=st.sampled_from([5, 31]))
    def a_run(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        was = self.core.live()
        _, announced = run(
            self.core, [Event(uid, *nights) for uid, nights in self.calendar.items()], self.now, self.today.isoformat()
        )
        assert announced or self.core.live() == was
        self.every_fact_is_there()

    def every_fact_is_there(self) -> None:
        rows = self.core.run(
            "SELECT e.uid, e.booking_id,"
            " e.start_date, e.end_date, e.state, e.updated_at, o.live, o.start_date AS s, o.end_date AS e,"
            " (SELECT count(*) FROM stay_nights r WHERE r.tenant_id = e.tenant_id AND r.stay_id = e.occupancy_id)"
            " AS ranges,"
            " (SELECT count(*) FROM waiting_stays w WHERE w.id = e.occupancy_id AND w.uid = e.uid) AS waiting,"
            " (SELECT count(*) FROM conflicts c WHERE c.uid = e.uid AND c.status = 'open') AS open"
            " FROM feed_events e LEFT JOIN occupancies o ON o.id = e.occupancy_id"
        )
        found = {row["uid"]: row for row in rows}
        for uid, nights in self.calendar.items():
            if nights[1] > self.today.isoformat():
                row = found[uid]
                cut = row["end_date"] == nights[1] and row["start_date"] < nights[0] <= self.today.isoformat()
                assert (row["start_date"], row["end_date"]) == nights or cut, "or it began before it was cut off"
                assert row["state"] in ("imported", "conflict", "waiting")
        for row in rows:
            assert (row["state"] == "conflict") == (row["open"] == 1)
            stale = row["state"] == "conflict" and row["end_date"] <= self.today.isoformat()
            assert not stale or row["updated_at"] == self.now, "a conflict that has ended is closed by the next run"
            if row["state"] == "imported":
                assert (row["live"], row["s"], row["e"]) == (1, row["start_date"], row["end_date"])
                assert row["booking_id"] is None, "a stay of its own"
            if row["state"] == "removed":
                assert row["ranges"] == 0
            assert row["waiting"] == (row["state"] in ("conflict", "waiting"))

    @invariant()
    def the_events_tell_exactly_which_nights_the_feed_has(self) -> None:
        told: dict[str, list[list[str]]] = {}
        for row in self.core.run("SELECT * FROM events WHERE type LIKE 'occupancy.%' ORDER BY position"):
            changed, previous = json.loads(row["changed"]), json.loads(row["previous"])
            if previous:
                assert told.pop(row["object_id"]) == nights_of(previous)
            if changed:
                assert row["object_id"] not in told
                told[row["object_id"]] = nights_of(changed)
        held: dict[str, list[list[str]]] = {}
        for row in self.core.run(
            "SELECT coalesce(stay_id, id) AS stay, start_date, end_date FROM occupancies"
            " WHERE kind = 'ical' AND live = 1 ORDER BY start_date"
        ):
            held.setdefault(row["stay"], []).append([row["start_date"], row["end_date"]])
        assert told == held

    @invariant()
    def no_night_of_a_stay_is_open(self) -> None:
        taken = {night for nights in self.core.live() for night in each(*nights)}
        for row in self.core.run("SELECT start_date, end_date FROM waiting_stays"):
            assert taken.issuperset(each(row["start_date"], row["end_date"]))

    @invariant()
    def no_night_is_taken_twice(self) -> None:
        live = self.core.live()
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(live))


TestImporter = Importer.TestCase
TestImporter.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
