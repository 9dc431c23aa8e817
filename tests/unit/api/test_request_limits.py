"""What a refusal says of when to come again."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.access import request_limits
from api.access.bucket import Bucket, Level, Take, Taken
from api.access.credentials import Credential
from api.access.repository import Principal
from api.core.context import Anonymous, Bindings
from propflow.errors import LimitExceeded

MINUTE = 60_000


class SlowObject:
    """Counts at the end of a long line: its answer comes at an instant of its own."""

    def __init__(self, clock: list[int], answers_at: int) -> None:
        self.clock, self.answers_at = clock, answers_at

    async def call(self, name: str, method: str, request: Take, kind: type[Taken]) -> Taken:
        self.clock[0] = self.answers_at
        full = Bucket(name="attempts", capacity=30, window_ms=MINUTE)
        return Taken(levels=[Level(limit=full, remaining=0, reset_ms=MINUTE, empty=True)])


def test_who_waited_in_a_line_is_not_told_to_come_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000]
    monkeypatch.setattr(request_limits, "now_ms", lambda: clock[0])
    settings = SimpleNamespace(limits_rates=True, APP_BASE_URL="https://app.example")
    bindings = SimpleNamespace(settings=settings, rate_limits=SlowObject(clock, answers_at=9_000))
    ctx = cast(Anonymous, SimpleNamespace(bindings=bindings, ip="192.0.2.77", now=1_000))

    def refused() -> Any:
        with pytest.raises(LimitExceeded) as caught:
            asyncio.run(request_limits.charge_attempt(ctx))
        return caught.value.evidence["reset_at"]

    assert refused() == "1970-01-01T00:01:09.000Z"
    assert refused() == "1970-01-01T00:01:09.000Z", "and memory repeats just that"


class EndlessObject:
    """Lets everything through and remembers of which buckets."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def call(self, name: str, method: str, request: Take, kind: type[Taken]) -> Taken:
        self.asked.append([limit.name for limit in request.limits])
        return Taken(levels=[])


def buckets(method: str, role: str | None, path: str = "/v1/units") -> list[str]:
    counting = EndlessObject()
    settings = SimpleNamespace(limits_rates=True, APP_BASE_URL="https://app.example")
    bindings = cast(Bindings, SimpleNamespace(settings=settings, rate_limits=counting))
    principal = Principal(
        tenant_id="ten_1", principal_id="p", credential_id="c", seen_at=None, role=role, mode="live", clock_at=None,
        plan="pro", subscription_status="active", features="[]", requests_per_minute=100, api_calls_monthly=None,
    )  # fmt: skip
    credential = Credential(hash="hash", is_key=role is None)
    asyncio.run(request_limits.charge(bindings, credential, principal, method, path, 1_000))
    [asked] = counting.asked
    return asked


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_people_and_keys_share_no_bucket(method: str) -> None:
    people, keys = set(buckets(method, "member")), set(buckets(method, None))
    assert people and keys and not people & keys


def test_reading_and_changing_share_none_but_that_of_the_key() -> None:
    assert set(buckets("GET", None)) & set(buckets("POST", None)) == {"key:c"}
    assert not set(buckets("GET", "owner")) & set(buckets("POST", "owner"))


@pytest.mark.parametrize("role", ["owner", None])
def test_a_file_is_a_change_and_one_of_few_files(role: str | None) -> None:
    files, changes = (set(buckets("POST", role, path)) for path in ("/v1/imports/units", "/v1/units"))
    assert changes < files and [name.partition(":")[0] for name in files - changes] == ["imports"]
    assert buckets("GET", role, "/v1/imports/units/template") == buckets("GET", role)
