"""Names made fit for a message."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.letters import text
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


WHAT_BECOMES_A_LINK = re.compile(
    r"""(?ix)
      [a-z][a-z0-9+.-]* : [^\s\d]                        # https: mailto: tel: javascript:
    | [/\\⁄∕／＼]{2}                                      # //host
    | \w [.․‥…。｡︒﹒．⒈-⒛🄀]+ \w* [^\W\d]                  # evil.com, evil．com, 1.2m
    | \d+ (?:[.。｡．․﹒] \d+){2,}                          # 10.0.0.1
    | \S [@﹫＠] \S                                       # ada@example
    | \d (?:[\s().–—/\\-]* \d){6,}                        # +44 20 7946 0958
    """
)
"""More than mail programs and phones make a link of."""

LINKS = [
    "Pay now: evil-example.com/x", "https://evil-example.com", "HTTP://evil-example.com:8080/x?y#z",
    "www.evil.example", "evil．com", "evil。com", "evil｡com", "evil․com", "evil﹒com/x", "xn--evl-0ra.example",
    "évil.example", "зло.рф", "10.0.0.1", "ada@evil.example", "ada＠evil．example", "mailto:ada", "tel:+44123",
    "sms:123", "javascript:alert(1)", "//evil/x", "+44 20 7946 0958", "0900-123-456", "(555) 123-4567",
    "5551234567", "０９００１２３４５６", "٠٩٠٠١٢٣٤٥٦", "0900/12 34 56", "e.v.i.l.com", "evil.\u200bcom",
    "evil\u00ad.com", "evil.\ufe0fcom", "evil..com", "evil⒈com", "bit.ly/2x", "2.5.example", "t.co",
]  # fmt: skip


@pytest.mark.parametrize("typed", LINKS)
def test_what_a_tenant_chooses_is_no_link(typed: str) -> None:
    for written in (text.chosen(typed, 80), text.unlinked(text.gsm(typed)), text.person(typed)):
        assert not WHAT_BECOMES_A_LINK.search(written), written


_PIECES = st.one_of(
    st.sampled_from(
        [".", "．", "。", "․", "…", "⒈", ":", "：", "/", "\\", "@", "＠", "www", "http", "com", "evil", "-", " ", "("]
    ),
    st.sampled_from(["\u200b", "\u00ad", "\ufe0f", "\u200d", "王", "🙂", "²", "_", "+", "\n", "é", "ı", "\u0301"]),
    st.from_regex(r"[0-9]{1,8}", fullmatch=True),
    st.characters(exclude_categories=("Cs",)),
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_nothing_that_can_be_typed_is_a_link(typed: str) -> None:
    for written in (text.chosen(typed, 80), text.unlinked(text.gsm(typed)), text.person(typed)):
        assert not WHAT_BECOMES_A_LINK.search(written), written
    assert text.unlinked(text.chosen(typed, 80)) == text.chosen(typed, 80)


@pytest.mark.parametrize(
    "typed",
    [
        "Casa Azul",
        "Apt. 4, 2nd floor",
        "City tax 2.5 %",
        "Late check-in (10:30)",
        "3/4 rooms",
        "No. 12 & No. 14",
        "Nº 5",
        "A/C",
    ],
)
def test_ordinary_names_stay_as_they_are(typed: str) -> None:
    assert text.chosen(typed, 80) == typed


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Pay now: evil-example.com/x", "Pay now: evil-example. com/x"),
        ("J.R.R. Tolkien's", "J. R. R. Tolkien's"),
        ("Call 0900 123 456", "Call 0900_123_456"),
        ("Unit 5551234567", "Unit 5551_2345_67"),
        ("ada@evil", "ada @ evil"),
    ],
)
def test_what_is_taken_apart_can_still_be_read(typed: str, written: str) -> None:
    assert text.chosen(typed, 80) == written
