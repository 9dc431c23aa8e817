"""Reading a calendar: by a run, or to look at an address that somebody has entered."""

from datetime import UTC, date, tzinfo
from functools import partial

from calsync.addresses import Address, AddressRefused, check
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.rules import LeftAlone
from calsync.ical.models import CalendarBroken, Reading
from calsync.ical.reader import read
from calsync.providers.ical.fetch import Fetched, FetchFailed, fetch
from calsync.settings import Settings
from propflow.bindings.d1 import Database
from propflow.clock import day_of, now_ms
from propflow.errors import Unprocessable
from propflow.models import FeedCheck, FeedVerdict


async def fetched(
    db: Database, settings: Settings, tenant_id: str, url: str, etag: str | None, take: turns.Take
) -> Fetched:  # fmt: skip
    """What `fetch` brings; the time that it took is the tenant's, however it ended. By `take` a host that a redirect
    leads to loses a turn, too: else a host of one's own could have us ask it without end."""
    begun = now_ms()
    try:
        return await fetch(url, etag, settings.places, partial(take, db, settings, tenant_id))
    finally:
        await turns.waited(db, tenant_id, begun)


async def check_feed(db: Database, settings: Settings, asked: FeedCheck) -> FeedVerdict:
    """May this address be fetched, and is a calendar there? Nothing is stored. Raises what `look` raises."""
    address, reading = await look(db, settings, asked.tenant_id, asked.url, UTC, day_of(now_ms()))
    return FeedVerdict(host=address.host, events=len(reading.events))


async def look(
    db: Database, settings: Settings, tenant_id: str, url: str, home: tzinfo, today: str
) -> tuple[Address, Reading]:  # fmt: skip
    """The calendar behind an address that somebody has entered, seen from `today` on. It takes a turn of the host's.

    Raises Unprocessable, and LimitExceeded when the tenant's people have asked the host for enough in this minute.
    """
    try:
        address = check(url, settings.places)
        await turns.take(db, settings, tenant_id, address.host)
        found = await fetched(db, settings, tenant_id, url, None, turns.take)
        return address, read(found.body or b"", home, date.fromisoformat(today))
    except AddressRefused as refused:
        raise Unprocessable(refused.code, refused.detail, param="url") from None
    except LeftAlone as left:
        raise Unprocessable("feed_unreachable", str(left), param="url") from None
    except FetchFailed as failed:
        if failed.held_until is not None:
            await db.batch(hosts.hold(failed.host, tenant_id, failed.held_until, now_ms()))
        raise Unprocessable("feed_unreachable", str(failed), param="url") from None
    except CalendarBroken as broken:
        raise Unprocessable("feed_not_a_calendar", str(broken), param="url") from None
