"""Use cases of billing."""

from collections.abc import Sequence
from itertools import islice

from billing import repository
from billing.documents import display_number
from propflow import ids, log
from propflow.bindings.d1 import Database, Result, Statement
from propflow.errors import Permanent
from propflow.messages import BillingJob


async def settle_booking(db: Database, message: BillingJob, *, now: int) -> None:
    """Bring the documents of a booking in line with what it is now. Raises Permanent when it does not exist."""
    if not await settle_bookings(db, [message], now=now):
        raise Permanent("the booking does not exist")


async def settle_bookings(db: Database, messages: Sequence[BillingJob], *, now: int) -> list[BillingJob]:
    """Bring the documents of bookings in line with what the bookings are now, and close the messages, in one batch.

    Returns the messages that are closed: of a booking that does not exist nothing is changed.

    Queues keep no order, so the message only says which booking to look at. Every statement is guarded by the rows it
    finds in the same transaction: what was invoiced and is not owed any more is credited, what is owed and not invoiced
    is invoiced, and once both agree no message, however old or however often it comes, makes another document.
    """
    settling = [_settling(message, now) for message in messages]
    results = iter(await db.batch([statement for statements in settling for statement in statements]))
    closed: list[BillingJob] = []
    for message, statements in zip(messages, settling, strict=True):
        found, *written = islice(results, len(statements))
        if found.one(repository.BookingStatus) is not None:
            closed.append(message)
        _tell_issued(message, written)
    return closed


def _settling(message: BillingJob, now: int) -> list[Statement]:
    tenant, booking = message.tenant_id, message.booking_id
    return [
        repository.booking_status(tenant, booking),
        *repository.issue_credit_note(tenant, booking, ids.new_id("inv", now), now),
        *repository.issue_invoice(tenant, booking, ids.new_id("inv", now), now),
        repository.close(message),
    ]


def _tell_issued(message: BillingJob, results: Sequence[Result]) -> None:
    """Only the statements that issue a document return rows."""
    for issued in [row for result in results for row in result.rows(repository.Issued)]:
        number = display_number(issued.series, issued.number)
        log.info("document.issued", kind=issued.kind, number=number, booking_id=message.booking_id)
