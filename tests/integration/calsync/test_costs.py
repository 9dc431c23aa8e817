"""What a run writes: nothing of the ledger for a calendar that says the same, and little for one changed entry."""

from __future__ import annotations

import json

from integration.calsync.connected import Connected
from support.deliver import deliver_one
from support.waiting import eventually

Cost = dict[str, int]
MANY = [(3 * n, 3 * n + 2, f"HM{n:08}") for n in range(100)]


def cost(calendar: Connected) -> Cost:
    """What the message of a run cost in both Workers, by the log of calsync."""

    body = calendar.another_run()
    marks = ('"type":"feed.sync_requested"', json.loads(body)["outbox_id"])  # feeds of others are read as well

    def line() -> str | None:
        found = [one for one in calendar.suite.output().splitlines() if all(mark in one for mark in marks)]
        return next((one for one in found if one.endswith("}")), None)

    assert deliver_one(calendar.suite, "calsync", body) is None
    last = eventually(line, what="the line of the message") or ""
    parts = json.loads(last[last.index("{") :])["cost"].split(", ")
    return {name: int(value) for name, value in (part.split("=") for part in parts)}


def test_a_run_writes_in_proportion_to_what_has_changed(calendar: Connected) -> None:
    calendar.connect(calendar.publish(MANY))
    before = calendar.everything()
    same = cost(calendar)
    assert calendar.everything() == before
    calendar.publish([(0, 1, MANY[0][2]), *MANY[1:]])
    changed = cost(calendar)
    # A batch of each is the host's turn, which a run that people ask for takes.
    assert same["batches"] <= 3 and same["rows_written"] <= 7, same
    assert changed["batches"] <= 4 and changed["rows_written"] <= 18, changed
    assert changed["rows_read"] < 7 * len(MANY), changed
