"""What a stay's nights cost and whether it is allowed: pure, with today as an argument.

The nights come first: a season's rate, else the unit's, then the weekday's adjustment. Discounts are lines of their own
below nought: that for the length of the stay of all nights, that for the last minute of what is left. A share is
rounded once, half away from zero, where it is taken.
"""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import groupby

from api.core.days import today_in
from api.stays.rates.errors import gap_bound_crossed, stay_bounds_crossed
from api.stays.rates.neighbours import Neighbours, gap_around, too_close
from api.stays.rates.repository import OfferRow
from api.stays.rates.seasons import Season, decoded
from api.stays.rates.views import RateRules, Reason, Weekdays
from propflow.models import PriceLine
from propflow.money import share

Runs = list[tuple[int, int]]
Reductions = tuple[tuple[str, int, int], ...]
"""Discounts in their order: a name, and how many parts of how many each takes of what those before it left."""


def today_at(offer: OfferRow, now: int) -> date:
    """The local date of an instant where the unit is."""
    return date.fromisoformat(today_in(offer.time_zone, now))


class Terms:
    """The rates and rules of one unit, ready to be asked."""

    def __init__(self, base: int, seasons: list[Season], rules: RateRules) -> None:
        self.base, self.seasons, self.rules = base, seasons, rules
        self._starts = [season.start for season in seasons]
        self._weekdays = _by_number(rules.weekdays)

    def season(self, day: date) -> Season | None:
        """The range that holds the night which begins on this day."""
        text = day.isoformat()
        place = bisect_right(self._starts, text) - 1
        return self.seasons[place] if place >= 0 and self.seasons[place].end > text else None

    def amount(self, day: date) -> int:
        """What the night that begins on this day costs."""
        season = self.season(day)
        amount = self.base if season is None or season.nightly_amount is None else season.nightly_amount
        return amount + share(amount, self._weekdays[day.weekday()])

    def nights(self, check_in: date, check_out: date) -> Runs:
        """Runs of equal nights: how many, and what each costs."""
        count = (check_out - check_in).days
        if not self.seasons and not any(self._weekdays):
            return [(count, self.base)]
        amounts = (self.amount(check_in + timedelta(days=number)) for number in range(count))
        return [(len(list(run)), amount) for amount, run in groupby(amounts)]

    def min_stay(self, arrival: date, gap: int | None = None) -> int:
        """How many nights who arrives on this day must stay; in a `gap` that is shorter all its nights, if enough."""
        season, enough = self.season(arrival), self.rules.gap_min_stay
        asked = (season.min_stay if season and season.min_stay is not None else self.rules.min_stay) or 1
        return asked if gap is None or enough is None else min(asked, max(gap, enough))

    def max_stay(self, arrival: date) -> int | None:
        """How many nights who arrives on this day may stay."""
        season = self.season(arrival)
        return season.max_stay if season and season.max_stay is not None else self.rules.max_stay

    def closed_to_arrival(self, day: date) -> bool:
        """Whether nobody may arrive on this day."""
        season = self.season(day)
        return season is not None and season.closed_to_arrival

    def closed_to_departure(self, day: date) -> bool:
        """Whether nobody may leave on this day."""
        season = self.season(day)
        return season is not None and season.closed_to_departure


def terms_of(offer: OfferRow) -> Terms:
    """The rates and rules that were read with a unit."""
    return Terms(offer.nightly_amount, decoded(offer.seasons), offer.terms())


def _by_number(weekdays: Weekdays) -> list[int]:
    return [getattr(weekdays, name) for name in Weekdays.__struct_fields__]


def discounts(rules: RateRules, runs: Runs, days_before: int) -> list[PriceLine]:
    """The lines that make a stay cheaper."""
    nights, gross = sum(count for count, _ in runs), sum(count * amount for count, amount in runs)
    return taken_off(gross, earned(rules, nights, days_before))


def taken_off(gross: int, reductions: Reductions) -> list[PriceLine]:
    """The lines of discounts of an amount, each of what those before it left."""
    lines: list[PriceLine] = []
    for name, parts, of in reductions:
        line = PriceLine(kind="discount", name=name, quantity=1, amount=-share(gross, parts, of))
        lines.append(line)
        gross += line.amount
    return lines


def earned(rules: RateRules, nights: int, days_before: int) -> Reductions:
    """The discount of each kind whose condition is met and narrowest."""
    found: list[tuple[str, int]] = []
    long = [one for one in rules.length_of_stay if nights >= one.min_nights]
    if long:
        best = max(long, key=lambda one: one.min_nights)
        found.append((f"Stay of {best.min_nights} nights or more", best.basis_points))
    late = [one for one in rules.last_minute if 0 <= days_before <= one.within_days]
    if late:
        soonest = min(late, key=lambda one: one.within_days)
        found.append((f"Booked within {soonest.within_days} days of arrival", soonest.basis_points))
    return tuple((name, basis_points, 10_000) for name, basis_points in found)


def check_bounds(rules: RateRules) -> None:
    """Raises Unprocessable when two of the rules contradict each other."""
    if rules.min_stay is not None and rules.max_stay is not None and rules.max_stay < rules.min_stay:
        raise stay_bounds_crossed("max_stay")
    if rules.min_stay is not None and rules.gap_min_stay is not None and rules.gap_min_stay > rules.min_stay:
        raise gap_bound_crossed()


def reasons_against(terms: Terms, check_in: date, check_out: date, today: date, beside: Neighbours) -> list[Reason]:
    """Why the stay is not allowed; empty when it is."""
    rules, nights, found = terms.rules, (check_out - check_in).days, list[Reason]()
    least = terms.min_stay(check_in, gap_around(beside, rules, today, check_in, check_out))
    most = terms.max_stay(check_in)
    if nights < least:
        found.append(Reason(code="min_stay", limit=least))
    if most is not None and nights > most:
        found.append(Reason(code="max_stay", limit=most))
    if terms.closed_to_arrival(check_in):
        found.append(Reason(code="closed_to_arrival", date=check_in.isoformat()))
    if terms.closed_to_departure(check_out):
        found.append(Reason(code="closed_to_departure", date=check_out.isoformat()))
    first, last = span(rules, today)
    if first is not None and check_in < first:
        found.append(Reason(code="advance_notice", limit=rules.advance_notice_days, date=first.isoformat()))
    if last is not None and check_out - timedelta(days=1) > last:
        found.append(Reason(code="booking_window", limit=rules.booking_window_days, date=last.isoformat()))
    if beside.near is not None and too_close(beside.near, check_in, check_out, rules.preparation_days):
        found.append(Reason(code="prep", limit=rules.preparation_days, date=beside.near[0]))
    return found


def span(rules: RateRules, today: date) -> tuple[date | None, date | None]:
    """The first and the last night that may be booked today."""
    notice, window = rules.advance_notice_days, rules.booking_window_days
    return (
        None if notice is None else today + timedelta(days=notice),
        None if window is None else today + timedelta(days=window),
    )
