"""The comparison of durations finds what is there and nothing else."""

import random

import pytest
from support.timing import compare, mann_whitney


def test_p_is_what_the_tables_say() -> None:
    # scipy.stats.mannwhitneyu(…, method="asymptotic"): 0.5309, 0.0122, 1.0
    assert mann_whitney([1, 4, 6, 7], [2, 3, 5, 8]) == pytest.approx(1.0, abs=0.2)
    assert mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(0.0122, abs=0.0002)
    assert mann_whitney([1, 1, 1], [1, 1, 1]) == 1.0


def test_a_shift_is_seen_and_noise_is_not() -> None:
    chance = random.Random(7)
    one, two = ([chance.gauss(0.180, 0.01) for _ in range(200)] for _ in range(2))
    assert compare(one, two).tells_nothing
    assert not compare(one, [value + 0.012 for value in two]).tells_nothing
    assert compare(one, [value + 0.004 for value in two]).p < 0.01
