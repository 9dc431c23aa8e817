"""What several end-to-end tests begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.channel import Space, day
from support.client import Api
from support.people import sign_up
from support.standin_client import StandIn
from support.suite import Suite


@pytest.fixture(scope="module")
def strong(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The product with passwords as strong as where it is deployed; elsewhere tests sign people up at less cost."""
    runtime = Suite(standin.url, state=tmp_path_factory.mktemp("strong"), passwords="strong").start()
    yield runtime
    runtime.stop()


@pytest.fixture(scope="module")
def places(suite: Suite, standin: StandIn) -> Iterator[Space]:
    """One test space for all tests of a file, a unit for each."""
    api = Api(suite.url)
    yield Space(suite, standin, sign_up(api, "Alice"))
    api.close()


@pytest.fixture
def space(places: Space) -> Space:
    places.unit_id = places.new_unit()
    places.set_clock(day(0))
    return places
