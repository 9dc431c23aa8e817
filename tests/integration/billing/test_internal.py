"""What other Workers ask of billing."""

from __future__ import annotations

import json
from typing import Any

from support.suite import Suite


def ask(suite: Suite, method: str, request: Any) -> Any:
    return json.loads(suite.rpc("billing", method, json.dumps(request)))


def test_health(suite: Suite) -> None:
    assert ask(suite, "health", {}) == {"value": {"worker": "billing", "environment": "local"}}
