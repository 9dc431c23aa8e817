"""Steps of hashes take turns, with a pause for others after each, and not too many wait."""

from api.accounts.turns import LONGEST_LINE, PAUSE, STEP, Turns


def test_one_who_is_alone_waits_for_nobody_and_pauses_between_steps() -> None:
    turns = Turns()
    assert turns.book(1_000) == 0
    assert turns.book(1_000 + STEP) == PAUSE


def test_several_come_one_after_the_other() -> None:
    turns = Turns()
    assert [turns.book(1_000) for _ in range(4)] == [0, STEP + PAUSE, 2 * (STEP + PAUSE), 3 * (STEP + PAUSE)]


def test_a_step_that_took_longer_is_followed_by_as_long_a_pause() -> None:
    turns = Turns()
    turns.book(1_000)
    turns.end(1_000, 1_000 + 10 * STEP)
    assert turns.book(1_000 + 10 * STEP) == 10 * STEP


def test_a_long_line_is_refused_until_it_is_shorter() -> None:
    turns = Turns()
    taken = 0
    while not turns.is_long(1_000):
        turns.book(1_000)
        taken += 1
    assert LONGEST_LINE // (STEP + PAUSE) <= taken <= LONGEST_LINE // (STEP + PAUSE) + 1
    assert not turns.is_long(1_000 + STEP + PAUSE)
