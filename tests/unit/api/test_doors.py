"""Every way in, and everything that runs by itself, says in docs/access.md what becomes of a suspended tenant."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from support.process import ROOT

import api.pages.landing.routes
import api.pages.manual.routes
from api.operations import upkeep
from infra.manifest import load
from tests.unit.api.test_permissions import ANYBODY

TEXT = (ROOT / "docs/access.md").read_text().partition("## Shut out")[2]
TOLD = set(re.findall(r"`([^`]+)`", TEXT))
WORKERS = ROOT / "workers"


def methods(path: Path, name: str) -> Iterator[str]:
    """The public methods of a class in a file."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield from (one.name for one in node.body if isinstance(one, ast.AsyncFunctionDef) and one.name[0] != "_")


def classes_with_an_alarm() -> Iterator[str]:
    for path in sorted((WORKERS / "api/src/api/objects").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and "alarm" in methods(path, node.name):
                yield node.name


def test_routes_without_a_permission_are_told() -> None:
    hidden = {route.path for one in (api.pages.landing, api.pages.manual) for route in one.routes.router.routes}
    assert (ANYBODY | hidden | {"/operator/…"}) - TOLD == set()


def test_doors_beside_the_routes_are_told() -> None:
    asked = re.findall(r"if (\w+)\.is_ours\(|path == (\w+)\.PATH", (WORKERS / "api/src/entry.py").read_text())
    assert asked == [("ical", ""), ("files", ""), ("", "realtime")]
    assert {"/ical/…", "/files/…", "/v1/realtime"} <= TOLD


def test_consumers_of_queues_are_told() -> None:
    consumed = {queue for worker in load().workers.values() for queue in worker.consumes}
    assert consumed and consumed - TOLD == set()


def test_calls_of_other_workers_are_told() -> None:
    called = {name for path in WORKERS.glob("*/src/entry.py") for name in methods(path, "Internal")}
    assert called and called - TOLD == set()


def test_alarms_are_told() -> None:
    found = set(classes_with_an_alarm())
    assert found and found - TOLD == set()


def test_what_runs_by_the_clock_is_told() -> None:
    crons = {name for name, worker in load().workers.items() if worker.crons}
    assert crons == {"api", "calsync"}
    jobs = set(re.findall(r'\("([a-z_.]+)", lambda', (WORKERS / "api/src/api/operations/upkeep.py").read_text()))
    over = {name for name in upkeep.forgetting(0) if name.endswith((".expire", ".forget"))}
    assert jobs and (jobs | set(upkeep.forgetting(0))) - over - TOLD == set()
    asked = re.findall(r"(\w+)\.queue_due\(", (WORKERS / "calsync/src/entry.py").read_text())
    assert asked == ["schedule", "pushes"] and {"feeds due", "pushes due"} <= TOLD
