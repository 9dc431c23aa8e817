"""Pure: a booking and a template become an email and an SMS.

The same rows always give the same bytes, because providers compare a repeated request with the first one.
"""

from datetime import date
from html import escape

import msgspec

from notify.channels.contents import Email, Sms
from notify.letters import text
from notify.letters.guests.models import Booking
from notify.letters.guests.templates import Template
from propflow.graphemes import clip
from propflow.models import PriceLine
from propflow.money import Money, show

SMS_SEPTETS = 160  # one part: what is longer is sent, and paid, twice


def email(template: Template, booking: Booking) -> Email:
    """Subject, plain text and HTML."""
    words = _words(booking)
    heading, intro, closing = (part.format(**words) for part in (template.heading, template.intro, template.closing))
    facts = [*_facts(booking, words), *_prices(booking)]
    return Email(
        to=booking.guest_email or "",
        subject=text.one_line(template.subject.format(**words), 150),
        text=_plain(heading, intro, facts, closing),
        html=_html(heading, intro, facts, closing),
    )


def sms(template: Template, booking: Booking) -> Sms:
    """One part of the GSM alphabet; a guest whose name it cannot write is not called by name."""
    name = text.first_name(booking.guest_name)
    words = {
        "name": name,
        "property": clip(text.unlinked(text.gsm(booking.property_name)), 30, text.septets) or "Your booking",
        "unit": clip(text.unlinked(text.gsm(_units(booking))), 30, text.septets) or "your unit",
        "check_in": _short(booking.check_in),
        "check_out": _short(booking.check_out),
    }
    body = template.sms.format(**words) if name else template.sms.replace("{name}, ", "").format(**words)
    return Sms(to=booking.guest_phone or "", body=clip(body, SMS_SEPTETS, text.septets))


def _words(booking: Booking) -> dict[str, str]:
    return {
        "name": text.person(booking.guest_name) or "guest",
        "property": text.chosen(booking.property_name, 80),
        "unit": text.chosen(booking.unit_name, 80),
        "check_in": _long(booking.check_in),
        "check_out": _long(booking.check_out),
    }


def _facts(booking: Booking, words: dict[str, str]) -> list[tuple[str, str]]:
    return [
        ("Where", f"{words['unit']}, {words['property']}"),
        *((f"From {_long(day)}", text.chosen(name, 80)) for name, day in booking.later()),
        ("Check-in", words["check_in"]),
        ("Check-out", words["check_out"]),
        ("Guests", str(booking.guests)),
        ("Reference", booking.id),
    ]


def _units(booking: Booking) -> str:
    return ", then ".join([booking.unit_name, *(name for name, _ in booking.later())])


def _prices(booking: Booking) -> list[tuple[str, str]]:
    lines = msgspec.json.decode(booking.lines, type=list[PriceLine])
    shown = [(text.chosen(line.name, 80), line.amount) for line in lines] + [("Total", booking.total_amount)]
    return [(name, show(Money(amount=amount, currency=booking.currency))) for name, amount in shown]


def _plain(heading: str, intro: str, facts: list[tuple[str, str]], closing: str) -> str:
    table = "\n".join(f"{name}: {value}" for name, value in facts)
    return f"{heading}\n\n{intro}\n\n{table}\n\n{closing}\n"


def _html(heading: str, intro: str, facts: list[tuple[str, str]], closing: str) -> str:
    rows = "".join(
        f'<tr><th align="left" style="padding:2px 16px 2px 0">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in facts
    )
    table = f'<table role="presentation">{rows}</table>'
    return text.page(heading, f"<p>{escape(intro)}</p>{table}<p>{escape(closing)}</p>")


def _long(day: str) -> str:
    """`Fri 12 March 2027`."""
    parsed = date.fromisoformat(day)
    return f"{parsed:%a} {parsed.day} {parsed:%B} {parsed.year}"


def _short(day: str) -> str:
    """`12 Mar 2027`."""
    parsed = date.fromisoformat(day)
    return f"{parsed.day} {parsed:%b} {parsed.year}"
