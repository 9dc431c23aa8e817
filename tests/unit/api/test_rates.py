"""What a refusal says of when to come again."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.access import rates
from api.context import Anonymous
from api.objects.bucket import Level, Limit, Take, Taken
from propflow.errors import LimitExceeded

MINUTE = 60_000


class SlowObject:
    """Counts at the end of a long line: its answer comes at an instant of its own."""

    def __init__(self, clock: list[int], answers_at: int) -> None:
        self.clock, self.answers_at = clock, answers_at

    async def call(self, name: str, method: str, request: Take, kind: type[Taken]) -> Taken:
        self.clock[0] = self.answers_at
        full = Limit(name="attempts", capacity=30, window_ms=MINUTE)
        return Taken(levels=[Level(limit=full, remaining=0, reset_ms=MINUTE, empty=True)])


def test_who_waited_in_a_line_is_not_told_to_come_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000]
    monkeypatch.setattr(rates, "now_ms", lambda: clock[0])
    settings = SimpleNamespace(limits_rates=True, APP_BASE_URL="https://app.example")
    bindings = SimpleNamespace(settings=settings, rate_limits=SlowObject(clock, answers_at=9_000))
    ctx = cast(Anonymous, SimpleNamespace(bindings=bindings, ip="192.0.2.77", now=1_000))

    def refused() -> Any:
        with pytest.raises(LimitExceeded) as caught:
            asyncio.run(rates.charge_attempt(ctx))
        return caught.value.evidence["reset_at"]

    assert refused() == "1970-01-01T00:01:09.000Z"
    assert refused() == "1970-01-01T00:01:09.000Z", "and memory repeats just that"
