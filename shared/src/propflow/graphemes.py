"""What a reader sees as one character, however many it is written with: a text is cut between these only. Pure.

https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries, as far as names and titles need it and Python's own
tables know it.
"""

import unicodedata
from collections.abc import Callable

ZWNJ, ZWJ = "\u200c", "\u200d"
_GOES_ON = ("Mn", "Me", "Mc")  # marks, variation selectors among them
_SPACING = "\u0e33\u0eb3\uff9e\uff9f"  # letters that belong to the one before: Thai and Lao AM, Japanese voicing
_VIRAMA = 9  # the combining class


def is_emoji(char: str) -> bool:
    """Whether it may be part of a sequence of emoji; new ones may be newer than Python's tables."""
    return "\u2190" <= char <= "\u2bff" or "\U0001f000" <= char <= "\U0001faff"


def is_virama(char: str) -> bool:
    """Whether it takes the vowel off a letter of an Indic script, so that the next one may join it."""
    return char != "" and unicodedata.combining(char) == _VIRAMA


def clusters(text: str) -> list[str]:
    """The text in pieces that must not be cut."""
    found: list[str] = []
    for char in text:
        if found and _belongs(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def clip(text: str, most: int, measure: Callable[[str], int] = len) -> str:
    """Leave out the end of what measures more than `most`, with the spaces before it."""
    if measure(text) <= most:
        return text
    pieces = clusters(text)
    while measure("".join(pieces)) > most:
        pieces.pop()
    return "".join(pieces).rstrip()


def _belongs(cluster: str, char: str) -> bool:
    before = cluster[-1]
    if before.isspace():
        return False
    if char in (ZWNJ, ZWJ) or char in _SPACING or unicodedata.category(char) in _GOES_ON or _is_modifier(char):
        return True
    if is_emoji(char) and before == ZWJ:
        return True
    joined = cluster.rstrip(ZWNJ + ZWJ)[-1:]
    return (_is_flag(char) and cluster == before and _is_flag(before)) or (
        (is_virama(joined) and char.isalpha()) or _is_hangul(before, char)
    )


def _is_modifier(char: str) -> bool:
    """A skin tone, or a tag that says which region's flag it is."""
    return "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"


def _is_flag(char: str) -> bool:
    """Half of a flag: two of these are one."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_hangul(before: str, char: str) -> bool:
    """Whether the letters are of one Korean syllable that is written in parts."""
    first, second = _part(before), _part(char)
    return first + second in {"LL", "LV", "LS", "VV", "VT", "SV", "ST", "TT"}


def _part(char: str) -> str:
    """Leading consonant, vowel, trailing consonant, whole syllable or none of them."""
    for last, name in (("\u10ff", ""), ("\u115f", "L"), ("\u11a7", "V"), ("\u11ff", "T"), ("\uabff", "")):
        if char <= last:
            return name
    return "S" if char <= "\ud7a3" else ""
