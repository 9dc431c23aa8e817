"""Letters to guests are delivered, as many as a batch of the queue brings.

Sending is outside every transaction, so it stands between two: one takes the deliveries for a while (a claim), the
other writes how the attempts ended and closes the messages that have nothing left to do. Whoever is killed in between
leaves leases that end, and the next attempt asks the provider before it sends again.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice

from notify.delivery import claims_repository, decisions
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.endings import Attempted
from notify.delivery.late import given_back, needs_provider
from notify.delivery.models import Letter, Taken
from notify.delivery.shares import without_share
from notify.delivery.turns import in_turn
from propflow import log
from propflow.bindings.d1 import Database, GuardFailed
from propflow.consumer import Endings
from propflow.errors import Transient


async def deliver(db: Database, letters: Sequence[Letter]) -> Endings:
    """Take all deliveries that nobody works on, attempt them, and write how they went.

    Raises what stops all of them before anything is sent, such as a booking that was changed just now.
    """
    taken = await _claim(db, letters)
    unshared = await without_share(db, taken)
    return await in_turn(db, taken, partial(_attempt_all, unshared))


async def _claim(db: Database, letters: Sequence[Letter]) -> list[Taken]:
    """The statements of one letter lean on each other."""
    claims = [
        claims_repository.claim(one.message, one.template, one.version, list(one.ways.values()), one.now)
        for one in letters
    ]
    try:
        results = iter(await db.batch([one for claim in claims for one in claim]))
    except GuardFailed:
        raise Transient("a booking was changed just now") from None
    taken = [[row for one in islice(results, len(claim)) for row in one.rows(Claim)] for claim in claims]
    return [Taken(*one) for one in zip(letters, taken, strict=True)]


async def _attempt_all(unshared: Mapping[str, Outcome], taken: Taken, late: bool) -> Attempted:
    letter, message = taken.letter, taken.letter.message
    log.bind(request_id=message.request_id, tenant_id=message.tenant_id, outbox_id=message.outbox_id)
    # One after the other: several messages are attempted at once, and six connections are all there is.
    ended = []
    for claim in taken.claims:
        refusal = letter.ways[claim.channel].refusal
        instead = unshared.get(claim.id) if refusal is None else decisions.skipped(refusal)
        waits = late and needs_provider(claim, instead)
        ended.append((claim, given_back(claim) if waits else await letter.attempt(claim, instead)))
    return Attempted(message, ended)
