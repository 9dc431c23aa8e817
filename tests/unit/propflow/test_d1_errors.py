"""D1's error texts become constraints, outages or defects."""

import re

import pytest
from support.sources import ROOT, everywhere

from propflow.bindings.d1 import ConstraintFailed, GuardFailed, translate
from propflow.errors import Unavailable

MADE = re.compile(r"(?<!class )\b(?:ConstraintFailed|GuardFailed)\(")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("D1_ERROR: unit_overlap: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)", "unit_overlap"),
        ("Error: D1_ERROR: guard_failed: SQLITE_CONSTRAINT", "guard_failed"),
        (
            "D1_ERROR: UNIQUE constraint failed: idempotency_keys.tenant_id, idempotency_keys.key_hash: "
            "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)",
            "unique:idempotency_keys",
        ),
        ("D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT", "FOREIGN KEY constraint failed"),
        ("D1_ERROR: CHECK constraint failed: guests > 0: SQLITE_CONSTRAINT", "CHECK constraint failed: guests > 0"),
    ],
)
def test_a_refusal_is_named(text: str, name: str) -> None:
    refused = translate(text)
    assert isinstance(refused, ConstraintFailed)
    assert refused.name == name
    assert isinstance(refused, GuardFailed) is (name == "guard_failed")


def test_every_refusal_is_made_by_one_function_so_that_none_is_of_the_wrong_class() -> None:
    files = [*everywhere(), *(ROOT / "tests").rglob("*.py")]
    made = [file.name for file in files for _ in MADE.findall(file.read_text())]
    assert made == ["d1.py", "d1.py"]


@pytest.mark.parametrize(
    "text", ["D1_ERROR: Network connection lost.", "D1 DB is overloaded. Too many requests queued."]
)
def test_an_outage_may_be_tried_again(text: str) -> None:
    assert isinstance(translate(text), Unavailable)


@pytest.mark.parametrize(
    "text",
    [
        'D1_ERROR: near "SELEC": syntax error: SQLITE_ERROR',
        "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'",
        "D1_ERROR: string or blob too big: SQLITE_TOOBIG",
        "D1_ERROR: string or blob too big",
    ],
)
def test_what_no_attempt_can_change_is_our_defect(text: str) -> None:
    assert isinstance(translate(text), RuntimeError)
