"""Plain-http calendar hosts are admitted on loopback, in the local environment, and nowhere else."""

from __future__ import annotations

import pytest

from calsync.addresses import AddressRefused, check
from calsync.settings import Settings


@pytest.mark.parametrize(
    ("env", "value", "expected"),
    [
        ("local", "127.0.0.1:8788, localhost:9000", {"127.0.0.1:8788", "localhost:9000"}),
        ("local", "127.0.0.1:8788*", {"127.0.0.1:8788"}),
        ("local", "", set()),
        ("local", "10.0.0.1:80,example.com:80,127.0.0.1.nip.io:80,127.0.0.1:1", {"127.0.0.1:1"}),
        ("dev", "127.0.0.1:8788", set()),
        ("prod", "127.0.0.1:8788", set()),
    ],
)
def test_local_hosts(env: str, value: str, expected: set[str]) -> None:
    assert Settings(ENV=env, API_BASE_URL="", SESSION_ENC_KEY="", CALENDAR_HOSTS_ALLOWED=value).local_hosts == expected


@pytest.mark.parametrize(
    ("zone", "api", "own"),
    [
        ("example.ch", "https://api-stg.example.ch", {"example.ch", "api-stg.example.ch"}),
        ("Example.CH.", "https://api.elsewhere.net", {"example.ch", "api.elsewhere.net"}),
        ("", "https://api.elsewhere.net", {"api.elsewhere.net"}),
        ("", "", set()),
    ],
)
def test_own_zones_are_what_the_installation_is_configured_with(zone: str, api: str, own: set[str]) -> None:
    settings = Settings(ENV="prod", API_BASE_URL=api, SESSION_ENC_KEY="", OWN_ZONE=zone)
    assert settings.places.own == own
    for host in own:
        for address in (f"https://{host}/ical/x.ics", f"https://a.b.{host}/", f"https://{host.upper()}/"):
            with pytest.raises(AddressRefused, match="one of ours"):
                check(address, settings.places)


@pytest.mark.parametrize(("env", "expected"), [("local", {"127.0.0.1:1"}), ("prod", set())])
def test_turns_are_not_counted_of_hosts_that_say_so_locally(env: str, expected: set[str]) -> None:
    allowed = "127.0.0.1:1*,127.0.0.1:2"
    settings = Settings(ENV=env, API_BASE_URL="", SESSION_ENC_KEY="", CALENDAR_HOSTS_ALLOWED=allowed)
    assert settings.unlimited_hosts == expected
