"""What was sold for a price, night by night: so that a change prices what it changes, and nothing else. Pure.

A sale may differ from the stay. A night or a guest that came with the price kept was not sold, and one that went so is
sold all the same. The price of a sale is always the total of its booking.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from api.stays.rates.rules import Reductions, taken_off
from propflow.models import Charge, PriceLine, Stay
from propflow.money import share

Nights = dict[str, tuple[int, Reductions]]
"""By the date on which a night begins: its amount, and the discounts under which it was sold."""


class Run(msgspec.Struct, frozen=True, array_like=True):
    """So many nights in a row, from the date `first` on, that cost `amount` each before the discounts `off`."""

    first: str
    count: int
    amount: int
    off: Reductions = ()


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """Priced nights in their order, for how many guests, and the taxes and fees of the day of the sale."""

    runs: list[Run]
    guests: int
    charges: list[Charge] = []


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when so many guests stay."""

    check_in: str
    check_out: str
    guests: int

    def days(self) -> list[str]:
        """The dates on which its nights begin."""
        return days_of(self.check_in, self.check_out)


def days_of(start: str, end: str) -> list[str]:
    """The dates on which the nights of `[start, end)` begin."""
    return list(_days(start, (date.fromisoformat(end) - date.fromisoformat(start)).days))


def stay_of(sale: Sale, currency: str) -> Stay:
    """What there is to price: charges by the night count the nights that were sold."""
    nights: list[tuple[int, int]] = []
    for run in sale.runs:
        count = nights.pop()[0] if nights and nights[-1][1] == run.amount else 0
        nights.append((count + run.count, run.amount))
    return Stay(guests=sale.guests, currency=currency, nights=nights, discounts=_discounts(sale), charges=sale.charges)


def _discounts(sale: Sale) -> list[PriceLine]:
    """One line for each name. What was sold under the same discounts is rounded once, as if sold at once."""
    gross: dict[Reductions, int] = {}
    for run in sale.runs:
        gross[run.off] = gross.get(run.off, 0) + run.count * run.amount
    less: dict[str, int] = {}
    for line in (line for off, amount in gross.items() for line in taken_off(amount, off)):
        less[line.name] = less.get(line.name, 0) + line.amount
    return [PriceLine(kind="discount", name=name, quantity=1, amount=amount) for name, amount in less.items()]


def changed(sale: Sale, before: Extent, after: Extent, fresh: Sale, elsewhere: frozenset[str] = frozenset()) -> Sale:
    """What is sold after a change: nights that stay keep their price, others leave, and new ones are of `fresh`.

    `fresh` is the whole stay as it would be sold now. It is the answer where no night is left that was sold. A night is
    one of a unit: those of `elsewhere` are in another unit now, and none of them was sold.
    """
    sold = {day: night for day, night in _nights(sale).items() if day not in elsewhere}
    was, now = set(before.days()) - elsewhere, set(after.days())
    if not now & sold.keys():
        return fresh
    left = {day: night for day, night in sold.items() if day in now or day not in was}
    new = {day: night for day, night in _nights(fresh).items() if day not in was and day not in sold}
    guests = _followed(sale.guests, before.guests, after.guests)
    return msgspec.structs.replace(sale, runs=_runs(left | new), guests=guests)


def all_included(sale: Sale) -> Sale:
    """The same nights, each with its discounts and charges in its amount. What is due once for a stay is left out."""
    nights: Nights = {
        day: (_with_charges(amount + sum(line.amount for line in taken_off(amount, off)), sale), ())
        for day, (amount, off) in _nights(sale).items()
    }
    return msgspec.structs.replace(sale, runs=_runs(nights), charges=[])


def _with_charges(amount: int, sale: Sale) -> int:
    """What a night comes to, of what is due by the night."""
    times = {"per_night": 1, "per_person_night": sale.guests}
    return amount + sum(
        share(amount, one.basis_points) if one.basis == "percent" else times.get(one.basis, 0) * one.amount
        for one in sale.charges
    )


def kept(sale: Sale, before: Extent, after: Extent) -> Sale:
    """The same sale for other nights: those that are given up pay for those that come, in their order."""
    sold, was, now = _nights(sale), before.days(), after.days()
    gone = [day for day in was if day in sold and day not in now]
    come = [day for day in now if day not in sold and day not in was]
    instead = dict(zip(gone, come, strict=False))
    return msgspec.structs.replace(sale, runs=_runs({instead.get(day, day): night for day, night in sold.items()}))


def new_nights(before: Sale, after: Sale) -> bool:
    """Whether nights are sold after a change that were not before."""
    return not _nights(after).keys() <= _nights(before).keys()


def of_nights(nights: list[tuple[int, int]], extent: Extent, off: Reductions, charges: list[Charge]) -> Sale:
    """The sale of a whole stay; `nights` are how many in a row, and what each costs."""
    return Sale(runs=runs_of(nights, extent.check_in, off), guests=extent.guests, charges=charges)


def runs_of(nights: list[tuple[int, int]], first: str, off: Reductions) -> list[Run]:
    """Nights from the date `first` on: how many in a row, and what each costs."""
    runs: list[Run] = []
    for count, amount in nights:
        runs.append(Run(first, count, amount, off))
        first = _after(runs[-1])
    return runs


def joined(runs: Sequence[Run]) -> list[Run]:
    """The same nights in as few runs as there can be, so that what is sold alike is written alike."""
    return _runs(_each(runs))


def _nights(sale: Sale) -> Nights:
    return _each(sale.runs)


def _each(runs: Sequence[Run]) -> Nights:
    return {day: (run.amount, run.off) for run in runs for day in _days(run.first, run.count)}


def _runs(nights: Nights) -> list[Run]:
    """Nights that follow each other and were sold alike, together."""
    runs: list[Run] = []
    for day, (amount, off) in sorted(nights.items()):
        last = runs[-1] if runs else None
        if last is not None and (last.amount, last.off) == (amount, off) and _after(last) == day:
            runs[-1] = msgspec.structs.replace(last, count=last.count + 1)
        else:
            runs.append(Run(day, 1, amount, off))
    return runs


def _after(run: Run) -> str:
    return (date.fromisoformat(run.first) + timedelta(days=run.count)).isoformat()


def _days(first: str, count: int) -> Iterator[str]:
    day = date.fromisoformat(first)
    return ((day + timedelta(days=number)).isoformat() for number in range(count))


def _followed(sold: int, before: int, after: int) -> int:
    """How many guests are sold after a change. Of those who go, who came for nothing is the first."""
    if after > before:
        return sold + max(0, after - max(before, sold))
    return max(min(sold, after), sold - (before - after))
