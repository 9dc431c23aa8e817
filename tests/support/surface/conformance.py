"""What schemathesis is told about the product: two tenants, ids that exist, and where a refusal is right."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from support.surface.recipes import KINDS
from support.surface.world import World

REFUSALS = ["2xx", 303, 304, 400, 401, 402, 403, 404, 409, 412, 422, 428, 429]
"""What well-formed input may get: a schema cannot say that a check-out comes after its check-in, nor which version of
a thing is the present one, nor how many mails there were today. Whoever sends `If-None-Match: *` has it already."""
MISSED = [400, 401, 403, 404, 409, 422, 428]
"""What a request without a header that it needs may get: other faults may be found first."""
DATES = [f"2033-{month:02}-{day:02}" for month in range(1, 13) for day in (3, 17)]


def credentials(worlds: Iterable[World]) -> dict[str, Any]:
    """One peer per tenant: https://github.com/WebFuzzing/Commons"""
    return {
        "auth": [
            {
                "name": world.manager.name,
                "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {world.manager.token}"}],
            }
            for world in worlds
        ]
    }


def configuration(worlds: list[World]) -> str:
    """schemathesis.toml: https://schemathesis.readthedocs.io/en/stable/reference/configuration/"""
    peers = json.dumps([world.manager.name for world in worlds])
    lines = [
        "request-timeout = 120",  # s; a busy machine is no failure
        f'[auth.wfc]\npath = "auth.json"\npeers = {peers}',
        f"[checks.positive_data_acceptance]\nexpected-statuses = {json.dumps(REFUSALS)}",
        f"[checks.missing_required_header]\nexpected-statuses = {json.dumps(MISSED)}",
        *(f'[dictionaries.{kind}]\nvalues = {json.dumps([world.one(kind) for world in worlds])}'
          for kind in sorted(set(KINDS.values()))),
        f"[dictionaries.nights]\nvalues = {json.dumps(DATES)}",
        "[parameters]",
        *(f'"{where}.{name}" = {{ dictionary = "{kind}", probability = 0.6 }}'
          for name, kind in KINDS.items() for where in ("path", "query", "body")),
        *(f'"{where}.{name}" = {{ dictionary = "nights", probability = 0.6 }}'
          for name in ("check_in", "check_out", "start", "end") for where in ("query", "body")),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
