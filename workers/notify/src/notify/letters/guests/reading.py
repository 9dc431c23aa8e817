"""What there is to tell, read in one batch for all messages: of what, who tells it, and what is told of it later."""

from collections.abc import Sequence

from notify.letters.guests import repository
from notify.letters.guests.models import Booking, Facts, Later
from notify.letters.guests.sender import Sender
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.errors import Permanent, Unavailable
from propflow.messages import BookingNotification
from propflow.standing import SUSPENDED

Telling = tuple[BookingNotification, str]  # and the template that it is told with


async def read(db: Database, told: Sequence[Telling]) -> tuple[list[Facts], dict[str, Exception | None]]:
    """The facts of each message, and how those ended of which there is nothing to tell: Permanent when there is no such
    booking, Unavailable when its tenant was suspended just now.
    """
    tenants = list(dict.fromkeys(message.tenant_id for message, _ in told))
    statements = [repository.sender(tenant_id) for tenant_id in tenants]
    for message, _ in told:
        statements += [repository.booking(message), repository.later(message)]
    results = iter(await db.batch(statements))
    senders = {tenant_id: next(results).one(Sender) for tenant_id in tenants}
    found, refused, now = list[Facts](), dict[str, Exception | None](), clock.now_ms()
    for message, template in told:
        booking, later, sender = next(results).one(Booking), next(results).rows(Later), senders[message.tenant_id]
        if booking is None or sender is None:
            refused[message.outbox_id] = Permanent("the booking does not exist")
        elif sender.suspended:
            refused[message.outbox_id] = Unavailable("tenant_suspended", SUSPENDED)
        else:
            found.append(Facts(message, template, booking, sender, later, now))
    return found, refused
