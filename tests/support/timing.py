"""Whether two lists of durations tell which is which."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Difference:
    """`p`: how likely so large a difference of ranks is when there is none. `delta` and `base` in milliseconds."""

    delta: float
    base: float
    p: float

    @property
    def share(self) -> float:
        """The difference of the medians as a part of the first."""
        return abs(self.delta) / self.base

    @property
    def tells_nothing(self) -> bool:
        """By rank nothing unusual, or by size nothing that counts."""
        return self.p > 0.01 or self.share < 0.05

    def __str__(self) -> str:
        return f"median {self.base:.1f} ms, delta {self.delta:+.2f} ms ({self.share:.1%}), p = {self.p:.3f}"


def compare(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Of durations in seconds."""
    base, other = median(first) * 1000, median(second) * 1000
    return Difference(other - base, base, mann_whitney(first, second))


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p of the Mann-Whitney U test, by the normal approximation with its correction for ties."""
    n, m = len(first), len(second)
    ordered = sorted([*first, *second])
    places: dict[float, float] = {}
    for index, value in enumerate(ordered):
        places.setdefault(value, index + 1)
    ties = Counter(ordered)
    ranks = sum(places[value] + (ties[value] - 1) / 2 for value in first)
    u = ranks - n * (n + 1) / 2
    total = n + m
    correction = sum(count**3 - count for count in ties.values()) / (total * (total - 1))
    deviation = math.sqrt(n * m / 12 * (total + 1 - correction))
    if deviation == 0:
        return 1.0
    distance = max(abs(u - n * m / 2) - 0.5, 0) / deviation
    return math.erfc(distance / math.sqrt(2))
