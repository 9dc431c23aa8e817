"""Where a number is charged, by the longest prefix that says so."""

from __future__ import annotations

import pytest

from propflow.calling_codes import COUNTRIES, USUAL, country_of

NUMBERS = [
    ("+41791234567", "CH"), ("+12025550123", "US"), ("+14165550123", "CA"), ("+18765550123", "JM"),
    ("+18095550123", "DO"), ("+447400123456", "GB"), ("+447781123456", "GG"), ("+77011234567", "KZ"),
    ("+79161234567", "RU"), ("+2349012345678", "NG"), ("+34600123456", "ES"), ("+35699123456", "MT"),
    ("+6591234567", "SG"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "country"), NUMBERS)
def test_a_number_belongs_to_the_country_of_its_longest_prefix(number: str, country: str) -> None:
    assert country_of(number) == country


@pytest.mark.parametrize("number", ["+19005550123", "+447012345678", "+8816123456", "+8831234567", "+999123", "+", ""])
def test_premium_and_satellite_numbers_are_in_no_country(number: str) -> None:
    assert country_of(number) is None


def test_the_usual_countries_are_countries_and_none_of_the_dear_ones() -> None:
    assert set(USUAL) <= COUNTRIES
    assert not set(USUAL) & {"JM", "DO", "NG", "KZ", "RU", "TN", "MV", "UZ", "AZ", "ID"}
    assert all(len(one) == 2 and one.isupper() for one in COUNTRIES)
