"""Which nights are taken, and which free ones cannot be booked: pure. Nights are counted as ordinals of their dates."""

from collections.abc import Sequence
from datetime import date

from api.stays.calendar.repository import TakenRow
from api.stays.rates.neighbours import first_for_sale
from api.stays.rates.rules import Terms, span

AROUND, FARTHEST = 31, 366  # nights beyond the range that are looked at for arrivals and departures


def margin(terms: Terms) -> int:
    """How many nights beyond the range decide on the nights in it: those of the longest stay that is asked for."""
    asked = [season.min_stay or 1 for season in terms.seasons]
    return min(max(AROUND, terms.rules.min_stay or 1, *asked), FARTHEST)


class Nights:
    """The nights of a range with what is around it."""

    def __init__(self, terms: Terms, taken: Sequence[TakenRow], start: date, end: date, today: date) -> None:
        self.terms, more = terms, margin(terms)
        self.first, self.last = start.toordinal() - more, end.toordinal() + more
        self.for_sale = first_for_sale(terms.rules, today)
        self.owners: dict[int, TakenRow] = {}
        self.firm = set[int]()  # nights that cannot be sold because of something that does not run out
        self.reasons: dict[int, list[str]] = {night: [] for night in range(self.first, self.last)}
        for row in taken:
            self._take(row)
        self._close(today)
        self._unreachable()

    def of(self, night: date) -> tuple[TakenRow | None, list[str]]:
        """What takes a night, and the reasons against it."""
        number = night.toordinal()
        owner = self.owners.get(number)
        return owner, self.reasons[number] if owner is None else [owner.kind]

    def _take(self, row: TakenRow) -> None:
        start, end = date.fromisoformat(row.start_date).toordinal(), date.fromisoformat(row.end_date).toordinal()
        for night in self._within(start, end):
            self.owners[night] = row
        days = self.terms.rules.preparation_days
        if row.kind != "hold":
            self.firm.update(self._within(start - days, end + days))
        for night in [*self._within(start - days, start), *self._within(end, end + days)]:
            if "prep" not in self.reasons[night]:
                self.reasons[night].append("prep")

    def _within(self, start: int, end: int) -> range:
        return range(max(start, self.first), min(end, self.last))

    def _close(self, today: date) -> None:
        """The nights that are too near or too far."""
        soonest, latest = span(self.terms.rules, today)
        for night in () if soonest is None else self._within(self.first, soonest.toordinal()):
            self.reasons[night].append("advance_notice")
        for night in () if latest is None else self._within(latest.toordinal() + 1, self.last):
            self.reasons[night].append("booking_window")

    def _unreachable(self) -> None:
        """The nights that no stay can hold, because it would be too short, or begin or end on a closed day."""
        if not self.terms.seasons and (self.terms.rules.min_stay or 1) == 1:
            return
        for start, end in self._gaps():
            leave = self._departures(start, end)
            long_enough = allowed = start  # how far the stays reach that begin on a night or before it
            for night in range(start, end):
                least = self.terms.min_stay(date.fromordinal(night), self._gap(night, start, end))
                longest, open_until = self._reach(night, least, end, leave)
                long_enough, allowed = max(long_enough, longest), max(allowed, open_until)
                if long_enough <= night:
                    self.reasons[night].append("min_stay")
                elif allowed <= night:
                    self.reasons[night].append("closed")

    def _gaps(self) -> list[tuple[int, int]]:
        """Runs of nights that nothing takes and nothing closes."""
        gaps, start = [], self.first
        for night in range(self.first, self.last + 1):
            if night == self.last or night in self.owners or self.reasons[night]:
                if start < night:
                    gaps.append((start, night))
                start = night + 1
        return gaps

    def _gap(self, arrival: int, start: int, end: int) -> int | None:
        """How many of these nights can be sold to who arrives on one of them; None where they are no gap.

        A hold bounds none: with its nights there are more than can be booked while it lives.
        """
        begins = max(start, self.for_sale)
        bounded = end in self.firm and (begins == self.for_sale or begins - 1 in self.firm)
        return end - begins if bounded and begins <= arrival else None

    def _departures(self, start: int, end: int) -> dict[int, int]:
        """For each day of a gap the last day until then on which one may leave."""
        found, last = {}, start
        for day in range(start, end + 1):
            if not self.terms.closed_to_departure(date.fromordinal(day)):
                last = day
            found[day] = last
        return found

    def _reach(self, arrival: int, least: int, end: int, leave: dict[int, int]) -> tuple[int, int]:
        """Until when who arrives may stay at most: by the length alone, and with days that are closed."""
        day = date.fromordinal(arrival)
        most, soonest = self.terms.max_stay(day), arrival + least
        longest = end if most is None else min(end, arrival + most)
        if longest < soonest:
            return arrival, arrival
        open_until = arrival if self.terms.closed_to_arrival(day) or leave[longest] < soonest else leave[longest]
        return longest, open_until
