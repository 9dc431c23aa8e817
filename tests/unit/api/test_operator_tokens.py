"""Operators by name: each has a token, and the audit says whose it was."""

import json

import pytest

from api.operations.operators.tokens import actor_of
from propflow.operator_tokens import TokensInvalid, named

ANNA, BEN = "anna-wXh2Zs8qLk4TfYb9Rc3NvJm7", "ben-pQd5Gt1uEo6HaKi0Ws8MzXy2"
BOTH = json.dumps({"anna": ANNA, "ben": BEN})


def test_one_token_is_an_operator_without_a_name() -> None:
    assert actor_of(ANNA, ANNA) == "operator"


def test_each_token_names_its_operator() -> None:
    assert (actor_of(BOTH, ANNA), actor_of(BOTH, BEN)) == ("operator:anna", "operator:ben")


@pytest.mark.parametrize("secret", [ANNA, BOTH, "", "{}", json.dumps({"anna": ""})])
@pytest.mark.parametrize("given", ["", " ", ANNA[:-1], ANNA + "x", BOTH, "anna", "é"])
def test_nobody_else_is_one(secret: str, given: str) -> None:
    assert actor_of(secret, given) is None


@pytest.mark.parametrize(
    "secret", ["{", "[]", '["x"]', '{"anna": 1}', '{"Anna": "x"}', '{"": "x"}', '{"anna:ben": "x"}']
)
def test_what_is_no_list_of_tokens_is_said_without_showing_it(secret: str) -> None:
    with pytest.raises(TokensInvalid) as refused:
        named(secret)
    assert "x" not in str(refused.value).replace("<token>", "")
    assert actor_of(secret, "x") is None
