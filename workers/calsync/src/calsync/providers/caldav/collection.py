"""A calendar collection on a CalDAV server: put, replace and remove entries by hrefs of our own.

An href is made of the entry's id, so it is stable and nobody else's. Every write says which state it replaces
(If-None-Match, If-Match), so that a repeated one does no harm: https://www.rfc-editor.org/rfc/rfc4791#section-5.3
"""

import base64
from urllib.parse import quote, urlsplit

import msgspec

from calsync.providers.caldav import xml
from calsync.providers.failures import PushFailed
from calsync.providers.ical.answers import LONGEST_TAG
from propflow import clock
from propflow.bindings import http
from propflow.bindings.http import HttpAnswer, HttpFailed

TIMEOUT = 10 * clock.SECOND
MAX_BYTES = 64 * 1024
AGENT = "PropFlow360-Calendar/1.0 (+https://propflow360.com)"
DAV = "{DAV:}"
IS_CALENDAR = f"{DAV}resourcetype/{{urn:ietf:params:xml:ns:caldav}}calendar"
ASKED = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<propfind xmlns="DAV:"><prop><resourcetype/><getetag/></prop></propfind>'
)  # fmt: skip
REASONS = {
    401: "it does not accept the user name and password",
    403: "it does not let this user write there",
    404: "there is no calendar at this address",
    405: "this address takes no calendar entries",
    409: "there is no calendar at this address",
    507: "it has no room left",
}


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Where the collection is and who we are there."""

    url: str
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Access(host={urlsplit(self.url).hostname!r})"


class Collection:
    """One collection. Raises PushFailed."""

    def __init__(self, access: Access) -> None:
        self._base = access.url if access.url.endswith("/") else f"{access.url}/"
        self._host = urlsplit(access.url).hostname or "the server"
        secret = base64.b64encode(f"{access.username}:{access.password}".encode()).decode()
        self._headers = {"authorization": f"Basic {secret}", "user-agent": AGENT}

    async def check(self) -> None:
        """Whether it is a calendar that this user sees."""
        answer = await self._send("PROPFIND", self._base, {"depth": "0"}, ASKED)
        if answer.status != 207:
            raise self._refused(answer)
        if xml.text_of(answer.body, IS_CALENDAR) is None:
            raise PushFailed(f"{self._host}: the address leads to no calendar.", final=True)

    async def put(self, uid: str, body: str, etag: str | None) -> str | None:
        """Write an entry over the state `etag`, or as a new one. Returns the tag of its new state, if there is one.

        Whatever stands there meanwhile is replaced: the href is ours.
        """
        href = self._href(uid)
        answer = await self._write(href, body, {"if-none-match": "*"} if etag is None else {"if-match": etag})
        if answer.status in (404, 412):  # another state than we thought, one whose tag we could not keep, or none
            etag = await self._etag(href)
            answer = await self._write(href, body, {} if etag is None else {"if-match": etag})
        if answer.status not in (200, 201, 204):
            raise self._refused(answer)
        told = answer.headers.get("etag")
        return _tag(told) if told else await self._etag(href)

    async def remove(self, uid: str, etag: str | None) -> None:
        """Take an entry away, whether or not it is still there."""
        href = self._href(uid)
        answer = await self._send("DELETE", href, {} if etag is None else {"if-match": etag})
        if answer.status == 412:
            answer = await self._send("DELETE", href, {})
        if answer.status not in (200, 204, 404, 410):
            raise self._refused(answer)

    def _href(self, uid: str) -> str:
        return f"{self._base}{quote(uid, safe='')}.ics"

    async def _write(self, href: str, body: str, condition: dict[str, str]) -> HttpAnswer:
        return await self._send("PUT", href, {"content-type": "text/calendar; charset=utf-8", **condition}, body)

    async def _etag(self, href: str) -> str | None:
        answer = await self._send("PROPFIND", href, {"depth": "0"}, ASKED)
        if answer.status == 404:
            return None
        if answer.status != 207:
            raise self._refused(answer)
        return _tag(xml.text_of(answer.body, f"{DAV}getetag"))

    async def _send(self, method: str, url: str, headers: dict[str, str], body: str | None = None) -> HttpAnswer:
        if method == "PROPFIND":
            headers = {**headers, "content-type": "application/xml; charset=utf-8"}
        try:
            return await http.call(
                method, url, headers={**self._headers, **headers}, body=body, timeout_ms=TIMEOUT, max_bytes=MAX_BYTES
            )
        except HttpFailed as error:
            raise PushFailed(f"{self._host}: {error}.") from None

    def _refused(self, answer: HttpAnswer) -> PushFailed:
        reason = REASONS.get(answer.status, "the next attempt is made later")
        return PushFailed(f"{self._host} answered {answer.status}: {reason}.", retry_after=answer.retry_after)


def _tag(text: str | None) -> str | None:
    """An ETag as it is kept and sent back; None for one that no header could hold, or that is longer than any needs."""
    fits = text and len(text) <= LONGEST_TAG and text.isascii() and text.isprintable()
    return text if fits else None
