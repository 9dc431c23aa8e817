"""One list of currencies: what may be begun with, why the rest may not, and the digits of each."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.currencies import IN_USE, NO_MONEY, WITHDRAWN, digits_of, is_listed, objection
from propflow.money import Money, show


def test_the_kinds_of_codes_are_apart_and_complete() -> None:
    assert len(IN_USE) == 155  # list one of 2026-01-01 has 178 codes: these, and 23 that nobody pays in
    assert len(NO_MONEY) == 23
    assert not set(IN_USE) & NO_MONEY and not set(WITHDRAWN) & (set(IN_USE) | NO_MONEY)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in {*IN_USE, *NO_MONEY, *WITHDRAWN})
    assert set(WITHDRAWN.values()) <= set(IN_USE)


@pytest.mark.parametrize("code", ["EUR", "JPY", "KWD", "XAF", "XCG", "ZWG", "SLE", "VES", "VED", "MRU", "STN", "MXN"])
def test_what_is_paid_in_is_taken(code: str) -> None:
    assert objection(code) is None and is_listed(code)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("HRK", "EUR is paid"), ("BGN", "EUR is paid"), ("ANG", "XCG is paid"), ("ZWL", "ZWG is paid"),
        ("SLL", "SLE is paid"), ("VEF", "VES is paid"), ("XXX", "people pay in"), ("XTS", "people pay in"),
        ("XAU", "people pay in"), ("CHE", "people pay in"), ("USN", "people pay in"), ("UYW", "people pay in"),
        ("XAD", "people pay in"), ("ABC", "ISO 4217"), ("eur", "ISO 4217"), ("", "ISO 4217"), ("EURO", "ISO 4217"),
    ],
)  # fmt: skip
def test_the_rest_is_refused_with_its_reason(code: str, why: str) -> None:
    assert why in str(objection(code))


def test_every_listed_code_is_found_and_no_other() -> None:
    assert all(is_listed(code) for code in ("EUR", "HRK", "XAU", "CLF"))
    assert not any(is_listed(code) for code in ("ABC", "ZZZ", "eur", ""))


@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (2, "EUR USD CHF MGA MRU HUF TWD IDR HRK BGN SLL ABC"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ],
)
def test_the_digits_are_those_of_the_standard(digits: int, codes: str) -> None:
    assert {code: digits_of(code) for code in codes.split()} == dict.fromkeys(codes.split(), digits)


@given(st.sampled_from(sorted(IN_USE)), st.integers(-(10**12), 10**12))
def test_what_is_shown_in_any_currency_is_the_amount(code: str, amount: int) -> None:
    shown_code, _, number = show(Money(amount=amount, currency=code)).partition(" ")
    assert shown_code == code and Decimal(number).scaleb(IN_USE[code]) == amount
    assert len(number.partition(".")[2]) == IN_USE[code]
