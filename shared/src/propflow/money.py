"""Money is an integer of minor units with an ISO 4217 currency; never a float."""

import msgspec

from propflow.currencies import digits_of


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """`Money(amount=12300, currency="EUR")` is 123.00 EUR."""

    amount: int
    currency: str


def share(amount: int, parts: int, of: int = 10_000) -> int:
    """`parts` of `of` parts of `amount`, half away from zero, in integers; basis points unless `of` says otherwise."""
    product = amount * parts
    rounded = (2 * abs(product) + of) // (2 * of)
    return rounded if product >= 0 else -rounded


def show(money: Money) -> str:
    """`EUR 123.00`, `JPY 12300`: for mails and documents."""
    digits = digits_of(money.currency)
    sign, units = ("-" if money.amount < 0 else ""), abs(money.amount)
    if digits == 0:
        return f"{money.currency} {sign}{units}"
    whole, part = divmod(units, 10**digits)
    return f"{money.currency} {sign}{whole}.{part:0{digits}d}"
