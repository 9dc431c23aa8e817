"""Nights as ranges `[start, end)` of ISO dates: one costs the same however long it is, be it to the year 9999. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

Span = tuple[str, str]


class Ranged(Protocol):
    """What has nights."""

    @property
    def start(self) -> str:
        """The first night."""

    @property
    def end(self) -> str:
        """The day after the last one."""


T = TypeVar("T", bound=Ranged)


def days(start: str, end: str) -> int:
    """How many nights lie between two dates; negative when the second comes first."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


class Nights:
    """The nights that any of some ranges has."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[str] = []
        self._ends: list[str] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def count(self) -> int:
        """How many there are."""
        return sum(map(days, self._starts, self._ends))

    def cover(self, start: str, end: str) -> bool:
        """Whether all of `[start, end)` are among them."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and end <= self._ends[at]

    def meet(self, start: str, end: str) -> bool:
        """Whether one of `[start, end)` is among them."""
        at = bisect_left(self._starts, end) - 1
        return at >= 0 and start < self._ends[at]


class Timeline(Generic[T]):
    """Things with nights, which may overlap, for finding those that share a night with a range."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things: Sequence[T] = sorted(things, key=lambda one: (one.start, one.end))
        self._starts = [one.start for one in self._things]
        self._reach = list(accumulate((one.end for one in self._things), max))  # of each and all before it

    def meeting(self, start: str, end: str) -> Iterator[T]:
        """What shares a night with `[start, end)`, the last to begin first."""
        for at in range(bisect_left(self._starts, end) - 1, -1, -1):
            if self._reach[at] <= start:
                return
            if self._things[at].end > start:
                yield self._things[at]
