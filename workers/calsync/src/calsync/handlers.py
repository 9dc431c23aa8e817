"""The door of the queue: which use case a message asks for."""

from collections.abc import Sequence

import msgspec

from calsync.context import Bindings
from calsync.exports import service as exports
from calsync.exports.models import Unit
from calsync.exports.service import MOST_UNITS
from calsync.feeds.failing import given_up
from calsync.feeds.runs import sync_feed
from calsync.pushes import service as pushes
from propflow import log, outbox
from propflow.bindings.d1 import Statement
from propflow.consumer import Endings
from propflow.errors import LimitExceeded
from propflow.messages import (
    CALSYNC,
    CalendarMessage,
    CalsyncJob,
    FeedSyncRequested,
    PushRequested,
)
from propflow.outbox import Destination
from propflow.parts import parts


class Calsync:
    """Handles the messages of the calsync queue."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    async def together(self, messages: Sequence[CalsyncJob]) -> Endings:
        """What is said of calendars in one batch of the queue: read in one batch of the database, written in another.

        Runs of feeds and pushes are left to `handle`: each waits for a host of its own.
        """
        told = [message for message in messages if isinstance(message, CalendarMessage)]
        for some in parts(told, lambda message: len(message.units()), MOST_UNITS):
            await self._calendars(some)
        return {message.outbox_id: None for message in told}

    async def handle(self, message: CalsyncJob) -> None:
        """One message; its outbox bit is cleared in the batch that holds its effect."""
        match message:
            case FeedSyncRequested():
                await self._sync(message)
            case PushRequested():
                await pushes.push(self._bindings, message)
            case CalendarMessage():
                await self._calendars([message])

    async def _sync(self, message: FeedSyncRequested) -> None:
        """Beyond the tenant's share of a host's minute a run waits in the outbox, which sends it again."""
        try:
            await sync_feed(self._bindings, message)
        except LimitExceeded as refused:
            log.info("feed.waits", feed_id=message.feed_id, reason=refused.detail)

    async def _calendars(self, messages: Sequence[CalendarMessage]) -> None:
        """Who reads the calendars of units, and who has them brought, gets the new ones.

        Each unit is looked at once, for the first message that names it; all messages are closed with the last.
        """
        changed: dict[Unit, CalendarMessage] = {}
        for message in messages:
            for unit_id in message.units():
                changed.setdefault(Unit(message.tenant_id, unit_id), message)
        results = await exports.refresh(
            self._bindings.db, self._bindings.settings.installation, list(changed),
            closing=[outbox.close_all(messages, Destination.CALSYNC)], asking=pushes.asking(changed),
        )  # fmt: skip
        await pushes.asked(self._bindings, results)


def buried(body: str) -> list[Statement]:
    """What ends with a message that no attempt completed: a run that nobody would carry out any more."""
    try:
        message = CALSYNC.decode(body)
    except msgspec.MsgspecError:
        return []
    return given_up(message) if isinstance(message, FeedSyncRequested) else []
