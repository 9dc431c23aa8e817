"""A connected calendar for each test."""

from __future__ import annotations

import pytest
from integration.calsync.connected import Connected
from support.people import Manager
from support.standin_client import StandIn
from support.suite import Suite


@pytest.fixture
def calendar(suite: Suite, faults: StandIn, alice: Manager) -> Connected:
    return Connected(suite, faults, alice)
