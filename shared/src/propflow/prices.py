"""What a stay costs: pure arithmetic on integers of minor units, the same for EUR, JPY and KWD.

One line for each run of equal nights, then discounts, then fees, then taxes, these in the order in which the property
lists them. A percentage is of the nights after discounts, never of other charges, so the order of charges changes no
amount. Lines of nothing are left out.
"""

from propflow.errors import Unprocessable
from propflow.models import Charge, Price, PriceLine, Stay, night_line
from propflow.money import Money, share

LARGEST = 2**53 - 1  # what JSON readers and the database hold exactly
KINDS = ("fee", "tax")


def price(stay: Stay) -> Price:
    """The lines of one stay and their exact sum.

    Raises Unprocessable for a stay without nights or guests, for a charge of an unknown kind or basis, and for amounts
    that are too large to be stored.
    """
    _check(stay)
    nights = [*(night_line(count, amount) for count, amount in stay.nights), *stay.discounts]
    base, count = sum(line.amount for line in nights), sum(count for count, _ in stay.nights)
    charges = [_line(charge, stay, base, count) for kind in KINDS for charge in stay.charges if charge.kind == kind]
    lines = [line for line in [*nights, *charges] if line.amount != 0]
    total = sum(line.amount for line in lines)
    if max((abs(amount) for amount in [total, *(line.amount for line in lines)]), default=0) > LARGEST:
        raise Unprocessable("amount_too_large", "The price of this stay is larger than can be stored.")
    return Price(total=Money(amount=total, currency=stay.currency), lines=lines)


def _line(charge: Charge, stay: Stay, base: int, nights: int) -> PriceLine:
    quantity, amount = _counted(charge, stay.guests, base, nights)
    return PriceLine(kind=charge.kind, name=charge.name, quantity=quantity, amount=amount)


def _counted(charge: Charge, guests: int, base: int, nights: int) -> tuple[int, int]:
    """How often the charge is due, and what it comes to."""
    match charge.basis:
        case "percent":
            return 1, share(base, charge.basis_points)
        case "per_stay":
            return 1, charge.amount
        case "per_night":
            return nights, nights * charge.amount
        case "per_person_night":
            return nights * guests, nights * guests * charge.amount
    raise Unprocessable("unknown_charge", f"A charge cannot be based on {charge.basis!r}.", param="basis")


def _check(stay: Stay) -> None:
    if not stay.nights or any(count < 1 for count, _ in stay.nights):
        raise Unprocessable("no_nights", "A stay has at least one night.", param="nights")
    if stay.guests < 1:
        raise Unprocessable("no_guests", "A stay has at least one guest.", param="guests")
    for charge in stay.charges:
        if charge.kind not in KINDS:
            raise Unprocessable("unknown_charge", f"A charge cannot be a {charge.kind!r}.", param="kind")
