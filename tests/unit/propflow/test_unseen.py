"""What nobody sees is taken out of names; what joins letters and emoji stays where it joins them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.unseen import seen
from tests.unit.propflow.writings import HIDDEN, SELECTOR, ZWJ, ZWNJ, writing

ANY = st.text(st.characters() | st.sampled_from([*HIDDEN, ZWJ, ZWNJ, SELECTOR, "👩", "ی", "क", "्"]), max_size=30)


@given(writing)
def test_names_in_every_script_and_joined_emoji_stay_as_they_are(text: str) -> None:
    assert seen(text, " ") == seen(text, "") == text


@given(writing, st.lists(st.tuples(st.integers(0, 60), st.sampled_from(HIDDEN)), min_size=1, max_size=5))
def test_what_hides_between_them_goes(text: str, hidden: list[tuple[int, str]]) -> None:
    for place, char in hidden:
        text = text[:place] + char + text[place:]
    left = seen(text, "")
    regions = left.count("🏴")
    assert not set(left) & set(HIDDEN) - {"\U000e007f"}
    assert left.count("\U000e007f") <= regions


@given(ANY, st.sampled_from(["", " "]))
def test_what_was_cleaned_is_clean(text: str, instead: str) -> None:
    once = seen(text, instead)
    assert seen(once, instead) == once
    assert ZWJ * 2 not in once and ZWNJ * 2 not in once and SELECTOR * 2 not in once
    assert not once.startswith((ZWJ, ZWNJ, SELECTOR))


@given(st.text("abcdefgXYZ0123 .,-/@", max_size=12), st.sampled_from([ZWJ, ZWNJ, "\u180e"]), st.integers(0, 12))
def test_a_joiner_in_a_script_without_joining_leaves_no_trace(text: str, joiner: str, place: int) -> None:
    assert seen(text[:place] + joiner + text[place:], " ") == text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\u202eb", "a b"), ("Jo\u200bhn", "Jo hn"), (f"👩{ZWJ}", "👩"), (f"{ZWJ}👩", "👩"),
        (f"👩{ZWJ}{ZWJ}👧", f"👩{ZWJ}👧"),
        (f"👩{ZWJ}x", "👩x"), (f"اب{ZWNJ} ج", "اب ج"), (f"evil.{SELECTOR}example", "evil.example"),
        (f" {SELECTOR}a", " a"),
        (f"x{SELECTOR * 3}y", f"x{SELECTOR}y"), ("🏴\U000e0067\U000e0062", "🏴  "), ("a\U000e0067\U000e007f", "a  "),
        (f"paypal{ZWNJ}.com", "paypal.com"), ("a\r\nb", "a  b"), ("\ud800", " "),
    ],
)  # fmt: skip
def test_what_joins_nothing_and_what_hides_is_not_shown(typed: str, shown: str) -> None:
    assert seen(typed, " ") == shown
