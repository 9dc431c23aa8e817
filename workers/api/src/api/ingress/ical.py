"""`GET /ical/{unit}/{token}.ics`: read by channels all day long, so it costs one statement and no framework.

The calsync Worker renders the body whenever something occupies the unit; here it is only handed out. That it was read
is written down after the answer, and for most readings not at all.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import msgspec

from api.access import visits
from api.channels.calendar_exports import repository
from api.channels.calendar_exports.readers import Counts
from api.channels.calendar_exports.repository import Body
from api.edge.etags import is_known
from propflow import clock, log
from propflow.bindings import meter
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import Database
from propflow.errors import AppError

PATH = re.compile(r"^/ical/(?P<unit_id>unit_[0-9a-z]{26})/(?P<token>[A-Za-z0-9_-]{43})\.ics$")
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
COUNTS = Counts()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as far as this door looks at it. `limited`: its network may not try addresses without end."""

    method: str
    path: str
    if_none_match: str | None = None
    if_modified_since: str | None = None
    ip: str = ""
    limited: bool = True


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What this door answers."""

    status: int
    body: str | None = None
    headers: dict[str, str] = {}


Background = Callable[[Awaitable[None]], None]


def is_ours(path: str) -> bool:
    """Whether this door answers for the path."""
    return path.startswith("/ical/")


async def serve(core: Database, asked: Asked, request_id: str, background: Background) -> Page:
    """The calendar; 304 when the reader has it already, 503 in an outage.

    404 for an address that is not known, or 429 when too many of them came from one network. Either has cost its
    statement by then: an address must be looked for to know that it opens nothing, and one that opens is never refused.
    """
    spent = meter.start()
    log.bind(request_id=request_id)
    try:
        page = await _serve(core, asked, background)
    except AppError as error:
        page = Page(
            status=error.status, body=error.detail, headers={**TEXT, "Retry-After": str(error.retry_after or 60)}
        )
    log.info("calendar.read", status=page.status, cost=spent.header())  # the path holds the secret: it is not logged
    common = {"Request-Id": request_id, "PropFlow-Cost": spent.header(), "X-Content-Type-Options": "nosniff"}
    return msgspec.structs.replace(page, headers={**page.headers, **common})


async def _serve(core: Database, asked: Asked, background: Background) -> Page:
    if asked.method not in ("GET", "HEAD"):
        return Page(status=405, body="A calendar can only be read.", headers={**TEXT, "Allow": "GET, HEAD"})
    matched = PATH.match(asked.path)
    now = clock.now_ms()
    if matched is None:
        return _nothing(asked, now)
    found = (await core.run(repository.body(sha256(matched["token"]), matched["unit_id"], now))).one(Body)
    if found is None or found.body is None:
        return _nothing(asked, now)
    if times := COUNTS.read(found.id, found.read_at, now):
        background(_written_down(core, found, now, times))
    return _page(found, asked)


def _page(found: Body, asked: Asked) -> Page:
    etag = f'"{found.etag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if found.changed_at is not None:
        headers["Last-Modified"] = format_datetime(_second(found.changed_at), usegmt=True)
    if _has_it(etag, found.changed_at, asked):
        return Page(status=304, headers=headers)
    headers["Content-Type"] = "text/calendar; charset=utf-8"
    return Page(status=200, body=None if asked.method == "HEAD" else found.body, headers=headers)


def _has_it(etag: str, changed_at: int | None, asked: Asked) -> bool:
    """Tags come first: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2"""
    if asked.if_none_match is not None:
        return is_known(asked.if_none_match, etag)
    if asked.if_modified_since is None or changed_at is None:
        return False
    try:
        since = parsedate_to_datetime(asked.if_modified_since)
        return _second(changed_at) <= (since if since.tzinfo else since.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return False


def _second(instant: int) -> datetime:
    """As exact as HTTP dates are."""
    return datetime.fromtimestamp(instant // clock.SECOND, UTC)


async def _written_down(core: Database, found: Body, now: int, times: int) -> None:
    try:
        written = (await core.run(repository.read(found, now, times))).changed
    except AppError as error:
        log.warning("calendar.read_uncounted", code=error.code)
        written = False
    if not written:
        COUNTS.again(found.id, times)


def _nothing(asked: Asked, now: int) -> Page:
    """404; 429 to a network that tries one address after the other, which tells it no more than that."""
    wait = visits.charge_unknown(asked.ip, now) if asked.limited else 0
    if wait:
        body = "Too many addresses without a calendar. Wait before trying another."
        return Page(status=429, body=body, headers={**TEXT, "Retry-After": str(wait)})
    return Page(status=404, body="There is no calendar at this address.", headers=TEXT)
