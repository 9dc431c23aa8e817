"""Names made fit for a message."""

from __future__ import annotations

import pytest

from notify import text


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Zoë Müller", "Zoe Müller"),  # the alphabet has ü but not ë
        ("José Ñandú", "José Ñandu"),
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


def test_clip_measures_as_it_is_told() -> None:
    assert text.clip("abc €", 5, text.septets) == "abc"
    assert text.clip("abcdef", 3, len) == "abc"


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("Grace Guest", "Grace"),
        ("  anne-marie d'Arc", "anne-marie"),
        ("O'Neill", "O'Neill"),
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
