"""Waiting ends with the value, or with a message that says what was waited for."""

from __future__ import annotations

import pytest
from support.waiting import eventually


def test_the_first_truthy_value_is_returned() -> None:
    values = iter([None, 0, [], "done", "never"])
    assert eventually(lambda: next(values), 5) == "done"


def test_an_assertion_that_comes_true_is_waited_for() -> None:
    tries = []

    def three() -> bool:
        tries.append(1)
        assert len(tries) == 3
        return True

    assert eventually(three, 5)


def test_the_message_names_what_and_the_last_answer() -> None:
    with pytest.raises(AssertionError, match=r"waited 0.05 s for the invoice; the last answer was: \[\]"):
        eventually(list, 0.05, "the invoice")


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        eventually(lambda: 1 / 0, 5)
