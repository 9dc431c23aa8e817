"""How often one network may ask for what anybody may read: /healthz, /docs, /openapi.json, addresses that are none.

Counted in the isolate's memory alone: such a request costs little, so the limit must cost less. What lies behind an
address that opens something is nobody's guess and is never refused: channels read many calendars from few addresses.
"""

from typing import NamedTuple

from api.access import networks
from api.core.context import Bindings
from propflow.clock import MINUTE, SECOND
from propflow.errors import LimitExceeded

PAGES = 120  # a minute, of the pages that are for anybody
UNKNOWN = 600  # a minute, of addresses of calendars behind which nothing is
SIZE = 4096  # networks remembered; the one that came first goes first


class _Visit(NamedTuple):
    times: int
    until: int


class Visits:
    """Pure, bounded, and full again a minute after the first of them."""

    def __init__(self, most: int, size: int = SIZE) -> None:
        self._most, self._size = most, size
        self._seen: dict[str, _Visit] = {}

    def note(self, network: str, now: int) -> int:
        """One more; how many milliseconds to wait when it is too many, otherwise 0."""
        if wait := self.wait(network, now):
            return wait
        before = self._seen.get(network)
        if before is None or before.until <= now:
            self._seen.pop(network, None)
            self._seen[network] = _Visit(1, now + MINUTE)
            if len(self._seen) > self._size:
                del self._seen[next(iter(self._seen))]
        else:
            self._seen[network] = _Visit(before.times + 1, before.until)
        return 0

    def wait(self, network: str, now: int) -> int:
        """How many milliseconds until the network may come again; 0 when it may now."""
        seen = self._seen.get(network)
        return 0 if seen is None or seen.times < self._most else max(seen.until - now, 0)


_pages = Visits(PAGES)
_unknown = Visits(UNKNOWN)


def _network(ip: str) -> str:
    return networks.around(ip)[0].name


def charge_page(bindings: Bindings, ip: str, now: int) -> None:
    """A page that anybody may read. Raises LimitExceeded when its network reads them too often."""
    if bindings.settings.limits_rates and (wait := _pages.note(_network(ip), now)):
        raise LimitExceeded(
            "too_many_requests", "Too many requests from your network. Wait before sending another.",
            retry_after=in_seconds(wait), usage=PAGES, limit=PAGES,
        )  # fmt: skip


def charge_unknown(ip: str, now: int) -> int:
    """An address behind which nothing is: how many seconds the network is to wait, 0 while it need not."""
    return in_seconds(_unknown.note(_network(ip), now))


def in_seconds(wait: int) -> int:
    """Whole seconds, not too few."""
    return -(-wait // SECOND)
