"""One run of the fixture Workers for the whole contract suite."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest
from support.process import ROOT, Process
from support.suite import find_node

T = TypeVar("T")


class Refused(Exception):
    """What a Worker threw: the JavaScript error's name and its message."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message = name, message


class Host:
    """The running host. Calls go through its control Worker, which reaches each Worker over a real binding."""

    def __init__(self, process: Process, url: str, control: str) -> None:
        self.process, self.url = process, url
        self._control = httpx.Client(base_url=control, timeout=120)

    def rpc(self, entrypoint: str, method: str, *args: object, worker: str = "worker") -> Any:
        """Call a method of one of the fixture's entrypoints."""
        return self.ask("/rpc", {"worker": worker, "entrypoint": entrypoint, "method": method, "args": list(args)})

    def ask(self, command: str, body: object) -> Any:
        """A command of the control server."""
        answer = self._control.post(command, json=body)
        result = answer.json()
        if answer.is_error:
            raise Refused(result["name"], result["error"])
        return result

    def stats(self) -> dict[str, Any]:
        """Import times, memory and processor time."""
        result: dict[str, Any] = self._control.get("/stats").json()
        return result

    def deliver(self, worker: str, queue: str, *bodies: object) -> Any:
        """Hand one batch to a consumer and return what the platform makes of it."""
        now = time.time_ns() // 1_000_000
        messages = [{"id": f"m{i}", "timestamp": now, "attempts": 1, "body": body} for i, body in enumerate(bodies)]
        return self.ask("/queue", {"worker": worker, "queue": queue, "messages": messages})

    def eventually(self, look: Callable[[], T], wanted: Callable[[T], object], timeout: float = 60) -> T:
        """Look until it is as wanted; the last look is returned and the test's assertion explains the rest."""
        deadline = time.monotonic() + timeout
        while not wanted(found := look()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The fixture Workers, running in the same host as the product's."""
    state = tmp_path_factory.mktemp("contract")
    env = {**os.environ, "STATE": str(state), "PORT": "0", "CONTROL_PORT": "0"}
    command = [str(find_node()), str(ROOT / "tests/contract/run.mjs")]
    process = Process("the contract Workers", command, state / "runtime.log", env)
    url = process.wait_for(r"ready: (\S+)", 120).group(1)
    yield Host(process, url, process.wait_for(r"control: (\S+)", 1).group(1))
    assert process.stop() == 0, "the runtime did not end cleanly"
