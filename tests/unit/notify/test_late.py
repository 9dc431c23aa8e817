"""A message whose turn in a group comes too late gives back what it holds, as if it had never taken it."""

from __future__ import annotations

import pytest

from notify.channels.base import PROVIDER_TIMEOUT
from notify.delivery import endings_repository, late
from notify.delivery.decisions import CLAIM_LIFE, skipped
from propflow import clock, outbox
from tests.unit.notify.test_claims import NOW, Messages


@pytest.fixture
def messages() -> Messages:
    return Messages()


def give_back(messages: Messages) -> None:
    """One message is claimed and given back."""
    message = messages.booking()
    messages.record(message)
    ended = [(claim, late.given_back(claim)) for claim in messages.claim(message)]
    messages.core.batch(endings_repository.finish(message, ended, NOW))


def test_the_slowest_message_that_begins_in_time_is_written_before_its_lease_ends(messages: Messages) -> None:
    claims = messages.claim(messages.booking())
    last = max(at for at in range(NOW, NOW + CLAIM_LIFE, clock.SECOND) if late.begins_in_time(claims, at))
    assert NOW < last <= NOW + CLAIM_LIFE - late.CALLS * PROVIDER_TIMEOUT - late.WRITING
    assert CLAIM_LIFE < outbox.FIRST_SWEEP


def test_what_was_given_back_is_free_at_once_and_was_no_attempt(messages: Messages) -> None:
    give_back(messages)
    found = messages.core.run("SELECT status, attempts, lease_until FROM deliveries")
    assert found == [{"status": "pending", "attempts": 0, "lease_until": 0}] * 2
    assert messages.due == {"waiting": 1, "next_attempt_at": 0}, "nor is it put off"


def test_whoever_takes_it_next_lives_on_what_was_taken(messages: Messages) -> None:
    message = messages.booking()
    first = messages.claim(message)
    messages.core.batch(endings_repository.finish(message, [(one, late.given_back(one)) for one in first], NOW))
    again = messages.claim(message, NOW + 5)
    assert [(one.status, one.attempts, one.tried_at) for one in again] == [("sending", 1, NOW + 5)] * 2
    assert messages.used == (1, 1)


def test_what_may_have_been_sent_stays_in_doubt(messages: Messages) -> None:
    message = messages.booking()
    messages.claim(message)
    [*doubtful] = messages.claim(message, NOW + CLAIM_LIFE)
    messages.core.batch(
        endings_repository.finish(message, [(one, late.given_back(one)) for one in doubtful], NOW + CLAIM_LIFE)
    )
    again = messages.claim(message, NOW + CLAIM_LIFE)
    assert [(one.status, one.attempts, one.tried_at) for one in again] == [("unknown", 2, NOW)] * 2


def test_what_ends_without_a_provider_is_not_too_late(messages: Messages) -> None:
    [claim, _] = messages.claim(messages.booking())
    assert late.needs_provider(claim, None) and not late.needs_provider(claim, skipped("test space"))
