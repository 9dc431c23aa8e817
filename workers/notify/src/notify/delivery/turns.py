"""Messages take turns at the providers, and hold their deliveries while they wait for one.

What has ended is written before the rest has: a provider that is slow with one message leaves the others unwritten for
a moment only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from notify.delivery.endings import Attempted, conclude_all
from notify.delivery.late import begins_in_time
from notify.delivery.models import Taken
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.consumer import AT_ONCE, Endings

PATIENCE = 5.0  # seconds: more than a group takes while nothing is slow, so that it is written once

IsLate = bool
Attempt = Callable[[Taken, IsLate], Awaitable[Attempted]]


async def in_turn(db: Database, taken: Sequence[Taken], attempt: Attempt) -> Endings:
    """Attempt all, as many at once as there are connections, and write how they went. What waits here for its turn may
    come too late for it, which `attempt` is told; what it gave back has no ending.
    """
    free = asyncio.Semaphore(AT_ONCE)

    async def one_message(one: Taken) -> Attempted:
        waited = free.locked()
        async with free:
            return await attempt(one, waited and not begins_in_time(one.claims, clock.now_ms()))

    going = {asyncio.ensure_future(one_message(one)) for one in taken}
    endings: dict[str, Exception | None] = {}
    while going:
        ended, going = await asyncio.wait(going, timeout=PATIENCE)
        if ended:
            endings |= await conclude_all(db, [one.result() for one in ended])
    return endings
