"""Alerts are told once there is somebody to tell."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from support.in_memory import InMemory

from api.operations.operators import alerts
from propflow import operator_alerts

NOW = 1_800_000_000_000


def tell(core: InMemory, address: str) -> int:
    bindings: Any = SimpleNamespace(core=core, queues={}, settings=SimpleNamespace(OPERATOR_EMAIL=address))
    return asyncio.run(alerts.tell(bindings, NOW))


def test_what_nobody_can_be_told_of_stays_untold_until_there_is_an_address() -> None:
    core = InMemory("core")
    asyncio.run(core.run(operator_alerts.notice("test", "one", "Look at this.", NOW)))
    assert tell(core, "") == 0 == core.number("outbox")
    assert core.number("operator_alerts WHERE told_at IS NULL") == 1
    assert tell(core, "operators@propflow360.test") == 1 == core.number("outbox")
    assert core.number("operator_alerts WHERE told_at IS NULL") == 0
