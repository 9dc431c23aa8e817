"""A test clock runs forward, and not for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.test_clock.rules import FURTHEST, check_move
from propflow.errors import Unprocessable

REAL = 1_800_000_000_000


@given(st.integers(-FURTHEST, FURTHEST), st.integers(0, FURTHEST))
def test_it_goes_from_where_it_is_to_five_years_ahead_of_the_real_time(at: int, further: int) -> None:
    now, to = REAL + at, REAL + at + further
    if to > REAL + FURTHEST:
        with pytest.raises(Unprocessable, match="clock_too_far"):
            check_move(to, now, REAL)
    else:
        check_move(to, now, REAL)


@given(st.integers(-FURTHEST, FURTHEST), st.integers(1, FURTHEST))
def test_it_never_goes_back(at: int, back: int) -> None:
    with pytest.raises(Unprocessable, match="clock_runs_forward"):
        check_move(REAL + at - back, REAL + at, REAL)
