"""Turns of calendar hosts that people ask for."""

from calsync.hosts import repository, rules
from calsync.hosts.rules import Turn
from calsync.hosts.shares import SLOW
from calsync.settings import Settings
from propflow.bindings.d1 import Database
from propflow.clock import SECOND, now_ms
from propflow.errors import LimitExceeded


async def take(db: Database, settings: Settings, tenant_id: str, host: str) -> int | None:
    """Take a turn of a host for the tenant. Returns until when the host is left alone instead, in ms; None when it may
    be asked. Raises LimitExceeded when the tenant's people have asked it for enough in this minute."""
    now = now_ms()
    turn = await ask(db, settings, tenant_id, host)
    if turn.held_until > now:
        return turn.held_until
    if not turn.taken:
        raise refused(host, now)
    return None


async def ask(db: Database, settings: Settings, tenant_id: str, host: str) -> Turn:
    """The turn of a host that somebody of the tenant gets, or not."""
    return repository.taken(await db.batch(repository.take(tenant_id, host, now_ms(), settings.unlimited_hosts)))


async def waited(db: Database, tenant_id: str, begun: int) -> None:
    """Note how long a server of the tenant's has kept us waiting since `begun` (ms), when that was long."""
    now = now_ms()
    if now - begun >= SLOW:
        await db.run(repository.waited(tenant_id, now - begun, now))


def refused(host: str, now: int) -> LimitExceeded:
    """The tenant's share of the host's turns is used up until the minute is over."""
    left = -(-(rules.next_minute(now) - now) // SECOND)
    detail = f"{host} is asked by many in this minute, and your share of that is used up. Try again in a moment."
    return LimitExceeded("calendar_host_busy", detail, retry_after=left)
