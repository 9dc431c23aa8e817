"""Who was beaten reads anew and tries again, a few times."""

import asyncio

import pytest

from api.core.retry import ATTEMPTS, retried
from propflow.bindings.d1 import refusal
from propflow.errors import Conflict


def beaten() -> Conflict:
    return Conflict("changed_meanwhile", "Others keep being faster.")


class Refused:
    """An attempt that the database refuses by these names, one after the other, and then takes."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self.names:
            raise refusal(self.names.pop(0))
        return "done"


def test_an_attempt_that_nobody_beat_is_the_last() -> None:
    attempt = Refused()
    assert asyncio.run(retried(attempt, beaten)) == "done"
    assert attempt.made == 1


def test_who_was_beaten_tries_again() -> None:
    attempt = Refused(*["guard_failed"] * (ATTEMPTS - 1))
    assert asyncio.run(retried(attempt, beaten)) == "done"


def test_who_is_beaten_every_time_is_told_so() -> None:
    attempt = Refused(*["guard_failed"] * ATTEMPTS)
    with pytest.raises(Conflict, match="Others keep being faster"):
        asyncio.run(retried(attempt, beaten))
    assert attempt.made == ATTEMPTS


def test_another_name_is_a_lost_race_where_it_is_said_to_be_one() -> None:
    assert asyncio.run(retried(Refused("unique:users"), beaten, races=["unique:users"])) == "done"


def test_what_is_no_race_is_not_tried_again() -> None:
    attempt = Refused("unit_overlap")
    with pytest.raises(Exception, match="unit_overlap"):
        asyncio.run(retried(attempt, beaten, races=["unique:users"]))
    assert attempt.made == 1
