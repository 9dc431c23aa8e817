"""Use case of alerts: what the end of a run tells people, in the batch of its effect, and the sending afterwards."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from calsync.alerts import repository
from propflow import log
from propflow.bindings.d1 import Result, Statement
from propflow.bindings.queues import MAX_BATCH, Queue
from propflow.feeds import FAILING_AFTER
from propflow.messages import FeedSyncRequested
from propflow.outbox import chunks


class Alerted(Protocol):
    """A feed: how often it has failed in a row, and what people were told of it and believe to go on."""

    @property
    def failures(self) -> int: ...
    @property
    def alerts(self) -> str: ...


class Told(msgspec.Struct, frozen=True):
    """A message to one person, as it goes to the queue."""

    message: str


def of_failure(job: FeedSyncRequested, feed: Alerted, now: int) -> list[Statement]:
    """Several failures in a row are told once."""
    if feed.failures + 1 < FAILING_AFTER or "trouble" in feed.alerts:
        return []
    return repository.raised(job.tenant_id, job.feed_id, "trouble", now)


def of_success(job: FeedSyncRequested, feed: Alerted, now: int) -> list[Statement]:
    """The calendar can be read again."""
    return repository.settled(job.tenant_id, job.feed_id, now) if "trouble" in feed.alerts else []


def of_reading(job: FeedSyncRequested, feed: Alerted, now: int, unread: int) -> list[Statement]:
    """Something of the calendar cannot be read, from this reading on or no more."""
    if unread and "unread" not in feed.alerts:
        return repository.raised(job.tenant_id, job.feed_id, "unread", now)
    if not unread and "unread" in feed.alerts:
        return repository.forgotten(job.tenant_id, job.feed_id, "unread")
    return []


def of_decision(job: FeedSyncRequested, feed: Alerted, now: int, *, emptied: bool) -> list[Statement]:
    """What a person must look at: new conflicts, and stays that are gone all at once and were kept."""
    found = repository.conflicts(job.tenant_id, job.feed_id, now)
    if emptied and "emptied" not in feed.alerts:
        found += repository.raised(job.tenant_id, job.feed_id, "emptied", now)
    return found if emptied else [*found, *of_rest(job, feed)]


def of_unlisted(job: FeedSyncRequested, now: int, *, unlisted: bool) -> list[Statement]:
    """A booking of ours is one stay with what the channel no longer lists: a person decides about it."""
    return repository.unlisted(job.tenant_id, job.feed_id, now) if unlisted else []


def of_rest(job: FeedSyncRequested, feed: Alerted) -> list[Statement]:
    """No stays are gone all at once: should it happen again, it is told again."""
    return repository.forgotten(job.tenant_id, job.feed_id, "emptied") if "emptied" in feed.alerts else []


async def send(queue: Queue, results: Sequence[Result]) -> None:
    """Send what these statements have written. Failing is harmless: the sweeper sends it again."""
    bodies = [told.message for result in results for told in result.rows(Told)]
    try:
        for chunk in chunks(bodies, MAX_BATCH):
            await queue.send(chunk)
    except Exception as error:
        log.exception("alerts.send_failed", error, count=len(bodies))
