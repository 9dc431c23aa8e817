"""What the headers of a calendar's host mean. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

Headers = Mapping[str, str]

DECODED = ("", "identity", "gzip", "br")  # the platform has undone these by itself
LONGEST_TAG = 256  # characters of an ETag that are kept
_DATE = "%a, %d %b %Y %H:%M:%S GMT"
_SETTLED = timedelta(minutes=1)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([a-z0-9_-]{1,20})", re.IGNORECASE)

# Not whatever Python can decode: some of its codecs (punycode) take ages on purpose-made bytes.
_CHARSETS = re.compile(
    r"^(iso-8859-\d{1,2}|windows-125\d|utf-16(le|be)?|koi8-[ru]|shift_jis|euc-(jp|kr)|gb18030|gbk|gb2312|big5)$"
)


def validator(headers: Headers) -> str | None:
    """What to ask with the next time: the ETag, or else the date of Last-Modified.

    A date tells changes apart by the second, so it counts only when it was a minute old (RFC 9110, 8.8.2.2).
    """
    etag = headers.get("etag", "")
    if _is_etag(etag):
        return etag if len(etag) <= LONGEST_TAG else None
    modified = headers.get("last-modified", "")
    try:
        age = datetime.strptime(headers.get("date", ""), _DATE) - datetime.strptime(modified, _DATE)
    except ValueError:
        return None
    return modified if age >= _SETTLED else None


def conditions(known: str | None) -> dict[str, str]:
    """The headers that ask for a calendar only if it is another one than `validator` stood for."""
    if not known:
        return {}
    return {"if-none-match": known} if _is_etag(known) else {"if-modified-since": known}


def undecoded(headers: Headers) -> bool:
    """Whether the body is still compressed."""
    return headers.get("content-encoding", "").strip().lower() not in DECODED


def utf8(body: bytes, headers: Headers) -> bytes:
    """The body in UTF-8: as it is, unless it is none and the host names another charset that is known."""
    charset = _CHARSET.search(headers.get("content-type", ""))
    if not charset or not _CHARSETS.match(charset[1].lower()) or _is_utf8(body):
        return body
    try:
        return body.decode(charset[1], "replace").encode()
    except LookupError:
        return body


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body


def _is_etag(text: str) -> bool:
    return text.startswith(('"', 'W/"'))
