"""Identifiers sort by creation, name their kind and cannot be guessed."""

from hypothesis import given
from hypothesis import strategies as st

from propflow.ids import GROUPS, ending, first_id, is_id, new_id, new_token

INSTANTS = st.integers(0, 2**48 - 1)


@given(INSTANTS)
def test_an_id_is_recognised_by_its_prefix_only(now: int) -> None:
    made = new_id("bkg", now)
    assert is_id(made, "bkg")
    assert not is_id(made, "unit")
    assert not is_id(made + "0", "bkg")


@given(INSTANTS, INSTANTS)
def test_ids_sort_by_creation(first: int, second: int) -> None:
    if first < second:
        assert new_id("occ", first) < new_id("occ", second)


def test_ids_of_one_instant_differ() -> None:
    assert len({new_id("occ", 1) for _ in range(1000)}) == 1000


def test_a_token_has_256_bits() -> None:
    assert len(new_token()) == 43


@given(INSTANTS, INSTANTS)
def test_the_first_id_of_an_instant_parts_what_was_made_before_it(first: int, second: int) -> None:
    assert (new_id("occ", first) < first_id("occ", second)) == (first < second)


def test_endings_part_ids_into_1024_groups() -> None:
    assert len({ending(number) for number in range(5_000)}) == GROUPS
    assert ending(33) == "11"
