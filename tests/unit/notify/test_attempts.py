"""One attempt at one delivery ends in an outcome, also when something breaks that nobody expected."""

from __future__ import annotations

import asyncio

import pytest

from notify.delivery import decisions
from notify.delivery.attempts import attempt
from notify.delivery.decisions import CLAIM_LIFE, Claim, Outcome
from propflow import clock


class Provider:
    """A transport that breaks where it is told to, in a way that it does not declare."""

    def __init__(self, breaks: str) -> None:
        self._breaks = breaks
        self.since = 0

    async def send(self, content: str, key: str) -> str:
        if self._breaks == "send":
            raise KeyError("status")
        return "P1"

    async def find_earlier(self, content: str, key: str, since: int, now: int) -> str | None:
        self.since = since
        if self._breaks == "find_earlier":
            raise KeyError("data")
        return None


def run(breaks: str, status: str = "sending", instead: Outcome | None = None) -> Outcome:
    def compose() -> str:
        if breaks == "compose":
            raise KeyError("lines")
        return "content"

    async def asked() -> Outcome | None:
        if breaks == "instead":
            raise KeyError("budgets")
        return instead

    now = clock.now_ms()
    claim = Claim(
        id="obx_1:email", channel="email", status=status, attempts=1, lease_until=now + CLAIM_LIFE, created_at=now,
        tried_at=now,
    )  # fmt: skip
    return asyncio.run(attempt(Provider(breaks), compose, claim, asked))


def test_what_does_not_break_is_sent() -> None:
    assert run("nothing") == Outcome(status="sent", provider_id="P1")


def test_what_there_is_a_reason_against_is_not() -> None:
    assert run("send", instead=decisions.skipped("test space")) == Outcome(status="skipped", reason="test space")


@pytest.mark.parametrize(
    ("breaks", "before", "after"),
    [
        ("compose", "sending", "pending"),
        ("compose", "unknown", "unknown"),
        ("find_earlier", "unknown", "unknown"),
        ("instead", "sending", "pending"),
        ("instead", "unknown", "unknown"),
        ("send", "sending", "unknown"),
        ("send", "unknown", "unknown"),
    ],
)
def test_only_a_call_that_has_begun_leaves_a_doubt(
    breaks: str, before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(breaks, before)
    assert outcome.status == after
    assert outcome.not_before > clock.now_ms()
    assert outcome.reason == "a defect of ours, which the log describes: KeyError"
    assert "delivery.failed" in capsys.readouterr().out


def test_an_earlier_attempt_is_looked_for_since_one_could_have_reached_the_provider() -> None:
    now, provider = clock.now_ms(), Provider("nothing")
    claim = Claim(
        id="obx_1:email", channel="email", status="unknown", attempts=3, lease_until=now + CLAIM_LIFE,
        created_at=now - 9, tried_at=now - 5,
    )  # fmt: skip
    asyncio.run(attempt(provider, lambda: "content", claim))
    assert provider.since == now - 5


def test_what_has_not_had_its_turn_is_not_looked_for() -> None:
    now, provider = clock.now_ms(), Provider("find_earlier")
    claim = Claim(
        id="obx_1:email", channel="email", status="unknown", attempts=2, lease_until=now + CLAIM_LIFE,
        created_at=now - 9,
    )  # fmt: skip
    assert asyncio.run(attempt(provider, lambda: "content", claim)).status == "sent"
    assert provider.since == 0
