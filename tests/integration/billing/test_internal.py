"""What the api Worker asks of billing."""

from __future__ import annotations

import json
from typing import Any

from support.suite import Suite

STAY = {"key": "a", "nights": [[2, 10_000]], "guests": 2, "currency": "EUR"}


def ask(suite: Suite, method: str, request: Any) -> Any:
    return json.loads(suite.rpc("billing", method, json.dumps(request)))


def test_health(suite: Suite) -> None:
    assert ask(suite, "health", {}) == {"value": {"worker": "billing", "environment": "local"}}


def test_price(suite: Suite) -> None:
    vat = {"name": "VAT", "kind": "tax", "basis": "percent", "basis_points": 1_000}
    [price] = ask(suite, "price", {"stays": [STAY | {"charges": [vat]}]})["value"]
    assert price["total"] == {"amount": 22_000, "currency": "EUR"}
    assert [(line["kind"], line["amount"]) for line in price["lines"]] == [("night", 20_000), ("tax", 2_000)]


def test_a_thousand_stays_in_one_call(suite: Suite) -> None:
    stays = [STAY | {"key": str(number), "nights": [[number, 10_000]]} for number in range(1, 1_001)]
    prices = ask(suite, "price", {"stays": stays})["value"]
    assert [price["total"]["amount"] for price in prices] == [10_000 * number for number in range(1, 1_001)]


def test_what_cannot_be_priced_is_an_expected_failure(suite: Suite) -> None:
    error = ask(suite, "price", {"stays": [STAY | {"nights": []}]})["error"]
    assert (error["status"], error["code"], error["param"]) == (422, "no_nights", "nights")
    assert ask(suite, "price", {"stays": "all"})["error"]["code"] == "invalid_request"
