"""How numbers of documents are shown."""

from __future__ import annotations

import pytest

from billing.documents import CREDIT_NOTE, INVOICE, display_number, invoice_source, sources_end


@pytest.mark.parametrize(
    ("series", "number", "shown"),
    [(INVOICE, 1, "INV-000001"), (CREDIT_NOTE, 42, "CN-000042"), (INVOICE, 1_234_567, "INV-1234567")],
)
def test_numbers_are_padded_and_never_cut(series: str, number: int, shown: str) -> None:
    assert display_number(series, number) == shown


def test_the_sources_of_a_booking_lie_between_its_own_ends() -> None:
    first, end = invoice_source("bkg_1"), sources_end("bkg_1")
    assert first < f"{first}:3:credited" < end
    assert not first <= invoice_source("bkg_2") < end
