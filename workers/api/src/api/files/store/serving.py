"""How a file is handed out: pure rules about the headers of HTTP."""

import re
from urllib.parse import quote

from api.files.store.errors import range_not_satisfiable
from api.files.store.rules import SIGNATURES

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
Part = tuple[int, int]  # offset and length


def part_of(header: str | None, size: int) -> Part | None:
    """The part that a Range asks for; None for all of it, also when several parts or no bytes are asked for.

    Raises RangeNotSatisfiable when it lies beyond the end. https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
    """
    matched = _RANGE.fullmatch((header or "").strip())
    if matched is None or matched.groups() == ("", ""):
        return None
    first, last = matched.groups()
    if first == "":
        length = min(int(last), size)
        start, end = size - length, size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None  # not a range at all
    if start >= size:
        raise range_not_satisfiable(size)
    return start, end - start + 1


def disposition(asked: str, content_type: str, name: str) -> str:
    """Content-Disposition with a name that every client reads: https://www.rfc-editor.org/rfc/rfc6266#section-4.1

    Only a picture of the list is ever shown by a browser, whatever was asked for.
    """
    how = "inline" if asked == "inline" and content_type in SIGNATURES else "attachment"
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
