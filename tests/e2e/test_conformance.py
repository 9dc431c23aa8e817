"""What the API answers is what its document says: schemathesis against the running product as two tenants."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.conformance import configuration, credentials
from support.surface.document import operations
from support.surface.recipes import RECIPES
from support.surface.roles import verify
from support.surface.world import new_world

SEED = int(os.environ.get("SEED", "20261121"))
EXAMPLES = int(os.environ.get("EXAMPLES", "5"))  # fuzzed cases per route, beside the enumerated ones
FEWEST = 2_000


@pytest.mark.timeout(1800)
def test_the_product_answers_as_its_document_says(suite: Suite, standin: StandIn, tmp_path: Path) -> None:
    """All checks of schemathesis, and that neither tenant reads what the other made.

    What may end a session is called by others, and last, so that the rest is not asked of nobody.
    """
    routes = operations(suite.url)
    ends = [route.path for route in routes if RECIPES[route.name].ends]
    begun, reports = time.monotonic(), []
    for number, (names, filters) in enumerate(
        [(("Alice", "Bob"), [f"--exclude-path={path}" for path in ends]),
         (("Carol", "Dora"), [f"--include-path={path}" for path in ends])]
    ):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        worlds = [new_world(suite, standin, name).everything() for name in names]
        for world in worlds:
            verify(suite, world.manager.user["id"])
        (folder / "auth.json").write_text(json.dumps(credentials(worlds)))
        (folder / "schemathesis.toml").write_text(configuration(worlds))
        report, shown = run(suite, folder, filters)
        reports.append(report)
        assert report["failures"] == [] and report["errors"] == [], shown
        assert report["complete"] and report["exit_code"] == 0, shown
        for world in worlds:
            signed_in = world.manager.api.me().status_code == 200
            assert signed_in or number == 1, "a session ended, so the cases after it proved little"
            world.manager.api.close()
    cases = sum(report["test_cases"]["generated"] for report in reports)
    tested = sum(report["operations"]["tested"] for report in reports)
    print(f"\nschemathesis: seed {SEED}, {cases} cases, {tested} routes, failures 0, {time.monotonic() - begun:.0f} s")
    assert cases >= FEWEST
    assert tested == len(routes)


def run(suite: Suite, folder: Path, filters: list[str]) -> tuple[dict[str, Any], str]:
    """One run; its report and what it printed."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", "schemathesis.toml",
        "run", f"{suite.url}/openapi.json", "--checks", "all", "--workers", "4", "--max-examples", str(EXAMPLES),
        "--seed", str(SEED), "--continue-on-failure", "--no-color", "--report", "json",
        "--report-json-path", "report.json", "--generation-database", "none", "--suppress-health-check", "all",
        *filters,
    ]  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "support.surface.hooks", "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1700)
    shown = (done.stdout + done.stderr)[-20_000:]
    assert (folder / "report.json").exists(), shown
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report, shown
