"""D1, KV and R2 as Python sees them."""

import pytest

from .conftest import Host


def test_a_batch_of_d1_is_atomic_and_the_error_names_the_constraint(host: Host) -> None:
    message = host.rpc("Storage", "batch", [1, "one"], [2, "one"])
    assert message.startswith("D1_ERROR: UNIQUE constraint failed: things.name: SQLITE_CONSTRAINT")
    assert host.rpc("Storage", "names") == []
    assert host.rpc("Storage", "batch", [1, "one"], [2, "two"]) == [1, 1]
    assert host.rpc("Storage", "names") == ["one", "two"]


def test_a_trigger_can_abort_a_batch_with_its_own_message(host: Host) -> None:
    assert "a thing needs a name" in host.rpc("Storage", "batch", [7, "seven"], [8, ""])
    assert "seven" not in host.rpc("Storage", "names")


@pytest.mark.parametrize(
    ("expression", "value", "result"),
    [
        ("?1 / 2", 5, 2.5),
        ("'x' || ?1", 5, "x5.0"),
        ("CAST(?1 AS INTEGER) / 2", 5, 2),
        ("?1", True, 1),
        ("?1", None, None),
    ],
)
def test_numbers_are_bound_as_real(host: Host, expression: str, value: object, result: object) -> None:
    assert host.rpc("Storage", "bound", expression, value) == result


def test_a_column_without_a_type_stores_real(host: Host) -> None:
    assert host.rpc("Storage", "loose", 5) == [5, "real"]


def test_a_blob_comes_back_as_a_list_of_numbers(host: Host) -> None:
    assert host.rpc("Storage", "blob") == ["list", [0, 255]]


def test_a_statement_has_at_most_100_parameters(host: Host) -> None:
    assert host.rpc("Storage", "too_many_parameters", 100) == "accepted"
    assert "too many SQL variables" in host.rpc("Storage", "too_many_parameters", 101)


def test_transactions_cannot_be_begun(host: Host) -> None:
    assert host.rpc("Storage", "begin") != "began"


def test_kv(host: Host) -> None:
    found = host.rpc("Storage", "kv")
    assert found == {"text": "é", "missing": None, "json": {"a": [1]}, "dict": "TypeError", "names": ["text"]}
    assert "at least 60" in host.rpc("Storage", "kv_short_ttl")


def test_r2(host: Host) -> None:
    assert host.rpc("Storage", "r2") == {
        "size": 2,
        "refused": True,
        "type": "application/pdf",
        "body": ["memoryview", [0, 255]],
        "missing": None,
    }
