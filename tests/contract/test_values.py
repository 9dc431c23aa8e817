"""What becomes of Python values that cross RPC, in both directions between two Python Workers."""

import pytest

from .conftest import Host

# Whole numbers are one type on the wire; JsBigInt is a subclass of int.
MOMENT = "datetime datetime.datetime(2026, 1, 2, 3, 4, 5, 678000)"
ARRIVES = {
    "none": "NoneType None",
    "true": "bool True",
    "text": "str 'é'",
    "int": "int 7",
    "float": "float 1.5",
    "whole float": "int 1",
    "2**53": "JsBigInt 9007199254740992",
    "dict": "JsDict {'a': {'b': None}}",
    "dict with int keys": "JsDict {'1': 'x'}",
    "list": "list [1, None]",
    "set": "set {1, 2}",
    "bytes": "memoryview b'\\x00\\xff'",
    "memoryview": "memoryview b'\\x00\\xff'",
    "naive datetime": MOMENT,
    "aware datetime": MOMENT,
    "StrEnum": "str 'red'",
    "IntEnum": "int 3",
    "exception": "Exception Error: bad",
}
REFUSED_AT_ONCE = ["tuple", "nested tuple", "bytearray"]
REFUSED_BY_THE_WIRE = ["date", "decimal", "uuid"]


@pytest.mark.parametrize("kind", ARRIVES)
def test_an_argument_arrives(host: Host, kind: str) -> None:
    assert host.rpc("Values", "send", kind) == ARRIVES[kind]


@pytest.mark.parametrize("kind", ARRIVES)
def test_a_result_arrives(host: Host, kind: str) -> None:
    assert host.rpc("Values", "receive", kind) == ARRIVES[kind]


@pytest.mark.parametrize("kind", REFUSED_AT_ONCE)
def test_some_arguments_are_refused_before_anything_is_sent(host: Host, kind: str) -> None:
    assert host.rpc("Values", "send", kind) == "TypeError at the call"


@pytest.mark.parametrize("kind", REFUSED_BY_THE_WIRE)
def test_some_arguments_cannot_be_cloned(host: Host, kind: str) -> None:
    outcome = host.rpc("Values", "send", kind)
    assert "DataCloneError" in outcome or "TypeError" in outcome, outcome


@pytest.mark.parametrize("kind", REFUSED_AT_ONCE + REFUSED_BY_THE_WIRE)
def test_such_results_are_errors_of_the_caller(host: Host, kind: str) -> None:
    assert host.rpc("Values", "receive", kind).startswith("JsException")


def test_a_function_arrives_as_a_stub_that_can_be_called(host: Host) -> None:
    assert host.rpc("Values", "callback") == 42


def test_an_object_that_arrived_has_attributes(host: Host) -> None:
    assert host.rpc("Values", "attributes") is True
