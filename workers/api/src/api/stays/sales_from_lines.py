"""The sale of what was stored before sales were (migration 0030), read from its price lines. Pure."""

from api.stays.rates.rules import Reductions
from api.stays.sales import Extent, Sale, of_nights
from propflow.models import Charge, PriceLine
from propflow.money import share


def from_lines(lines: list[PriceLine], extent: Extent, charges: list[Charge]) -> Sale:
    """A sale whose price is exactly that of the lines.

    Lines do not say what a charge is based on, so the `charges` that the property has now are asked for the same name.
    What none of them explains is taken as a charge for the stay, and stays as it is whatever changes.
    """
    nights = [(line.quantity, line.amount // line.quantity) for line in lines if line.kind == "night"]
    count, gross = len(extent.days()), sum(line.amount for line in lines if line.kind == "night")
    if sum(quantity for quantity, _ in nights) != count:  # moved with its price kept, or with nights for nothing
        nights = evenly(gross, count)
    off, base = _reductions(lines, gross)
    known = {(one.kind, one.name): one for one in charges}
    found = [(line, known.get((line.kind, line.name))) for line in lines if line.kind in ("fee", "tax")]
    guests = _guests(found, count) or extent.guests
    sold = Extent(check_in=extent.check_in, check_out=extent.check_out, guests=guests)
    return of_nights(nights, sold, off, [_charge(line, one, base, count, guests) for line, one in found])


def evenly(gross: int, count: int) -> list[tuple[int, int]]:
    """An amount spread over so many nights: how many in a row, and what each costs."""
    each, rest = divmod(gross, count)
    return [(times, amount) for times, amount in ((rest, each + 1), (count - rest, each)) if times]


def _reductions(lines: list[PriceLine], gross: int) -> tuple[Reductions, int]:
    """Each discount as the part that it took, and what all of them left."""
    off = Reductions()
    for line in lines:
        if line.kind == "discount":
            off, gross = (*off, (line.name, -line.amount, gross)), gross + line.amount
    return off, gross


def _guests(found: list[tuple[PriceLine, Charge | None]], count: int) -> int | None:
    """For how many guests it was sold: their number may have been changed since, without its price."""
    counted = [line.quantity for line, one in found if one is not None and one.basis == "per_person_night"]
    return counted[0] // count if counted and counted[0] % count == 0 else None


def _charge(line: PriceLine, known: Charge | None, base: int, count: int, guests: int) -> Charge:
    each = line.amount // line.quantity
    if known is not None and known.basis == "percent" and share(base, known.basis_points) == line.amount:
        return known
    times = {"per_night": count, "per_person_night": count * guests}
    if known is not None and times.get(known.basis) == line.quantity and each * line.quantity == line.amount:
        return Charge(name=line.name, kind=line.kind, basis=known.basis, amount=each)
    return Charge(name=line.name, kind=line.kind, basis="per_stay", amount=line.amount)
