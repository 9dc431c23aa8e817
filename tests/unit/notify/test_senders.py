"""Where a tenant's SMS go: the usual countries, or those that it chose."""

from __future__ import annotations

import pytest

from notify.letters.guests.sender import Sender, why_not
from propflow import standing


def sender(**chosen: object) -> Sender:
    """A tenant that may send everything, unless chosen otherwise."""
    values: dict[str, object] = {
        "suspended": False, "verified": True, "pays": True, "sms": True, "emails_daily": None, "sms_daily": 50,
        "countries": None,
    }  # fmt: skip
    return Sender(**values | chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["+34600123456", "+41791234567", "+12025550123", "+61412345678"])
def test_sms_go_to_the_usual_countries(number: str) -> None:
    assert why_not(sender(), "sms", number) is None


@pytest.mark.parametrize("number", ["+2349012345678", "+18765550123", "+447012345678", "+8816123456"])
def test_sms_go_nowhere_else_by_themselves(number: str) -> None:
    assert why_not(sender(), "sms", number) is not None
    assert why_not(sender(), "email", "ada@example.net") is None


def test_a_tenant_chooses_its_countries() -> None:
    chosen = sender(countries='["NG"]')
    assert why_not(chosen, "sms", "+2349012345678") is None
    assert "ES is not one of the countries" in str(why_not(chosen, "sms", "+34600123456"))
    assert why_not(sender(countries="[]"), "sms", "+34600123456") is not None


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"suspended": True}, standing.SUSPENDED),
        ({"pays": False}, standing.NOT_PAID),
        ({"verified": False}, standing.UNVERIFIED),
        ({"sms": False}, standing.NO_SMS),
    ],
)
def test_it_is_said_what_is_missing(chosen: dict[str, bool], why: str) -> None:
    assert why_not(sender(**chosen), "sms", "+34600123456") == why
