"""ETags: what they are made of, and what it means when somebody sends one back. Pure.

https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3. A tag is `"{version}"`, or `"{version}-{digest}"` where the answer
shows more than its version counts (how a feed fares, the address of a file): the same tag always means the same answer,
and the version in it is what a change must name. Decision 0027.
"""

import hashlib
import re

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_VERSION = re.compile(r'"([0-9]+)(?:-[a-p]+)?"')
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")  # the only number in a tag is the version


def tag_of(version: int, body: str | None = None) -> str:
    """The strong ETag of a version, and of the whole answer if its body is given."""
    return f'"{version}"' if body is None else f'"{version}-{digest(body)[:16].translate(_LETTERS)}"'


def digest(body: str) -> str:
    """32 hexadecimal digits that stand for a body."""
    return hashlib.sha256(body.encode()).hexdigest()[:32]


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether If-None-Match, a list of tags or `*`, names this answer. The comparison is weak, as it must be."""
    return if_none_match.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(if_none_match)


def names_version(if_match: str, version: int) -> bool:
    """Whether If-Match, a list of tags or `*`, names this version. The comparison is strong: a weak tag names none."""
    tags = [tag.strip() for tag in if_match.split(",")]
    found = [matched for tag in tags if (matched := _VERSION.fullmatch(tag))]
    return "*" in tags or any(int(one[1]) == version for one in found)
