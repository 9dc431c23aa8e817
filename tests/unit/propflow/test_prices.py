"""Prices: exact sums, the bases of charges, and an oracle in fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow import prices
from propflow.errors import Unprocessable
from propflow.models import Charge, PriceLine, Stay

AMOUNTS = st.integers(0, 10_000_000)
CHARGES = st.builds(
    Charge,
    name=st.text(max_size=20),
    kind=st.sampled_from(["fee", "tax"]),
    basis=st.sampled_from(["percent", "per_stay", "per_night", "per_person_night"]),
    amount=AMOUNTS,
    basis_points=st.integers(0, 10_000),
)
STAYS = st.builds(
    Stay,
    nights=st.lists(st.tuples(st.integers(1, 60), AMOUNTS), min_size=1, max_size=6),
    guests=st.integers(1, 50),
    discounts=st.lists(
        st.builds(
            PriceLine, kind=st.just("discount"), name=st.just("D"), quantity=st.just(1), amount=st.integers(-1000, 0)
        ),
        max_size=2,
    ),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    charges=st.lists(CHARGES, max_size=8),
)


def stay(nights: int = 3, guests: int = 2, nightly: int = 12_000, charges: tuple[Charge, ...] = ()) -> Stay:
    return Stay(nights=[(nights, nightly)], guests=guests, currency="EUR", charges=list(charges))


def half_away(value: Fraction) -> int:
    """The nearest integer, halves away from zero."""
    return math.floor(value + Fraction(1, 2)) if value >= 0 else -math.floor(-value + Fraction(1, 2))


def oracle(one: Stay) -> Fraction:
    """The same price by another way: fractions, one charge at a time, rounded where money is."""
    count = sum(count for count, _ in one.nights)
    nights = Fraction(sum(count * amount for count, amount in one.nights) + sum(line.amount for line in one.discounts))
    total = nights
    for charge in one.charges:
        times = {"per_stay": 1, "per_night": count, "per_person_night": count * one.guests}
        if charge.basis == "percent":
            total += half_away(nights * Fraction(charge.basis_points, 10_000))
        else:
            total += charge.amount * times[charge.basis]
    return total


@given(STAYS)
def test_total_is_exactly_the_sum_of_the_lines(one: Stay) -> None:
    price = prices.price(one)
    assert price.total.amount == sum(line.amount for line in price.lines)
    assert price.total.currency == one.currency


@given(STAYS)
def test_total_agrees_with_the_oracle(one: Stay) -> None:
    assert prices.price(one).total.amount == oracle(one)


@given(STAYS)
def test_lines_come_in_order_and_none_is_zero(one: Stay) -> None:
    lines = prices.price(one).lines
    order = ["night", "discount", "fee", "tax"]
    assert [order.index(line.kind) for line in lines] == sorted(order.index(line.kind) for line in lines)
    assert all(line.amount != 0 for line in lines)


@given(STAYS, st.randoms())
def test_the_order_of_charges_changes_no_total(one: Stay, random: object) -> None:
    shuffled = list(one.charges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = Stay(**{field: getattr(one, field) for field in one.__struct_fields__} | {"charges": shuffled})
    assert prices.price(other).total == prices.price(one).total


def test_every_basis_of_a_charge() -> None:
    price = prices.price(
        stay(
            charges=(
                Charge(name="VAT", kind="tax", basis="percent", basis_points=1_000),
                Charge(name="City tax", kind="tax", basis="per_person_night", amount=250),
                Charge(name="Cleaning", kind="fee", basis="per_stay", amount=5_000),
                Charge(name="Linen", kind="fee", basis="per_night", amount=300),
            )
        )
    )
    assert [(line.kind, line.name, line.quantity, line.amount) for line in price.lines] == [
        ("night", "3 nights", 3, 36_000),
        ("fee", "Cleaning", 1, 5_000),
        ("fee", "Linen", 3, 900),
        ("tax", "VAT", 1, 3_600),
        ("tax", "City tax", 6, 1_500),
    ]
    assert price.total.amount == 47_000


def test_a_percentage_is_of_the_nights_and_rounds_half_up() -> None:
    vat = Charge(name="VAT", kind="tax", basis="percent", basis_points=1_000)
    cleaning = Charge(name="Cleaning", kind="fee", basis="per_stay", amount=9_999)
    price = prices.price(stay(nights=1, nightly=105, charges=(cleaning, vat)))
    assert price.lines[-1].amount == 11


def test_a_free_stay_has_no_lines() -> None:
    price = prices.price(stay(nightly=0))
    assert (price.lines, price.total.amount) == ([], 0)


def test_each_run_of_equal_nights_has_a_line_and_a_percentage_is_of_what_is_left() -> None:
    vat = Charge(name="VAT", kind="tax", basis="percent", basis_points=1_000)
    off = PriceLine(kind="discount", name="Long stay", quantity=1, amount=-5_000)
    one = Stay(nights=[(2, 10_000), (1, 15_000)], guests=1, currency="EUR", discounts=[off], charges=[vat])
    price = prices.price(one)
    assert [(line.name, line.quantity, line.amount) for line in price.lines] == [
        ("2 nights", 2, 20_000),
        ("1 night", 1, 15_000),
        ("Long stay", 1, -5_000),
        ("VAT", 1, 3_000),
    ]


def test_one_night_is_called_one_night() -> None:
    assert prices.price(stay(nights=1)).lines[0].name == "1 night"


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (stay(nights=0), "no_nights"),
        (stay(guests=0), "no_guests"),
        (stay(charges=(Charge(name="?", kind="gift", basis="per_stay", amount=1),)), "unknown_charge"),
        (stay(charges=(Charge(name="?", kind="fee", basis="per_moon", amount=1),)), "unknown_charge"),
        (stay(nights=400, nightly=2**53), "amount_too_large"),
    ],
)
def test_what_cannot_be_priced_is_refused_by_name(one: Stay, code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        prices.price(one)
    assert refused.value.code == code
