"""What every test can ask for: the stand-in, the running product, a client, and two managers who are strangers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.client import Api
from support.people import Manager, sign_up
from support.standin_client import StandIn
from support.suite import Suite

# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Developers look for what nobody has found yet; a build that fails must fail again, and only for what it changed.
settings.register_profile("build", settings.get_profile("patient"), derandomize=True)
settings.load_profile("build" if os.environ.get("CI") else "patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, by the time that their tests may take: the end of a run waits for nothing long."""
    longest: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        longest[item.path] = max(longest.get(item.path, 0), marker.args[0] if marker else 0)
    items.sort(key=lambda item: -longest[item.path])


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Resend, ClickSend and a calendar host for the whole run. Use `faults` to make it fail."""
    server = StandIn(log=tmp_path_factory.mktemp("standin") / "standin.log").start()
    yield server
    server.stop()


@pytest.fixture
def faults(standin: StandIn) -> Iterator[StandIn]:
    """The stand-in for a test that makes it fail; afterwards everything works again."""
    standin.clear_faults()
    yield standin
    standin.clear_faults()


@pytest.fixture(scope="session")
def suite(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The product, running: no rate limits, no schedules except those a test fires."""
    runtime = Suite(standin.url, state=tmp_path_factory.mktemp("suite")).start()
    yield runtime
    runtime.stop()


@pytest.fixture
def api(suite: Suite) -> Iterator[Api]:
    """A client without a session."""
    client = Api(suite.url)
    yield client
    client.close()


@pytest.fixture
def alice(api: Api) -> Iterator[Manager]:
    """A manager with a property of her own."""
    manager = sign_up(api, "Alice")
    yield manager
    manager.api.close()


@pytest.fixture
def bob(api: Api) -> Iterator[Manager]:
    """The manager of another tenant."""
    manager = sign_up(api, "Bob")
    yield manager
    manager.api.close()
