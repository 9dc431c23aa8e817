"""Waiting until the queues have done everything."""

from __future__ import annotations

import json
import time

from support.suite import Suite
from support.waiting import eventually

# Of who is suspended nothing is done.
LEFT = """
SELECT * FROM outbox INDEXED BY outbox_waiting
WHERE waiting <> 0 AND tenant_id IN (
  SELECT value FROM json_each(?1) WHERE value NOT IN (SELECT id FROM tenants WHERE suspended_at IS NOT NULL)) LIMIT 3"""
PATIENCE = 300  # s
SWEEP = 65  # s, after which the schedule takes for lost what was sent at once


def settle(suite: Suite, *tenants: str) -> None:
    """Wait until the queues have done everything for these tenants.

    No schedule runs by itself in tests, so what could not be sent at once is sent again as it would be after a minute.
    """
    owners, begun = json.dumps(tenants), time.monotonic()

    def empty() -> bool:
        left = suite.d1(LEFT, owners)
        if left and time.monotonic() - begun > SWEEP:
            suite.cron("api")
        assert not left, left
        return True

    eventually(empty, PATIENCE, "the queues to be empty")
