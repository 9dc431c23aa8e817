"""Names that strangers typed, made fit for a message; and the page that an email is.

Anybody can book under any name and any phone number, so a name must not become a link, a second line or a long SMS.
"""

import re
import unicodedata
from html import escape

from propflow.graphemes import clip
from propflow.unseen import seen

_DOT_IN_WORD = re.compile(r"\.(?=\w)")
_NOT_IN_SMS_NAME = re.compile(r"[^\w '’\-]|[\d_]")

# GSM 03.38: https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/ (basic table, then the extension table,
# whose characters take two places each).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_LOOK_ALIKES = str.maketrans("‘’‚“”„–—−\u00a0ıł", "'''\"\"\"--- il") | {ord("…"): "..."}


def one_line(text: str, most: int) -> str:
    """No characters that nobody sees, no runs of spaces, at most `most` characters and none of them in part."""
    return clip(" ".join(seen(text, " ").split()), most)


def person(text: str, most: int = 60) -> str:
    """A person's name for an email: mail programs turn `evil.example` into a link, but not `evil. example`."""
    letters = re.sub(r"[<>:/\\@\"]", " ", one_line(text, 200))
    return one_line(_DOT_IN_WORD.sub(". ", letters), most)


def first_name(text: str, most: int = 16) -> str:
    """A person's first name for an SMS, letters only."""
    composed = unicodedata.normalize("NFC", one_line(text, 200))
    words = gsm(_NOT_IN_SMS_NAME.sub(" ", composed)).split()
    return clip(words[0], most, septets) if words else ""


def gsm(text: str) -> str:
    """Only characters of the GSM alphabet: accents that it lacks are taken off, the rest is left out."""
    kept = []
    for char in unicodedata.normalize("NFC", text).translate(_LOOK_ALIKES):
        if char in _BASIC or char in _EXTENDED:
            kept.append(char)
        else:
            kept += [part for part in unicodedata.normalize("NFKD", char) if part in _BASIC]
    return " ".join("".join(kept).split())


def septets(text: str) -> int:
    """How many of an SMS's 160 places a text of the GSM alphabet takes."""
    return sum(2 if char in _EXTENDED else 1 for char in text)


def page(heading: str, body: str) -> str:
    """An email as HTML. `body` is HTML already; `heading` is text."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(heading)}</title></head>"
        '<body style="font-family:sans-serif;max-width:36em">'
        f"<h1>{escape(heading)}</h1>{body}</body></html>"
    )
