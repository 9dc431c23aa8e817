"""Names made fit for a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify import text
from propflow.graphemes import clusters
from tests.unit.propflow.writings import writing


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Zoë Müller", "Zoe Müller"),  # the alphabet has ü but not ë
        ("José Ñandú", "José Ñandu"),
        ("Jose\u0301 Nun\u0303ez", "José Nuñez"),
        ("Casa 👨\u200d👩\u200d👧 1\ufe0f\u20e3", "Casa 1"),
        ("“Łódź” – l’été…", '"odz" - l\'été...'),
        ("Ａｐｔ １", "Apt 1"),
        ("王小明", ""),
        ("a\tb\u202ec", "a b c"),
    ],
)
def test_gsm_keeps_what_it_can_write(typed: str, written: str) -> None:
    assert text.gsm(text.one_line(typed, 100)) == written


def test_extended_characters_take_two_places() -> None:
    assert text.septets("a€[]") == 7


def test_one_line_has_no_control_characters() -> None:
    assert text.one_line("  a\r\nBcc: x\u2028y\x00z ", 100) == "a Bcc: x y z"


@given(writing)
def test_names_in_every_script_and_joined_emoji_survive(typed: str) -> None:
    assert text.one_line(typed, 1_000) == typed
    assert text.one_line(f"\u202e{typed}\u200b", 1_000) == typed


@given(writing, st.integers(1, 60))
def test_a_line_is_cut_between_what_readers_see(typed: str, most: int) -> None:
    line = text.one_line(typed, most)
    assert len(line) <= most and clusters(line) == clusters(typed)[: len(clusters(line))]


@given(writing)
def test_an_sms_holds_nothing_of_what_its_alphabet_cannot_write(typed: str) -> None:
    written = text.gsm(text.one_line(typed, 200))
    assert text.septets(written) >= len(written) and text.gsm(written) == written
    assert text.first_name(f"Ana👩\u200d👧 {typed}") == "Ana"


def test_clip_measures_as_it_is_told() -> None:
    assert text.clip("abc €", 5, text.septets) == "abc"
    assert text.clip("abcdef", 3, len) == "abc"


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("Grace Guest", "Grace"),
        ("  anne-marie d'Arc", "anne-marie"),
        ("O'Neill", "O'Neill"),
        ("Ame\u0301lie Poulain", "Amélie"),
        ("4ever.example/x", "ever"),
        ("🙂", ""),
        ("Wolfeschlegelsteinhausen", "Wolfeschlegelste"),
    ],
)
def test_a_first_name_has_only_letters(typed: str, called: str) -> None:
    assert text.first_name(typed) == called


@pytest.mark.parametrize(
    ("typed", "called"),
    [("J.R.R. Tolkien", "J. R. R. Tolkien"), ("evil.example", "evil. example"), ("a <b@c>", "a b c")],
)
def test_a_person_is_no_link(typed: str, called: str) -> None:
    assert text.person(typed) == called
