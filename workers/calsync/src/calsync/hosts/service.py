"""Turns of calendar hosts: those that people ask for, and those of hosts to which others redirect."""

from collections.abc import Awaitable, Callable

from calsync.hosts import repository, rules
from calsync.hosts.rules import LeftAlone, Turn
from calsync.hosts.shares import SLOW
from calsync.settings import Settings
from propflow.bindings.d1 import Database
from propflow.clock import SECOND, now_ms, to_rfc3339
from propflow.errors import LimitExceeded

Take = Callable[[Database, Settings, str, str], Awaitable[None]]


async def take(db: Database, settings: Settings, tenant_id: str, host: str) -> None:
    """Take a turn of a host for somebody of the tenant who waits.

    Raises LeftAlone, and LimitExceeded when the tenant's people have asked the host for enough in this minute.
    """
    now = now_ms()
    turn = repository.taken(await db.batch(repository.take(tenant_id, host, now, settings.unlimited_hosts)))
    refuse_held(turn, host, now)
    if not turn.taken:
        raise _refused(host, now)


async def take_scheduled(db: Database, settings: Settings, tenant_id: str, host: str) -> None:
    """Take one of the schedule's turns of a host. Raises LeftAlone, until the next minute when all are taken."""
    now = now_ms()
    turn = repository.taken(await db.batch(repository.take_scheduled(tenant_id, host, now, settings.unlimited_hosts)))
    refuse_held(turn, host, now)
    if not turn.taken:
        raise LeftAlone(f"{host} is asked by many in this minute.", turn)


def refuse_held(turn: Turn, host: str, now: int) -> None:
    """Raise LeftAlone while the tenant leaves the host alone, or waits itself."""
    if turn.waited_until > now:
        text = "Your calendars and push targets have taken very long to answer, so none of them is asked until"
        raise LeftAlone(f"{text} {to_rfc3339(turn.waited_until)}.", turn)
    if turn.held_until > now:
        raise LeftAlone(f"{host} wants to be left alone until {to_rfc3339(turn.held_until)}.", turn)


async def waited(db: Database, tenant_id: str, begun: int) -> None:
    """Note how long a server of the tenant's has kept us waiting since `begun` (ms), when that was long."""
    now = now_ms()
    if now - begun >= SLOW:
        await db.run(repository.waited(tenant_id, now - begun, now))


def _refused(host: str, now: int) -> LimitExceeded:
    """The tenant's share of the host's turns is used up until the minute is over."""
    left = -(-(rules.next_minute(now) - now) // SECOND)
    detail = f"Your share of this minute's requests to {host} is used up. Try again in a moment."
    return LimitExceeded("calendar_host_busy", detail, retry_after=left)
