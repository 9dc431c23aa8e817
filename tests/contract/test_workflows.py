"""Workflows, whose steps depend on each other by the names of their parameters."""

from __future__ import annotations

from typing import Any

from .conftest import Host


def finished(host: Host, binding: str, identity: str) -> dict[str, Any]:
    """The status of an instance when it is over."""
    look = lambda: host.rpc("Workflows", "status", binding, identity)  # noqa: E731
    over = lambda status: status["status"] in ("complete", "errored", "terminated")  # noqa: E731
    status: dict[str, Any] = host.eventually(look, over)
    return status


def run(host: Host, binding: str) -> Any:
    """Run one instance and return its output."""
    host.rpc("Workflows", "start", binding, "one", 41)
    status = finished(host, binding, "one")
    assert status["status"] == "complete", status
    return status["output"]


def test_9b_a_step_gets_the_result_of_the_step_its_parameter_names(host: Host) -> None:
    assert run(host, "STEPS") == 42


def test_12_an_error_that_is_not_retryable_is_not_retried(host: Host) -> None:
    assert run(host, "GIVING_UP") == "gave up: no use"
    assert host.rpc("Calls", "read", "tries") == "1"


def test_a_parameter_that_names_no_step_is_an_error(host: Host) -> None:
    assert run(host, "MISNAMED") == "Received unexpected parameter first"


def test_an_identity_can_be_used_once(host: Host) -> None:
    assert "already" in host.rpc("Workflows", "start_twice", "STEPS", "twice")
