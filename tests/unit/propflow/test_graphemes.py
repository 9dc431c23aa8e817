"""A text is cut between the characters that a reader sees, never within one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.graphemes import clip, clusters
from tests.unit.propflow.writings import ZWJ, emoji, writing


@given(st.lists(emoji, max_size=8))
def test_emoji_are_cut_between_sequences(sequences: list[str]) -> None:
    assert clusters("".join(sequences)) == sequences


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Jose\u0301", ["J", "o", "s", "e\u0301"]), ("नमस्ते", ["न", "म", "स्ते"]), (f"क्{ZWJ}ष", [f"क्{ZWJ}ष"]),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", ["\u1112\u1161\u11ab", "\u1100\u1173\u11af"]),
        ("한\u11a8글", ["한\u11a8", "글"]),
        ("กำธร", ["กำ", "ธ", "ร"]), ("🇨🇭🇫🇷🇩", ["🇨🇭", "🇫🇷", "🇩"]), ("a 👍🏿b", ["a", " ", "👍🏿", "b"]), ("", []),
        ("e\u0301 \u0301", ["e\u0301", " ", "\u0301"]), ("ab", ["a", "b"]), (f"a{ZWJ}b", [f"a{ZWJ}", "b"]),
    ],
)  # fmt: skip
def test_what_belongs_together_is_one_piece(text: str, pieces: list[str]) -> None:
    assert clusters(text) == pieces


@given(st.text(max_size=40) | writing)
def test_the_pieces_are_the_text(text: str) -> None:
    pieces = clusters(text)
    assert "".join(pieces) == text and all(pieces)
    assert [clusters(piece) for piece in pieces] == [[piece] for piece in pieces]


@given(writing, st.integers(0, 60))
def test_the_end_of_what_is_too_long_is_left_out_whole(text: str, most: int) -> None:
    cut = clip(text, most)
    assert len(cut) <= most and text.startswith(cut)
    assert clusters(cut) == clusters(text)[: len(clusters(cut))]
    assert cut == text or len(cut) + len(clusters(text[len(cut) :].lstrip())[0]) + 1 > most


@given(writing, st.integers(0, 200))
def test_a_measure_of_ones_own_is_kept(text: str, most: int) -> None:
    assert len(clip(text, most, lambda one: len(one.encode())).encode()) <= most
