"""A run of a feed that waits for its message, which no queue has yet: the test delivers it when it likes."""

from __future__ import annotations

import json
import time

from propflow import ids
from support.suite import Suite

HOUR = 3_600_000


def queued_run(suite: Suite, tenant_id: str, feed_id: str) -> tuple[str, str]:
    """The run's id and its message."""
    now = time.time_ns() // 1_000_000
    run, outbox = ids.new_id("run", now), ids.new_id("obx", now)
    named = {"tenant_id": tenant_id, "outbox_id": outbox, "feed_id": feed_id, "run_id": run}
    body = json.dumps({"type": "feed.sync_requested"} | named)
    suite.d1_batch([
        (
            "INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at) VALUES (?1, ?2, ?3, 'queued', ?4)",
            [tenant_id, feed_id, run, now],
        ),
        (
            "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
            " VALUES (?1, ?2, 'feed.sync_requested', ?3, 4, ?4, ?5)",
            [tenant_id, outbox, body, now + HOUR, now],
        ),
    ])  # fmt: skip
    return run, body
