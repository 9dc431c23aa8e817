"""Use case of the importer: commit a run as any other writer of the ledger does."""

from api.channels.channel_nights import facts, repository
from api.core import watchers
from api.core.commit import in_order
from api.core.context import Bindings
from propflow import messages, outbox
from propflow.bindings import meter
from propflow.bindings.d1 import ConstraintFailed, Statement
from propflow.handover import Import, Imported
from propflow.outbox import Destination


async def commit_import(bindings: Bindings, request: Import) -> Imported:
    """One batch in the line of the unit, or nothing. Whoever asks twice is stopped by the guard in `before`."""
    units = repository.units(request)
    try:
        asked = [*batch(request), watchers.look(request.tenant_id, units)]
        *results, looked = await in_order(bindings, request.tenant_id, request.unit_id, asked)
    except ConstraintFailed as refused:
        return Imported(refused=refused.name, spent=meter.current())
    changes = [*request.elsewhere, request.change]
    told, announced = results[-len(changes) - len(request.told) : -len(changes)], results[-len(changes) :]
    for text, result in zip(changes, announced, strict=True):
        if result.changed:
            bindings.background(outbox.send(bindings.queues, messages.ANY.decode(text), Destination.CALSYNC))
    if any(result.changed for result in announced):
        bindings.background(watchers.tell(bindings.rooms, request.tenant_id, looked))
    return Imported(told=told, spent=meter.current())


def batch(request: Import) -> list[Statement]:
    """All of a run: its guard, the nights, what became of them, the events, who is told of it, and the messages."""
    return [
        *request.before, *repository.free(request), *facts.told(request), *repository.partial(request), *request.after,
        *request.told, *repository.announce(request),
    ]  # fmt: skip
