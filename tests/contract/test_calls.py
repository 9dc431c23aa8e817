"""How handlers and RPC methods are called, what they may return, and what becomes of work that outlives a call."""

import time
import uuid

import httpx
import pytest

from .conftest import Host, Refused

LATER = 0.4


def ask(host: Host, method: str, *args: object) -> dict[str, str]:
    """A method of the peer, called from Python over a service binding."""
    result: dict[str, str] = host.rpc("Calls", "ask", method, *args)
    return result


def test_6_a_class_is_made_with_ctx_and_env(host: Host) -> None:
    assert host.rpc("Calls", "constructed") == ["JsProxy", "_EnvWrapper"]


def test_6_each_call_has_an_instance_of_its_own(host: Host) -> None:
    assert [ask(host, "same_instance") for _ in range(2)] == [{"answer": 1}, {"answer": 1}]


def test_9_a_missing_method_does_not_exist(host: Host) -> None:
    answer = ask(host, "absent")
    assert answer["error"] == "JsException"
    assert "Method absent does not exist" in answer["message"]


def test_9_an_attribute_that_is_not_callable_does_not_exist_either(host: Host) -> None:
    assert "Method attribute does not exist" in ask(host, "attribute")["message"]


def test_9_a_constructor_that_fails_fails_every_call(host: Host) -> None:
    for _ in range(2):
        with pytest.raises(Refused, match="the constructor failed"):
            host.rpc("Objects", "call", "POISONED", "one", "hello")


def test_10_fetch_is_relaxed(host: Host) -> None:
    assert host.rpc("Calls", "fetch_peer", "PEER_WITHOUT_ARGUMENTS") == {"status": 200, "text": "without a parameter"}


def test_10_rpc_methods_are_not_relaxed(host: Host) -> None:
    assert ask(host, "two", 1, 2) == {"answer": [1, 2]}
    for arguments in ([1], [1, 2, 3]):
        answer = ask(host, "two", *arguments)
        assert answer["name"] == "PythonError"
        assert "TypeError: Peer.two()" in answer["message"]


def test_10_queue_and_scheduled_with_one_parameter_are_an_exception(host: Host) -> None:
    assert host.deliver("peer", "contract-misread", 1)["outcome"] == "exception"
    assert host.ask("/scheduled", {"worker": "peer", "cron": "* * * * *"})["outcome"] == "exception"
    assert host.rpc("Calls", "read", "misread") is None, "neither may have run"


def test_10_scheduled_gets_the_controller_and_two_times_none(host: Host) -> None:
    assert host.ask("/scheduled", {"worker": "worker"})["outcome"] == "ok"
    assert host.rpc("Calls", "read", "scheduled") == "*/5 * * * * int None None"


def test_10_a_function_without_async_is_fine(host: Host) -> None:
    assert ask(host, "plain") == {"answer": "from a function without async"}


def test_10_fetch_must_return_a_response(host: Host) -> None:
    answer = host.rpc("Calls", "fetch_peer", "PEER_RETURNING_TEXT")
    assert "did not resolve to 'Response'" in answer["message"]


def test_12_wait_until_finishes_its_work_in_a_worker(host: Host) -> None:
    for method in ("wait_until", "wait_until_from_module"):
        key = str(uuid.uuid4())
        assert host.rpc("Calls", method, key) == "answered"
        assert host.eventually(lambda key=key: host.rpc("Calls", "read", key), bool) == "written"


def test_a_task_that_nobody_awaits_is_lost_in_a_worker(host: Host) -> None:
    key = str(uuid.uuid4())
    host.rpc("Calls", "create_task", key)
    time.sleep(LATER)
    assert host.rpc("Calls", "read", key) is None


def test_12_wait_until_drops_its_work_in_a_durable_object(host: Host) -> None:
    key = str(uuid.uuid4())
    host.rpc("Objects", "call", "ROOM", "waiting", "wait_until", key)
    time.sleep(LATER)
    assert host.rpc("Calls", "read", key) is None


def test_a_task_that_nobody_awaits_finishes_in_a_durable_object(host: Host) -> None:
    key = str(uuid.uuid4())
    host.rpc("Objects", "call", "ROOM", "waiting", "create_task", key)
    assert host.eventually(lambda: host.rpc("Calls", "read", key), bool) == "written"


def test_13_camel_case_is_not_mapped_to_snake_case(host: Host) -> None:
    assert "Method doSomething does not exist" in ask(host, "doSomething")["message"]
    assert ask(host, "do_something") == {"answer": "done"}


def test_13_bindings_know_camel_case_only(host: Host) -> None:
    assert host.rpc("Calls", "snake_case_of_a_binding") == "AttributeError"


def test_14_nothing_is_private(host: Host) -> None:
    assert ask(host, "_private") == {"answer": "a private method answers"}
    assert ask(host, "static") == {"answer": "a static method answers"}


def test_15_an_exception_crosses_rpc_as_python_error_with_its_traceback(host: Host) -> None:
    answer = ask(host, "fail")
    assert (answer["error"], answer["name"]) == ("JsException", "PythonError")
    assert 'File "/session/metadata/contract/peer.py"' in answer["message"]
    assert answer["message"].rstrip().endswith("LookupError: what the peer says")


def test_15_base_exceptions_cross_in_the_same_way(host: Host) -> None:
    assert "Stop: stop" in ask(host, "stop")["message"]


def test_15_an_exception_in_fetch_is_a_500_over_http(host: Host) -> None:
    assert httpx.get(f"{host.url}/fail", timeout=60).status_code == 500


def test_15_an_exception_in_fetch_reaches_a_calling_worker_as_os_error(host: Host) -> None:
    answer = host.rpc("Calls", "fetch_peer", "PEER_FAILING")
    assert answer["error"] == "AbortError"
    assert "the peer's fetch failed" in answer["message"]


def test_uncaught_errors_are_logged_with_the_worker_and_paths_of_the_repository(host: Host) -> None:
    ask(host, "fail")
    wanted = ["peer    uncaught in Peer.fail: Traceback", 'File "tests/contract/worker/src/contract/peer.py"']
    logged = host.eventually(host.process.output, lambda text: all(one in text for one in wanted))  # after the answer
    assert [one for one in wanted if one not in logged] == []


def test_the_props_of_a_binding_name_the_caller(host: Host) -> None:
    assert ask(host, "caller") == {"answer": "worker"}


def test_keyword_arguments_become_one_object(host: Host) -> None:
    assert host.rpc("Calls", "with_keywords") == {"a": 1, "b": 2}


def test_a_missing_binding_is_an_attribute_error(host: Host) -> None:
    assert host.rpc("Calls", "missing_binding") == "AttributeError"


def test_the_first_worker_answers_http(host: Host) -> None:
    answer = httpx.get(f"{host.url}/a?b=c", headers={"accept": "text/plain, text/html"}, timeout=60)
    assert answer.json() == {"method": "GET", "path": "/a?b=c", "accept": "text/plain, text/html"}


def test_a_response_keeps_several_cookies(host: Host) -> None:
    answer = httpx.get(f"{host.url}/cookies", timeout=60)
    assert (answer.status_code, answer.headers.get_list("set-cookie")) == (302, ["a=1", "b=2"])
