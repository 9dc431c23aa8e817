"""Plain-http calendar hosts are admitted on loopback, in the local environment, and nowhere else."""

from __future__ import annotations

import pytest

from calsync.settings import Settings


@pytest.mark.parametrize(
    ("env", "value", "expected"),
    [
        ("local", "127.0.0.1:8788, localhost:9000", {"127.0.0.1:8788", "localhost:9000"}),
        ("local", "", set()),
        ("local", "10.0.0.1:80,example.com:80,127.0.0.1.nip.io:80,127.0.0.1:1", {"127.0.0.1:1"}),
        ("dev", "127.0.0.1:8788", set()),
        ("prod", "127.0.0.1:8788", set()),
    ],
)
def test_local_hosts(env: str, value: str, expected: set[str]) -> None:
    assert Settings(ENV=env, API_BASE_URL="", SESSION_ENC_KEY="", CALENDAR_HOSTS_ALLOWED=value).local_hosts == expected
