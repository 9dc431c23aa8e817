"""The life of the process: reload on a change, state that stays, and no orphan when it is killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.groups import members
from support.process import ROOT, Process
from support.suite import find_node


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Path]]:
    """A run of its own, on a copy of the fixture that may be changed."""
    state = tmp_path_factory.mktemp("own")
    fixture = shutil.copytree(ROOT / "tests/contract/worker", state / "worker")
    env = {**os.environ, "STATE": str(state), "PORT": "0", "CONTROL_PORT": "0", "WATCH": "on", "FIXTURE": str(fixture)}
    process = Process("the copy", [str(find_node()), str(ROOT / "tests/contract/run.mjs")], state / "run.log", env)
    yield process, fixture
    process.kill()


def rpc(process: Process, entrypoint: str, method: str, *args: object) -> httpx.Response:
    """A call through the control server."""
    control = process.wait_for(r"control: (\S+)", 120).group(1)
    body = {"worker": "worker", "entrypoint": entrypoint, "method": method, "args": list(args)}
    return httpx.post(f"{control}/rpc", json=body, timeout=60)


def test_a_change_reloads_and_state_stays(own: tuple[Process, Path]) -> None:
    process, fixture = own
    assert rpc(process, "Storage", "batch", [1, "kept"]).json() == [1]
    process.wait_for(r"ready:", 60)
    boot = fixture / "src/contract/boot.py"
    boot.write_text(boot.read_text().replace('"platform": sys.platform', '"platform": "changed"'))
    process.wait_for(r"\S+ changed; reloaded in", 60)
    assert rpc(process, "Boot", "versions").json()["platform"] == "changed"
    assert rpc(process, "Storage", "names").json() == ["kept"]


def test_a_new_migration_is_applied(own: tuple[Process, Path]) -> None:
    process, fixture = own
    process.wait_for(r"ready:", 60)
    (fixture / "migrations/0003_name_things.sql").write_text("ALTER TABLE things ADD COLUMN note TEXT;\n")
    process.wait_for(r"\S+: applied 0003_name_things.sql", 60)
    process.wait_for(r"0003_name_things.sql changed; reloaded in", 60)


def test_a_mistake_is_shown_and_repaired_without_a_restart(own: tuple[Process, Path]) -> None:
    process, fixture = own
    entry = fixture / "src/entry.py"
    good = entry.read_text()
    entry.write_text(good.replace("at_import.MAIN_IMPORTS += 1", "at_import.MISSPELT += 1"))
    process.wait_for(r"entry.py changed; worker did not start", 60)
    assert "has no attribute 'MISSPELT'" in process.output()
    entry.write_text(good + "\nclass (:\n")
    process.wait_for(r"entry.py changed; the reload failed", 60)
    entry.write_text(good)
    process.wait_for(r"entry.py changed; reloaded in", 60)
    assert rpc(process, "Boot", "main_imports").json() == 1


def test_workerd_does_not_outlive_a_killed_node(own: tuple[Process, Path]) -> None:
    process, _ = own
    os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while (left := [m for m in members(process.pid) if "workerd" in m]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
