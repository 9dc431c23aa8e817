"""A stand-in of its own for each test about the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.standin_client import StandIn


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    server = StandIn(log=tmp_path_factory.mktemp("standin") / "log").start()
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: StandIn) -> StandIn:
    shared_server.clear()
    shared_server.clear_faults()
    return shared_server


@pytest.fixture
def http(server: StandIn) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[StandIn]:
    server = StandIn(state=tmp_path / "received.jsonl", log=tmp_path / "log").start()
    yield server
    server.stop()
