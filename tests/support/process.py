"""A child process in a group of its own, with its output in a file, that can be waited for, stopped and killed."""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.groups import members

ROOT = Path(__file__).resolve().parents[2]
"""The project's root: children run there."""

TAIL_LINES = 60


def free_port() -> int:
    """A port that is free, and that no connection is given by itself: who was killed finds it free again."""
    while True:
        port = random.randrange(10_000, 32_000)  # Linux gives connections those from 32,768 on
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until_free(port: int, within: float = 60) -> None:
    """Return when a server can listen on the port again: the threads of a killed one may outlive it by a moment."""
    deadline = time.monotonic() + within
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


class NotStarted(AssertionError):
    """The process did not come up; the message shows the end of its log."""


class Process:
    """One run of a command. Everything it starts is in its process group and dies with `kill`."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name, self.log = name, log
        self._from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        atexit.register(self.kill)

    @property
    def pid(self) -> int:
        """Of the process itself, which is also the id of its group."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._child.poll()

    def output(self) -> str:
        """What this run has printed so far."""
        with self.log.open("rb") as log:
            log.seek(self._from)
            return log.read().decode(errors="replace")

    def wait_for(self, pattern: str, timeout: float) -> re.Match[str]:
        """Wait until a line of the output begins with the pattern."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self.exit_code is not None
            found = re.search(f"^{pattern}", self.output(), re.MULTILINE)
            if found:
                return found
            if ended or time.monotonic() > deadline:
                why = f"ended with code {self.exit_code}" if ended else f"did not print it within {timeout:g} s"
                self.kill()
                raise NotStarted(f"{self.name} {why}; waited for {pattern!r}. The end of {self.log}:\n{self._tail()}")
            time.sleep(0.05)

    def stop(self, timeout: float = 120) -> int:
        """SIGTERM, wait for a clean end, and insist that nothing of the group is left. Returns the exit code."""
        if self.exit_code is None:
            self._child.terminate()
        try:
            code = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            message = f"{self.name} did not stop within {timeout:g} s of SIGTERM and was killed"
            raise AssertionError(f"{message}. The end of {self.log}:\n{self._tail()}") from None
        left = self._left(within=10)
        self.kill()
        if left:
            raise AssertionError(f"{self.name} stopped but left processes running: {', '.join(left)}")
        return code

    def kill(self) -> None:
        """SIGKILL to the whole group; no farewell. Returns when all are gone and have let go of their files."""
        atexit.unregister(self.kill)
        with contextlib.suppress(ProcessLookupError):  # nobody left in the group is what was wanted
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()
        self._left(within=60)

    def _left(self, within: float) -> list[str]:
        """Who is left in the group; children may need a moment to follow."""
        deadline = time.monotonic() + within
        while left := members(self.pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return left

    def _tail(self) -> str:
        lines = self.output().splitlines()[-TAIL_LINES:]
        return "\n".join(lines) or "(it printed nothing)"
