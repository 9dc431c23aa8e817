"""Use cases of billing."""

from billing import repository
from billing.documents import display_number
from propflow import ids, log
from propflow.bindings.d1 import Database, Result
from propflow.errors import Permanent
from propflow.messages import BillingJob


async def settle_booking(db: Database, message: BillingJob, *, now: int) -> None:
    """Bring the documents of a booking in line with what the booking is now, and close the message, in one batch.

    Queues keep no order, so the message only says which booking to look at. Every statement is guarded by the rows it
    finds in the same transaction: what was invoiced and is not owed any more is credited, what is owed and not invoiced
    is invoiced, and once both agree no message, however old or however often it comes, makes another document.
    """
    tenant, booking = message.tenant_id, message.booking_id
    found, *written = await db.batch([
        repository.booking_status(tenant, booking),
        *repository.issue_credit_note(tenant, booking, ids.new_id("inv", now), now),
        *repository.issue_invoice(tenant, booking, ids.new_id("inv", now), now),
        repository.close(message),
    ])  # fmt: skip
    if found.one(repository.BookingStatus) is None:
        raise Permanent("the booking does not exist")
    for issued in _issued(written):
        number = display_number(issued.series, issued.number)
        log.info("document.issued", kind=issued.kind, number=number, booking_id=booking)


def _issued(results: list[Result]) -> list[repository.Issued]:
    """Only the statements that issue a document return rows."""
    return [row for result in results for row in result.rows(repository.Issued)]
