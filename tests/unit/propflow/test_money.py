"""Money in integer minor units, for currencies of every kind."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.money import Money, share, show


@given(st.integers(-(10**12), 10**12), st.integers(0, 10_000))
def test_a_share_is_rounded_half_away_from_zero(amount: int, basis_points: int) -> None:
    exact = Decimal(amount) * basis_points / 10_000
    assert share(amount, basis_points) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(amount=12300, currency="EUR"), "EUR 123.00"),
        (Money(amount=-5, currency="EUR"), "EUR -0.05"),
        (Money(amount=12300, currency="JPY"), "JPY 12300"),
        (Money(amount=12345, currency="KWD"), "KWD 12.345"),
    ],
)
def test_money_is_shown_with_the_digits_of_its_currency(money: Money, text: str) -> None:
    assert show(money) == text
