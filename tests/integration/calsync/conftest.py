"""A connected calendar for each test, and products of their own for what would disturb others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.calsync.connected import Connected
from integration.calsync.listeners import Canary
from integration.calsync.pushing import Pushing
from support.client import Api
from support.people import Manager, sign_up
from support.standin_client import StandIn
from support.suite import Suite


@pytest.fixture
def calendar(suite: Suite, faults: StandIn, alice: Manager) -> Connected:
    return Connected(suite, faults, alice)


@pytest.fixture(scope="module")
def dripping() -> Iterator[Canary]:
    """A host that sends a byte now and then."""
    listener = Canary(drip=True)
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def own(standin: StandIn, dripping: Canary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A product that may be killed, and may fetch from the host that drips."""
    hosts = [f"{standin.host}*", f"127.0.0.1:{dripping.port}*"]
    suite = Suite(standin.url, state=tmp_path_factory.mktemp("own"), calendar_hosts=hosts).start()
    yield suite
    suite.stop()


@pytest.fixture(scope="module")
def product(host: str, standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A product that may write to `host`, which the file of the test names."""
    runtime = Suite(
        standin.url, state=tmp_path_factory.mktemp("pushing"), calendar_hosts=[f"{host}*", f"{standin.host}*"]
    ).start()
    yield runtime
    runtime.stop()


@pytest.fixture
def pushing(product: Suite) -> Iterator[Pushing]:
    """A manager of one unit."""
    manager = sign_up(Api(product.url), "Alice")
    yield Pushing(product, manager)
    manager.api.close()
