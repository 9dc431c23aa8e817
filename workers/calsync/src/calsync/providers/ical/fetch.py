"""Fetches a calendar: one deadline for all hops, a cap on the bytes, a conditional request, no secret in any error."""

from collections.abc import Awaitable, Callable

import msgspec

from calsync import addresses
from calsync.addresses import Address, AddressRefused, Places
from calsync.hosts.rules import hold
from calsync.ical.models import MAX_BYTES
from calsync.providers.ical import answers
from propflow import clock
from propflow.bindings import http
from propflow.bindings.http import HttpAnswer, HttpFailed

MAX_REDIRECTS = 3
DEADLINE = 10 * clock.SECOND
Enter = Callable[[str], Awaitable[None]]
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {
    "user-agent": "PropFlow360-Calendar/1.0 (+https://propflow360.com)",
    "accept": "text/calendar, text/plain;q=0.5, */*;q=0.1",
    "accept-encoding": "identity",
}
REASONS = {
    401: "it asks for a password",
    403: "it refuses access; the address may have been reset",
    404: "there is no calendar at this address any more",
    410: "the calendar was removed",
    429: "it is asked too often; the next attempt is made later",
}


class FetchFailed(Exception):
    """No calendar arrived. The text names the host at most. `held_until`: `host` wants to be left alone until then."""

    def __init__(self, text: str, host: str = "", held_until: int | None = None) -> None:
        super().__init__(text)
        self.host = host
        self.held_until = held_until


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is None when the calendar is the one that `etag` was known for. See `answers.validator` for `etag`."""

    body: bytes | None
    etag: str | None


async def fetch(url: str, etag: str | None, places: Places, enter: Enter) -> Fetched:
    """Get the calendar. Raises AddressRefused (of a redirect, too) or FetchFailed.

    `enter` is asked before a redirect leads to another service, whose turns are its own; what it raises ends this.
    """
    address = addresses.check(url, places)
    deadline = clock.now_ms() + DEADLINE
    for left in reversed(range(MAX_REDIRECTS + 1)):
        answer = await _get(address, etag, deadline)
        if answer.status not in REDIRECTS or "location" not in answer.headers:
            return _result(answer, address, etag)
        address, before = _follow(address, answer.headers["location"], places), address
        if left and addresses.site(address.host) != addresses.site(before.host):
            await enter(address.host)
    raise FetchFailed(f"{address.host} redirects more than {MAX_REDIRECTS} times.")


async def _get(address: Address, etag: str | None, deadline: int) -> HttpAnswer:
    left = deadline - clock.now_ms()
    if left <= 0:
        raise FetchFailed(f"{address.host} did not answer in time.")
    headers = HEADERS | answers.conditions(etag)
    try:
        return await http.call("GET", address.url, headers=headers, timeout_ms=left, max_bytes=MAX_BYTES)
    except HttpFailed as error:
        raise FetchFailed(f"{address.host}: {error}.") from None


def _follow(address: Address, location: str, places: Places) -> Address:
    try:
        return addresses.redirected(address.url, location, places)
    except AddressRefused as refused:
        detail = f"{address.host} redirects to an address that is not allowed. {refused.detail}"
        raise AddressRefused(refused.code, detail) from None


def _result(answer: HttpAnswer, address: Address, etag: str | None) -> Fetched:
    if answer.status == 304 and etag is not None:
        return Fetched(body=None, etag=etag)
    if answer.status != 200:
        reason = REASONS.get(answer.status, "the next attempt is made later")
        held_until = hold(answer.status, answer.headers.get("retry-after"), clock.now_ms())
        raise FetchFailed(f"{address.host} answered {answer.status}: {reason}.", address.host, held_until)
    if answers.undecoded(answer.headers):
        raise FetchFailed(f"{address.host} sends the calendar compressed in a way that was not asked for.")
    return Fetched(body=answers.utf8(answer.body, answer.headers), etag=answers.validator(answer.headers))
