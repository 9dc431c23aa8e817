"""Queues: arguments, attempts, dead letters, and what an exception does."""

from __future__ import annotations

import uuid
from typing import Any

from .conftest import Host

QUEUE, DLQ = "contract-jobs", "contract-jobs-dlq"


def seen(host: Host, queue: str, identity: str, deliveries: int) -> dict[str, dict[str, Any]]:
    """Attempt → what the consumer saw, once there were this many deliveries."""
    look = lambda: host.rpc("Messages", "seen", queue, identity)  # noqa: E731
    found: dict[str, dict[str, Any]] = host.eventually(look, lambda facts: len(facts) >= deliveries)
    return found


def test_10_a_message_arrives_with_converted_body_and_none_for_env_and_ctx(host: Host) -> None:
    host.rpc("Messages", "send", identity := str(uuid.uuid4()), "ack")
    facts = seen(host, QUEUE, identity, 1)["1"]
    assert facts == {"attempts": 1, "body": "JsDict", "timestamp": True, "env": None, "ctx": None}


def test_a_message_is_tried_three_times_and_then_a_dead_letter(host: Host) -> None:
    for action in ("retry", "fail"):
        host.rpc("Messages", "send", identity := str(uuid.uuid4()), action)
        assert list(seen(host, DLQ, identity, 1)) == ["1"], "the dead letter starts to count anew"
        assert list(seen(host, QUEUE, identity, 3)) == ["1", "2", "3"]


def test_15_an_exception_retries_the_batch_but_not_what_was_acked(host: Host) -> None:
    result = host.deliver("worker", QUEUE, {"id": "a", "do": "ack then fail"}, {"id": "b", "do": "fail"})
    assert result["outcome"] == "exception"
    assert result["explicitAcks"] == ["m0"]


def test_a_batch_that_returns_is_acked_but_for_explicit_retries(host: Host) -> None:
    result = host.deliver("worker", QUEUE, {"id": "c", "do": "nothing"}, {"id": "d", "do": "retry"})
    assert result["outcome"] == "ok"
    assert [message["msgId"] for message in result["retryMessages"]] == ["m1"]


def test_send_batch(host: Host) -> None:
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    host.rpc("Messages", "send_both", {"id": one, "do": "ack"}, {"id": two, "do": "ack"})
    assert seen(host, QUEUE, one, 1)
    assert seen(host, QUEUE, two, 1)
