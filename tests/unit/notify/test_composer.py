"""What guests read: everything that strangers typed is harmless, and an SMS is one part."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.letters import text
from notify.letters.guests import composer
from notify.letters.guests.templates import BOOKING_CANCELLED, BOOKING_CHANGED, BOOKING_CONFIRMED, TEMPLATES
from tests.unit.notify.bookings import booking
from tests.unit.notify.test_text import LINKS, WHAT_BECOMES_A_LINK
from tests.unit.propflow.writings import word, writing

CONFIRMED, CANCELLED = TEMPLATES[BOOKING_CONFIRMED], TEMPLATES[BOOKING_CANCELLED]
NASTY = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
OUR_TAGS = {"html", "head", "meta", "title", "body", "h1", "p", "table", "tr", "th", "td"}


class Page(HTMLParser):
    """The tags and the text of an email."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_an_email_tells_all_of_the_stay() -> None:
    email = composer.email(CONFIRMED, booking())
    assert email.to == "grace@example.net"
    assert email.subject == "Your stay at Casa Azul is confirmed"
    for part in ("Grace Guest", "Apartment 1, Casa Azul", "Fri 12 March 2027", "Mon 15 March 2027", "Guests: 2",
                 "bkg_01k0000000000000000000000a", "Cleaning: EUR 40.00", "Total: EUR 400.00"):  # fmt: skip
        assert part in email.text


def test_html_says_what_the_text_says() -> None:
    email = composer.email(CANCELLED, booking(unit_name="Tom & Jerry's", property_name='"Nº 5" <b>'))
    page = Page(email.html)
    for line in email.text.split("\n"):
        for part in line.split(": ", 1):
            assert part in page.text


def test_markup_in_names_stays_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    email = composer.email(CONFIRMED, booking(guest_name=evil, unit_name=evil, property_name=evil))
    assert Page(email.html).tags <= OUR_TAGS
    assert "<img" not in email.html


@given(word, writing)
def test_names_are_written_as_their_owners_write_them(guest: str, place: str) -> None:
    shown = text.one_line(place, 80)
    email = composer.email(CONFIRMED, booking(guest_name=guest, property_name=place, unit_name=place))
    assert email.subject == f"Your stay at {shown} is confirmed"
    assert f"Where: {shown}, {shown}" in email.text and guest in email.text
    assert shown in Page(email.html).text and guest in Page(email.html).text
    sms = composer.sms(CONFIRMED, booking(guest_name=guest, property_name=place, unit_name=place))
    assert text.gsm(sms.body) == sms.body and text.septets(sms.body) <= composer.SMS_SEPTETS


@given(NASTY, NASTY, NASTY)
def test_no_name_makes_a_tag_a_header_or_a_second_line(guest: str, unit: str, place: str) -> None:
    email = composer.email(CONFIRMED, booking(guest_name=guest, unit_name=unit, property_name=place))
    assert Page(email.html).tags <= OUR_TAGS
    assert "\n" not in email.subject
    assert "\r" not in email.subject
    assert len(email.text.splitlines()) == len(composer.email(CONFIRMED, booking()).text.splitlines())


@pytest.mark.parametrize(
    "name", ["Visit evil.example/now", "www.evil.example", "https://evil.example", "a@evil.example"]
)
def test_a_guest_name_is_no_link(name: str) -> None:
    email, sms = composer.email(CONFIRMED, booking(guest_name=name)), composer.sms(CONFIRMED, booking(guest_name=name))
    for words in (email.text, email.html, sms.body):
        assert "evil.example" not in words
        assert "://evil" not in words


@pytest.mark.parametrize("typed", LINKS)
def test_nothing_that_a_tenant_chose_is_a_link_in_what_guests_get(typed: str) -> None:
    lines = json.dumps([{"kind": "fee", "name": typed, "quantity": 1, "amount": 4_000}])
    later = json.dumps([[typed, "2027-03-14"]])
    stay = booking(property_name=typed, unit_name=typed, guest_name=typed, lines=lines, later_units=later, id="bkg_x")
    for template in TEMPLATES.values():
        email, sms = composer.email(template, stay), composer.sms(template, stay)
        parts = [unescape(part) for part in re.split(r"<[^>]*>", email.html)]
        for words in (email.subject, sms.body, *email.text.splitlines(), *parts):
            assert not WHAT_BECOMES_A_LINK.search(words), words


def test_braces_in_names_are_not_fields() -> None:
    email = composer.email(CONFIRMED, booking(property_name="{check_in} {0} {"))
    assert email.subject == "Your stay at {check_in} {0} { is confirmed"


def test_a_stay_that_changes_its_unit_says_when_and_to_which() -> None:
    stay = booking(later_units='[["Studio", "2027-03-14"], ["Garden flat", "2027-03-13"]]')
    told = composer.email(TEMPLATES[BOOKING_CHANGED], stay)
    assert "Where: Apartment 1, Casa Azul\nFrom Sat 13 March 2027: Garden flat\n" in told.text
    assert "Garden flat\nFrom Sun 14 March 2027: Studio\n" in told.text
    assert "<td>Garden flat</td>" in told.html
    assert "Apartment 1, then Garden flat" in composer.sms(TEMPLATES[BOOKING_CHANGED], stay).body


def test_the_same_booking_gives_the_same_bytes() -> None:
    assert composer.email(CONFIRMED, booking()) == composer.email(CONFIRMED, booking())
    assert composer.sms(CONFIRMED, booking()) == composer.sms(CONFIRMED, booking())


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "Total: JPY 40000"), ("KWD", "Total: KWD 40.000")])
def test_amounts_have_the_digits_of_their_currency(currency: str, shown: str) -> None:
    assert shown in composer.email(CONFIRMED, booking(currency=currency)).text


def test_an_sms_is_short_and_plain() -> None:
    assert composer.sms(CONFIRMED, booking()).body == (
        "Casa Azul: Grace, your stay in Apartment 1 from 12 Mar 2027 to 15 Mar 2027 is confirmed."
    )
    assert "is cancelled." in composer.sms(CANCELLED, booking()).body


def test_a_name_that_gsm_cannot_write_is_left_out() -> None:
    body = composer.sms(CONFIRMED, booking(guest_name="王小明", unit_name="客房", property_name="民宿")).body
    assert body == "Your booking: your stay in your unit from 12 Mar 2027 to 15 Mar 2027 is confirmed."


@given(NASTY, NASTY, NASTY)
def test_an_sms_is_one_part_of_the_gsm_alphabet(guest: str, unit: str, place: str) -> None:
    body = composer.sms(CONFIRMED, booking(guest_name=guest, unit_name=unit, property_name=place)).body
    assert text.septets(body) <= 160
    assert text.gsm(body) == body
    assert body.endswith("is confirmed.")
