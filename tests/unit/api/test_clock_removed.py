"""A test space whose clock was put away: what its feeds know is not later than the real time."""

from __future__ import annotations

from api.channels.feeds import repository
from tests.unit.calsync.core_database import FEED, TENANT, Core

NOW, LATER = 1_800_000_000_000, 1_900_000_000_000
TIMES = "SELECT last_attempt_at, last_success_at, empty_since FROM feeds"
MISSED = "SELECT uid, missing_since FROM feed_events ORDER BY uid"


def missed(core: Core, uid: str, since: int | None) -> None:
    core.run(
        "INSERT INTO feed_events (tenant_id, feed_id, uid, start_date, end_date, kind, state, occupancy_id,"
        " missing_since, created_at, updated_at) VALUES (?, ?, ?, '2027-01-01', '2027-01-02', 'stay', 'imported', ?,"
        " ?, 0, 0)",
        TENANT, FEED, uid, f"occ_{uid}", since,
    )  # fmt: skip


def test_what_lies_ahead_is_now_and_nothing_else_changes() -> None:
    core = Core()
    core.run("UPDATE feeds SET last_attempt_at = ?, last_success_at = ?", LATER, NOW - 1)
    for uid, since in (("a", LATER), ("b", NOW - 1), ("c", None)):
        missed(core, uid, since)
    core.batch(repository.back_to("ten_other", NOW))
    assert core.run(TIMES)[0]["last_attempt_at"] == LATER
    core.batch(repository.back_to(TENANT, NOW))
    assert core.run(TIMES) == [{"last_attempt_at": NOW, "last_success_at": NOW - 1, "empty_since": None}]
    assert [row["missing_since"] for row in core.run(MISSED)] == [NOW, NOW - 1, None]
