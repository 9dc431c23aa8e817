"""`make dev` as a process: how it starts beside others, what it says when it cannot, and how Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.demo import addresses
from support.groups import members
from support.process import ROOT, Process
from support.suite import find_node
from support.waiting import eventually

MAIN = [str(find_node()), str(ROOT / "infra/local/main.mjs")]
MAIL = {"from": "a@example.net", "to": ["b@example.net"], "subject": "Kept", "text": "over restarts"}
STOP_EVERY = int(os.environ.get("STOP_EVERY", "9"))  # tenths of a second
STARTING = re.compile(r"preparing |DB_\w+: applied |emails and messages: |ready: |started in ")
ASKED = ("STANDIN_URL", "CALENDAR_HOSTS_ALLOWED", "CONTROL_PORT", "VARS", "LIMITS", "LOCAL_WORKERD")


def environment(state: Path, port: int, **more: str) -> dict[str, str]:
    """Of a run that a person starts, whatever this one has."""
    own = {name: value for name, value in os.environ.items() if name not in ASKED}
    return {**own, "STATE": str(state), "PORT": str(port), "CRON": "off", **more}


def dev(state: Path, port: int, **more: str) -> Process:
    """A run in a process group of its own."""
    return Process("make dev", MAIN, state / "dev.log", environment(state, port, **more))


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """A port that is free, with the one after it, where the stand-in wants to be, in use."""
    for port in range(20_000, 30_000, 2):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:  # one that was bound cannot be bound again
                continue
            second.listen()
            first.close()
            yield port
            return


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, taken: int) -> Iterator[tuple[Process, Path]]:
    """One run, and its state."""
    state = tmp_path_factory.mktemp("dev")
    process = dev(state, taken, CALENDAR_HOSTS_ALLOWED="127.0.0.1:9,example.com")
    process.wait_for("ready: ", 120)
    yield process, state
    process.kill()


def test_a_taken_port_beside_the_product_does_not_matter(run: tuple[Process, Path], taken: int) -> None:
    url, standin = addresses({"STATE": str(run[1])})
    assert url == f"http://127.0.0.1:{taken}"
    assert standin != f"http://127.0.0.1:{taken + 1}"
    assert f"emails and messages: {standin}" in run[0].output()
    assert httpx.get(standin, timeout=60).is_success


def test_a_host_that_is_not_local_is_reported_in_one_line(run: tuple[Process, Path]) -> None:
    (line,) = [line for line in run[0].output().splitlines() if "CALENDAR_HOSTS_ALLOWED" in line]
    assert line.startswith("CALENDAR_HOSTS_ALLOWED: example.com has no effect")


def test_a_state_is_of_one_run(run: tuple[Process, Path], tmp_path: Path) -> None:
    assert refusal(run[1], PORT="0") == (
        f"{run[1]} is in use by a run with process id {run[0].pid}: stop that, or set STATE to another folder"
    )


def test_ctrl_c_ends_all_quietly(run: tuple[Process, Path]) -> None:
    process, state = run
    before = process.wait_for(r"started in .*\n", 60).string  # the last that a start says
    standin = addresses({"STATE": str(state)})[1]
    httpx.post(
        f"{standin}/resend/emails", json=MAIL, headers={"Authorization": "Bearer x"}, timeout=60
    ).raise_for_status()
    os.killpg(process.pid, signal.SIGINT)
    deadline = time.monotonic() + 60
    while (process.exit_code is None or members(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (process.exit_code, members(process.pid)) == (0, [])
    assert process.output() == before
    assert not (state / "run.json").exists()


def test_the_next_run_remembers_and_ignores_the_note_of_a_killed_one(run: tuple[Process, Path]) -> None:
    _, state = run
    (state / "run.json").write_text(json.dumps({"pid": os.getpid(), "since": "0"}))  # the id was given out again
    process = dev(state, 0)
    try:
        process.wait_for("ready: ", 120)
        received = httpx.get(f"{addresses({'STATE': str(state)})[1]}/_control/received", timeout=60).json()
        assert [email["subject"] for email in received["emails"]] == ["Kept"]
    finally:
        process.kill()


@pytest.mark.parametrize("tenths", range(2, 60, STOP_EVERY))
def test_a_stop_at_any_moment_of_the_start_is_a_clean_one(tenths: int, tmp_path: Path) -> None:
    process = dev(tmp_path, 0)
    try:
        time.sleep(tenths / 10)
        os.killpg(process.pid, signal.SIGINT)
        code = process.stop()
        said = process.output().splitlines()
        # Before Node has read its first line it dies of the signal, and on a busy machine it reads that late; from
        # then on it says goodbye to its state.
        assert (code == 0 or (code == -signal.SIGINT and not said)) and not (tmp_path / "run.json").exists()
        assert [line for line in said if not STARTING.match(line)] == []
    finally:
        process.kill()


def test_a_stop_that_is_asked_for_twice_or_of_node_alone_is_a_clean_one(tmp_path: Path) -> None:
    for who, how in ((os.killpg, signal.SIGTERM), (os.kill, signal.SIGINT)):
        process = dev(tmp_path, 0)
        try:
            process.wait_for("DB_CORE: applied 0003" if who is os.killpg else "ready: ", 120)
            who(process.pid, how)
            who(process.pid, how)
            assert process.stop() == 0
            assert [line for line in process.output().splitlines() if not STARTING.match(line)] == []
        finally:
            process.kill()


def test_a_start_that_fails_says_why_and_nothing_else(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = dev(tmp_path, 0, CONTROL_PORT=str(port))
        try:
            process.wait_for("failed: ", 120)
            eventually(lambda: process.exit_code is not None, what="its end")
            assert process.exit_code == 1
        finally:
            process.kill()
    said = [line for line in process.output().splitlines() if not STARTING.match(line)]
    assert said == [f"failed: listen EADDRINUSE: address already in use 127.0.0.1:{port}"]


@pytest.mark.parametrize(("last_words", "code"), [("", 1), ("kill -INT $PPID; ", 0)])
def test_a_runtime_that_dies_at_birth_fails_the_start_unless_a_stop_killed_it(
    last_words: str, code: int, tmp_path: Path
) -> None:
    dying = tmp_path / "workerd"
    dying.write_text(f"#!/bin/sh\n{last_words}exit 1\n")
    dying.chmod(0o755)
    process = dev(tmp_path, 0, LOCAL_WORKERD=str(dying))
    try:
        eventually(lambda: process.exit_code is not None, what="its end")
        assert process.exit_code == code
    finally:
        process.kill()
    said = [line for line in process.output().splitlines() if not STARTING.match(line)]
    assert said == (["failed: write EPIPE"] if code else [])


def test_settings_that_cannot_be_are_refused_in_one_sentence(taken: int, tmp_path: Path) -> None:
    assert refusal(tmp_path, PORT=str(taken + 1)) == (
        f"port {taken + 1} is in use: set PORT to another, or to 0 for any that is free"
    )
    assert refusal(tmp_path, PORT="65536") == "PORT=65536 is no port: give a number from 0 to 65535"
    assert refusal(tmp_path, PORT="web") == "PORT=web is no port: give a number from 0 to 65535"
    assert refusal(tmp_path, PORT="0", VARS="{").startswith("VARS is not JSON: ")
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file/state", PORT="0").startswith(f"{tmp_path}/file/state cannot hold the state: ")


def refusal(state: Path, **more: str) -> str:
    """The one line that a run says before it ends with 1."""
    env = environment(state, 0, **more)
    ended = subprocess.run(MAIN, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
    (line,) = ended.stderr.splitlines()
    return line


def test_the_demo_finds_a_run(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"url": "http://127.0.0.1:9000", "standin": "http://127.0.0.1:7"}')
    state = {"STATE": str(tmp_path)}
    assert addresses(state) == ("http://127.0.0.1:9000", "http://127.0.0.1:7")
    assert addresses(state | {"PORT": "9000"}) == ("http://127.0.0.1:9000", "http://127.0.0.1:7")
    assert addresses(state | {"PORT": "8000"}) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")
    assert addresses({"STATE": str(tmp_path / "none")}) == ("http://127.0.0.1:8787", "http://127.0.0.1:8788")
    assert addresses(state | {"STANDIN_URL": "http://127.0.0.1:5"})[1] == "http://127.0.0.1:5"
