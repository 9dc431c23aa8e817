"""The door of the queue: which use case a message asks for."""

import msgspec

from calsync.exports import service as exports
from calsync.feeds import service as feeds
from calsync.feeds.service import Services
from calsync.pushes import service as pushes
from propflow import log, outbox
from propflow.bindings.d1 import Statement
from propflow.errors import LimitExceeded
from propflow.messages import (
    CALSYNC,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    CalsyncJob,
    FeedSyncRequested,
    PushRequested,
    UnitCalendarChanged,
)
from propflow.outbox import Destination


class Calsync:
    """Handles the messages of the calsync queue."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def handle(self, message: CalsyncJob) -> None:
        """One message; its outbox bit is cleared in the batch that holds its effect."""
        match message:
            case FeedSyncRequested():
                await self._sync(message)
            case PushRequested():
                await pushes.push(self._services, message)
            case BookingChanged() | BookingConfirmed() | BookingCancelled() | UnitCalendarChanged():
                await self._calendars(message)

    async def _sync(self, message: FeedSyncRequested) -> None:
        """Beyond the tenant's share of a host's minute a run waits in the outbox, which sends it again."""
        try:
            await feeds.sync_feed(self._services, message)
        except LimitExceeded as refused:
            log.info("feed.waits", feed_id=message.feed_id, reason=refused.detail)

    async def _calendars(
        self, message: BookingChanged | BookingConfirmed | BookingCancelled | UnitCalendarChanged
    ) -> None:
        """Unit by unit: the message is closed with the last."""
        *others, last = message.units()
        for unit_id in others:
            await self._calendar(message, unit_id, [])
        await self._calendar(message, last, [outbox.close(message, Destination.CALSYNC)])

    async def _calendar(self, message: CalsyncJob, unit_id: str, closing: list[Statement]) -> None:
        """Who reads the unit's calendar, and who has it brought, gets the new one. `closing` is written last."""
        asking = pushes.asking(message, unit_id)
        results = await exports.refresh(
            self._services.db, self._services.settings.installation, message.tenant_id, unit_id, closing, asking
        )
        await pushes.asked(self._services, results)


def buried(body: str) -> list[Statement]:
    """What ends with a message that no attempt completed: a run that nobody would carry out any more."""
    try:
        message = CALSYNC.decode(body)
    except msgspec.MsgspecError:
        return []
    return feeds.given_up(message) if isinstance(message, FeedSyncRequested) else []
