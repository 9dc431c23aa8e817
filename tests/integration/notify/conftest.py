"""A tenant of its own for each test."""

from __future__ import annotations

import pytest
from support.rows import Rows
from support.suite import Suite


@pytest.fixture
def rows(suite: Suite) -> Rows:
    return Rows(suite)
