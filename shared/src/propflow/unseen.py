"""Characters that nobody sees, taken out of names without harm to what is written with them. Pure.

Controls, spaces without width and what turns text around serve to make one thing look like another: they go. Joiners
belong to the writing of Persian, Hindi or Malayalam and to emoji: they stay where they join something, as variation
selectors stay with their base. Decision 0028.
https://www.rfc-editor.org/rfc/rfc5892#appendix-A.1 and https://www.unicode.org/reports/tr51/#Emoji_ZWJ_Sequences
"""

import re
import unicodedata

from propflow.graphemes import ZWJ, ZWNJ, is_emoji, is_virama

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_MONGOLIAN_SEPARATOR = "\u180e"  # before the last vowel of a word
# A flag such as Scotland's: the black one, tags, and the tag that ends them.
_REGION = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Arabic and its neighbours, the scripts of India, Khmer and Mongolian, Phags-pa, Arabic forms, Brahmi's kin, Adlam.
_JOINING = (
    ("\u0600", "\u08ff"), ("\u0900", "\u0dff"), ("\u1780", "\u18af"), ("\ua840", "\ua8ff"), ("\ufb50", "\ufdff"),
    ("\ufe70", "\ufefc"), ("\U00010a00", "\U00011fff"), ("\U0001e900", "\U0001e95f"),
)  # fmt: skip


def seen(text: str, instead: str) -> str:
    """The text with `instead` for each character that nobody sees; joiners that join nothing leave no gap."""
    if text.isascii() and text.isprintable():
        return text
    regions = {place for found in _REGION.finditer(text) for place in range(*found.span())}
    kept: list[str] = []
    for place, char in enumerate(text):
        if place in regions:
            kept.append(char)
        else:
            kept.append(_kept("".join(kept[-8:]), char, text[place + 1 : place + 2], instead))
    return "".join(kept)


def _kept(before: str, char: str, after: str, instead: str) -> str:
    """What stands for a character between what was kept before it and what comes after."""
    if char in (ZWNJ, ZWJ, _MONGOLIAN_SEPARATOR):
        return char if _joins(before, char, after) else ""
    if _is_selector(char):
        return char if _has_base(before) else ""
    return instead if unicodedata.category(char) in _UNSEEN else char


def _joins(before: str, char: str, after: str) -> bool:
    """RFC 5892 lets a joiner stand after a virama, and between letters that join; UTS 51 a ZWJ between emoji."""
    base = _base(before)
    if char == ZWJ and is_emoji(base) and is_emoji(after):
        return True
    if is_virama(before[-1:]):
        return True
    return before[-1:] not in (ZWNJ, ZWJ) and _is_joining(base) and (char == ZWJ or _is_joining(after))


def _base(before: str) -> str:
    """The character that the marks at the end belong to."""
    for char in reversed(before):
        if unicodedata.category(char) not in ("Mn", "Me", "Mc", "Sk"):
            return char
    return ""


def _is_joining(char: str) -> bool:
    """A letter or a mark of a script in which letters join."""
    return any(first <= char <= last for first, last in _JOINING) and unicodedata.category(char)[0] in "LM"


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _has_base(before: str) -> bool:
    """Selectors choose a form of a sign, a letter or a keycap: not of a space, of nothing or of each other."""
    base = before[-1:]
    is_mark = base.isascii() and not base.isalnum() and base not in ("#", "*")
    return base != "" and not is_mark and not base.isspace() and not _is_selector(base)
