"""A redirect to another service takes a turn there: a host of one's own cannot have us ask others without end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calsync.addresses import site
from calsync.feeds import reading
from calsync.hosts import repository as hosts
from calsync.hosts.shares import MOST
from calsync.providers.ical import fetch
from calsync.settings import Settings
from propflow.bindings.http import HttpAnswer
from propflow.clock import HOUR, now_ms
from propflow.errors import LimitExceeded, Unprocessable
from propflow.models import FeedCheck
from tests.unit.calsync.core_database import TENANT, Core
from tests.unit.calsync.test_crashes import InMemory

SETTINGS = Settings(ENV="production", API_BASE_URL="https://api.example", SESSION_ENC_KEY="")
TURNS = "SELECT host, by_hand FROM calendar_turns ORDER BY host"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("admin.booking.com", "ical.booking.com", True), ("booking.com", "ical.booking.com", True),
        ("a.example.com", "www.airbnb.com", False), ("a.foo.co.uk", "b.foo.co.uk", True),
        ("a.foo.co.uk", "a.bar.co.uk", False), ("127.0.0.1:1", "127.0.0.1:2", False),
        ("evil.workers.dev", "victim.workers.dev", False), ("a.s3.amazonaws.com", "b.s3.amazonaws.com", False),
        ("evil.github.io", "evil.github.io", True), ("a.notgithub.io", "b.notgithub.io", True),
    ],
)  # fmt: skip
def test_hosts_of_one_service_are_told_by_their_names(one: str, other: str, same: bool) -> None:
    assert (site(one) == site(other)) is same


def look(core: Core, host: str) -> None:
    request = FeedCheck(url=f"https://{host}/a.ics", tenant_id=TENANT)
    asyncio.run(reading.check_feed(InMemory(core), SETTINGS, request))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host redirects to another one, but the last, which has a calendar."""
    found = list[str]()
    to = {"evil.example.net": "https://www.airbnb.com/x.ics", "admin.booking.com": "https://ical.booking.com/x.ics"}

    async def call(method: str, url: str, **_: Any) -> HttpAnswer:
        host = url.split("/")[2]
        found.append(host)
        if host in to:
            return HttpAnswer(status=302, headers={"location": to[host]}, body=b"")
        return HttpAnswer(status=200, headers={}, body=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    monkeypatch.setattr(fetch.http, "call", call)
    return found


def test_a_redirect_to_another_service_takes_a_turn_of_that(asked: list[str]) -> None:
    core = Core()
    look(core, "evil.example.net")
    assert core.run(TURNS) == [{"host": "evil.example.net", "by_hand": 1}, {"host": "www.airbnb.com", "by_hand": 1}]
    look(core, "admin.booking.com")
    assert {"host": "admin.booking.com", "by_hand": 1} in core.run(TURNS) and len(core.run(TURNS)) == 3


def test_the_redirect_that_is_one_too_many_takes_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core()

    async def call(method: str, url: str, **_: Any) -> HttpAnswer:
        number = int(url.split("host-")[1][0])
        return HttpAnswer(status=302, headers={"location": f"https://host-{number + 1}.com/x.ics"}, body=b"")

    monkeypatch.setattr(fetch.http, "call", call)
    with pytest.raises(Unprocessable, match="redirects more than 3 times"):
        look(core, "host-0.com")
    assert core.run(TURNS) == [{"host": f"host-{number}.com", "by_hand": 1} for number in range(4)]


def test_beyond_the_share_it_is_not_followed(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    core, now = Core(), now_ms()
    for _ in range(MOST):
        core.batch(hosts.take(TENANT, "www.airbnb.com", now, ()))
    monkeypatch.setattr("calsync.hosts.service.now_ms", lambda: now)
    with pytest.raises(LimitExceeded, match=r"Your share of this minute's requests to www\.airbnb\.com is used up"):
        look(core, "evil.example.net")
    assert asked == ["evil.example.net"]


def test_nor_to_a_host_that_the_tenant_leaves_alone(asked: list[str]) -> None:
    core, now = Core(), now_ms()
    core.batch(hosts.hold("www.airbnb.com", TENANT, now + HOUR, now))
    with pytest.raises(Unprocessable, match="wants to be left alone"):
        look(core, "evil.example.net")
    assert asked == ["evil.example.net"]
