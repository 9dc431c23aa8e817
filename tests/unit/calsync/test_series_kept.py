"""Occurrences of an entry that cannot be read any more are not taken for missing; those that it leaves out are."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from calsync.feeds import sync
from calsync.feeds.models import Known
from calsync.ical.reader import read
from tests.unit.calsync.calendars import calendar
from tests.unit.calsync.ranges import ranges

NOW = 1_795_860_000_000
WEEKLY = "UID:a\nDTSTART:20261210\nRRULE:FREQ=WEEKLY;COUNT=2"


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        (WEEKLY, set()),
        (f"{WEEKLY}\nEXDATE:20261217", {"a#20261217"}),
        (f"{WEEKLY}\nEXRULE:FREQ=YEARLY", set()),
        ("UID:a\nDTSTART:20261399\nRRULE:FREQ=WEEKLY", set()),
        ("UID:b\nDTSTART:20270310", {"a#20261210", "a#20261217"}),
    ],
)
def test_missing(entry: str, missing: set[str]) -> None:
    known = {
        uid: Known(
            uid=uid, start=start, end=end, kind="stay", state="imported", occupancy_id=f"occ_{uid}",
            ranges=ranges((start, end)),
        )
        for uid, start, end in (
            ("a#20261210", "2026-12-10", "2026-12-11"), ("a#20261217", "2026-12-17", "2026-12-18"),
        )
    }  # fmt: skip
    reading = read(calendar(entry), ZoneInfo("Europe/Zurich"), date(2026, 11, 28))
    decision = sync.decide(known, reading, today="2026-11-28", now=NOW, new_id=lambda prefix: f"{prefix}_new")
    assert {fact.uid for fact in decision.facts if fact.missing_since is not None} == missing
