"""API keys: recognised by their look, and a typo is seen without a database."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.credentials import credential_of
from api.access.key_text import is_whole, new_key
from propflow.errors import Unauthorized

KEY = new_key("live")


def test_a_key_holds_256_bits_in_letters_and_digits() -> None:
    assert re.fullmatch(r"pf_live_[0-9A-Za-z]{49}", KEY)
    assert new_key("test").startswith("pf_test_")
    assert 43 * math.log2(62) > 256
    assert len({new_key("live") for _ in range(1000)}) == 1000


def test_a_new_key_is_whole() -> None:
    assert all(is_whole(new_key(mode)) for mode in ("live", "test") for _ in range(200))


@given(st.integers(8, len(KEY) - 1), st.sampled_from("0123456789ABCXYZabcxyz"))
def test_one_other_character_is_noticed(place: int, character: str) -> None:
    typo = KEY[:place] + character + KEY[place + 1 :]
    assert is_whole(typo) == (typo == KEY)


def test_two_characters_that_changed_places_are_noticed() -> None:
    for place in range(8, len(KEY) - 1):
        swapped = KEY[:place] + KEY[place + 1] + KEY[place] + KEY[place + 2 :]
        assert is_whole(swapped) == (swapped == KEY)


@pytest.mark.parametrize(
    "text",
    [KEY[:-1], KEY + "0", KEY.replace("live", "test"), KEY.upper(), f"{KEY}\n", "pf_live_", "pf_live_é" + "0" * 48],
    ids=["cut off", "longer", "of the other mode", "in capitals", "with a line end", "a prefix", "not ASCII"],
)
def test_what_is_no_key_is_refused_before_any_look_up(text: str) -> None:
    assert not is_whole(text)
    if text.startswith("pf_") and text.strip() == text:
        with pytest.raises(Unauthorized, match="key_malformed"):
            credential_of("GET", f"Bearer {text}", None, own_origin=False)


def test_a_session_token_is_no_key() -> None:
    assert not credential_of("GET", "Bearer " + "x" * 43, None, own_origin=False).is_key
    assert credential_of("GET", f"Bearer {KEY}", None, own_origin=False).is_key
