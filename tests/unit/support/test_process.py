"""Child processes: a failure to start shows the log, and kill and stop leave nobody behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.groups import members
from support.process import NotStarted, Process
from support.waiting import eventually

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(f"child {child.pid}", flush=True)
time.sleep(60)
"""


def run(script: str, log: Path) -> Process:
    return Process("the script", [sys.executable, "-c", script], log, dict(os.environ))


def test_what_never_gets_ready_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match=r"the script ended with code 3(.|\n)*no such table"):
        run("print('no such table'); raise SystemExit(3)", tmp_path / "log").wait_for("ready", 60)


def test_what_is_too_slow_is_killed(tmp_path: Path) -> None:
    process = run("import time; print('thinking', flush=True); time.sleep(60)", tmp_path / "log")
    with pytest.raises(NotStarted, match="did not print it within 1 s"):
        process.wait_for("ready", 1)
    assert process.exit_code is not None


def test_the_output_of_an_earlier_run_is_not_taken_for_this_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run("print('ready')", log).wait_for("ready", 60)
    with pytest.raises(NotStarted):
        run("print('not yet')", log).wait_for("ready", 60)


def test_kill_takes_the_whole_group(tmp_path: Path) -> None:
    process = run(PARENT, tmp_path / "log")
    process.wait_for("child", 60)
    assert len(members(process.pid)) == 2
    process.kill()
    assert eventually(lambda: not members(process.pid), 60, "the end of the group")


def test_stop_reports_a_child_left_behind(tmp_path: Path) -> None:
    process = run(PARENT, tmp_path / "log")
    child = process.wait_for(r"child (\d+)", 60).group(1)
    with pytest.raises(AssertionError, match=f"left processes running: {child} "):
        process.stop()
    assert eventually(lambda: not members(process.pid), 60, "the end of the group")


def test_stop_gives_the_exit_code(tmp_path: Path) -> None:
    script = "import signal, time; signal.signal(15, lambda *_: exit(0)); print('ready', flush=True); time.sleep(60)"
    process = run(script, tmp_path / "log")
    process.wait_for("ready", 60)
    assert process.stop() == 0
