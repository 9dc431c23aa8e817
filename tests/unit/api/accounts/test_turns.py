"""Steps of hashes take turns, with a pause for others after each, and not too many wait."""

import asyncio

import pytest

from api.people.identity import turns as line
from api.people.identity.turns import BELIEVED, LONGEST_LINE, LONGEST_OF_DEVICES, PAUSE, STEP, Turns, pause_after
from propflow.errors import Unavailable

STEPS = 10
EACH = STEPS * (STEP + PAUSE)


def test_one_who_is_alone_waits_for_nobody_and_pauses_between_steps() -> None:
    turns = Turns()
    password = turns.take_on(1_000, STEPS)
    assert turns.book(1_000, password) == 0
    assert turns.book(1_000 + STEP, password) == PAUSE


def test_several_come_one_after_the_other() -> None:
    turns = Turns()
    waits = [turns.book(1_000, turns.take_on(1_000, STEPS)) for _ in range(4)]
    assert waits == [0, STEP + PAUSE, 2 * (STEP + PAUSE), 3 * (STEP + PAUSE)]


def test_a_step_that_took_longer_is_followed_by_as_long_a_pause() -> None:
    turns = Turns()
    password = turns.take_on(1_000, STEPS)
    turns.book(1_000, password)
    turns.end(1_000, 1_000 + 10 * STEP)
    assert turns.book(1_000 + 10 * STEP, password) == 10 * STEP


def test_steps_in_one_go_are_followed_by_the_pause_of_one() -> None:
    turns = Turns()
    password = turns.take_on(1_000, STEPS)
    turns.book(1_000, password)
    turns.end(1_000, 1_000 + STEPS * 3 * STEP, steps=STEPS)
    assert turns.book(1_000 + STEPS * 3 * STEP, password) == 3 * STEP


@pytest.mark.parametrize(
    "step", [STEP // 2, STEP, 2 * STEP, 5 * STEP], ids=["quick", "as measured", "slow", "slower than a pause"]
)
def test_steps_in_one_go_and_their_pauses_take_as_long_as_turns(step: int) -> None:
    turns, now = Turns(), 1_000
    password = turns.take_on(now, STEPS)
    for _ in range(STEPS):
        began = now + turns.book(now, password)
        now = began + step
        turns.end(began, now)
    in_turns = now - 1_000
    turns, now = Turns(), 1_000 + STEPS * step
    password = turns.take_on(1_000, STEPS)
    turns.book(1_000, password)
    assert turns.end(1_000, now, steps=STEPS) == step
    for _ in range(STEPS - 1):
        now += turns.book(now, password, pause_after(step))
    assert now - 1_000 == in_turns


def test_steps_of_many_lengths_take_as_long_as_steps_of_one() -> None:
    """Where the machine is busy, one takes longer than another: what is made in one go must not be quicker for that."""

    def taken(*steps: int) -> int:
        turns, now = Turns(), 1_000
        password = turns.take_on(now, len(steps))
        for step in steps:
            began = now + turns.book(now, password)
            now = began + step
            turns.end(began, now)
        return now + turns.book(now, password) - 1_000

    assert taken(*[STEP // 2, 2 * STEP] * 4) == taken(*[STEP] * 8) == 8 * (STEP + PAUSE)


def test_who_has_booked_the_next_turn_keeps_it() -> None:
    turns = Turns()
    first, second = turns.take_on(1_000, STEPS), turns.take_on(1_000, STEPS)
    turns.book(1_000, first)
    assert turns.book(1_000, second) == STEP + PAUSE
    turns.end(1_000, 1_000 + STEP // 2)
    assert turns.book(1_000 + STEP // 2, first) == 2 * (STEP + PAUSE) - STEP // 2


def test_all_steps_to_come_count_before_the_first_is_made() -> None:
    """Many at once pass a look at an empty line; at the first step each sees those that were taken on before it."""
    turns = Turns()
    taken = 0
    while not turns.is_long(1_000):
        turns.take_on(1_000, STEPS)
        taken += 1
    assert taken == LONGEST_LINE // EACH + 1
    assert not turns.is_long(1_000, LONGEST_OF_DEVICES), "a known device waits longer"
    while not turns.is_long(1_000, LONGEST_OF_DEVICES):
        turns.take_on(1_000, STEPS)
        taken += 1
    assert taken == LONGEST_OF_DEVICES // EACH + 1, "but not without end"


def test_what_is_done_counts_no_more() -> None:
    turns = Turns()
    passwords = [turns.take_on(1_000, STEPS) for _ in range(LONGEST_LINE // EACH + 1)]
    assert turns.is_long(1_000)
    for _ in range(STEPS):
        for password in passwords:
            turns.book(1_000, password)
    assert turns.is_long(1_000), "booked, but not over"
    assert not turns.is_long(1_000 + len(passwords) * EACH - LONGEST_LINE)


def test_who_never_comes_back_counts_for_a_while() -> None:
    turns = Turns()
    for _ in range(100):
        turns.take_on(1_000, STEPS)
    assert turns.is_long(1_000 + BELIEVED - 1)
    assert not turns.is_long(1_000 + BELIEVED)


def test_of_many_who_looked_at_once_only_some_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "_turns", Turns())
    monkeypatch.setattr(line, "now_ms", lambda: 1_000)
    looked = 0

    async def come() -> bool:
        nonlocal looked
        line.look()
        looked += 1
        await asyncio.sleep(0)  # what others are asked meanwhile
        try:
            line.take_on(STEPS)
        except Unavailable as busy:
            assert busy.code == "busy"
            return False
        line.take_on(STEPS)  # whoever has begun is not stopped at the second password
        return True

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*[come() for _ in range(50)])

    begun = asyncio.run(all_at_once())
    assert looked == 50
    assert sum(begun) == LONGEST_LINE // (2 * EACH) + 1
