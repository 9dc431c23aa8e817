"""Names that people typed, made fit for a message; and the page that an email is.

Anybody can book under any name and any phone number, and anybody can call a house or an organisation what they like: so
a name must not become a link, a second line or a long SMS.
"""

import re
import unicodedata
from html import escape

from propflow.graphemes import clip
from propflow.unseen import seen

# What mail programs and phones make links of is taken apart by spaces. Every dot counts that a browser would take for
# one in a host's name (https://www.unicode.org/reports/tr46/#Notation) or that compatibility makes one, but 2.5 stays.
_DOTS = ".․‥…。｡︒︙﹒．⒈-⒛🄀"
_DOT = re.compile(rf"(?<![\w.])(\d{{1,4}}\.\d{{1,2}})(?![\w.]|:\S)|([{_DOTS}])(?=[^\s])")
_COLON = re.compile(r"(?<!\w)(\d{1,2}:\d\d)(?![\w:])|([:：﹕︓])(?=\S)")
_SLASHES = re.compile(r"([/\\⁄∕／＼])(?=[/\\⁄∕／＼])")
_AT = re.compile(r"\s*([@﹫＠])\s*")
# Seven digits and more, with what people write between those of a telephone number.
_NUMBER = re.compile(r"\d(?:[\s()./\\–—\-]*\d){6,}")
_BETWEEN_DIGITS = re.compile(r"[\s()./\\–—\-]+")
_FOUR_DIGITS = re.compile(r"(\d{4})(?=\d)")
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


def chosen(text: str, most: int) -> str:
    """A name that somebody chose for a house, a room, a price or an organisation, as one line without links."""
    return one_line(unlinked(one_line(text, 2 * most)), most)


def unlinked(text: str) -> str:
    """The same words, of which nothing makes a link: `evil. example`, `https: / /x`, `ada @ x`, `0900_1234_56`."""
    apart = _COLON.sub(lambda found: found[1] or f"{found[2]} ", text)
    apart = _AT.sub(r" \1 ", _SLASHES.sub(r"\1 ", apart))
    apart = _DOT.sub(lambda found: found[1] or f"{found[2]} ", apart)
    return " ".join(_NUMBER.sub(_digits_apart, apart).split())


def _digits_apart(number: re.Match[str]) -> str:
    return _FOUR_DIGITS.sub(r"\1_", _BETWEEN_DIGITS.sub("_", number[0]))


def person(text: str, most: int = 60) -> str:
    """A person's name for an email, without what names do not have."""
    return chosen(re.sub(r"[<>:/\\@\"]", " ", one_line(text, 200)), most)


def first_name(text: str, most: int = 16) -> str:
    """A person's first name for an SMS, letters only."""
    words = _NOT_IN_SMS_NAME.sub(" ", gsm(one_line(text, 200))).split()
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
