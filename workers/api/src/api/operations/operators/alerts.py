"""What operators should look at: list it, say that it was looked at, and have it told by mail."""

import msgspec

from api.core.context import Anonymous, Bindings
from api.edge.answers import Answer, answer, instant, instant_or_none, page
from api.operations.operators import alerts_repository as repository
from api.operations.operators import facts
from api.operations.operators.alerts_repository import AlertRow
from api.operations.operators.errors import alert_not_found
from api.operations.operators.views import Alert
from propflow import guards, outbox
from propflow.bindings.d1 import GuardFailed
from propflow.clock import MINUTE
from propflow.errors import BadRequest
from propflow.messages import AccountMailRequested
from propflow.outbox import Destination, new_outbox_id

QUIET = 10 * MINUTE  # between two mails
MOST_TOLD = 20  # in one mail


async def list_all(ctx: Anonymous, after: str, resolved_too: bool, limit: int) -> Answer:
    """A page, by kind and subject. Raises BadRequest for a cursor that is none."""
    try:
        msgspec.json.decode(after or '["",""]', type=tuple[str, str])
    except msgspec.DecodeError:
        raise BadRequest("invalid_cursor", "Use the next_cursor of the page before.", param="after") from None
    rows = (await ctx.bindings.core.run(repository.list_after(after, resolved_too, limit + 1))).rows(AlertRow)
    return page([_view(row) for row in rows], limit=limit, cursors=[row.cursor for row in rows])


async def resolve(ctx: Anonymous, kind: str, subject: str) -> Answer:
    """It was looked at. When it is noticed again it is open again."""
    row = (await ctx.bindings.core.run(repository.get(kind, subject))).one(AlertRow)
    if row is None:
        raise alert_not_found()
    if row.resolved_at is None:
        row = msgspec.structs.replace(row, resolved_at=ctx.now)
        statements = [repository.resolve(kind, subject, ctx.now)]
        about = {"kind": kind, "about": row.tenant_id, "times": row.times}
        await facts.commit(ctx, facts.INSTALLATION, "alert.resolved", subject, statements, **about)
    return answer(200, _view(row))


async def tell(bindings: Bindings, now: int) -> int:
    """Have operators written to, once for each opening of an alert and, while what was told is open, not more often
    than every ten minutes.

    Without an address they stay untold, until there is one. Returns how many alerts the mail tells of.
    """
    if not bindings.settings.OPERATOR_EMAIL:
        return 0
    since = now - QUIET
    found = (await bindings.core.run(repository.untold(since, MOST_TOLD))).rows(dict[str, str])
    if not found:
        return 0
    message = AccountMailRequested(
        tenant_id=facts.INSTALLATION, outbox_id=new_outbox_id(now), request_id="", mail="operator_alerts",
        object_id=str(now),
    )  # fmt: skip
    to = Destination.NOTIFICATIONS
    told = [repository.tell(since, MOST_TOLD, now), guards.changed(), outbox.record(message, to, now=now)]
    try:
        await bindings.core.batch(told)
    except GuardFailed:  # another run was faster
        return 0
    await outbox.send(bindings.queues, message, to)
    return len(found)


def _view(row: AlertRow) -> Alert:
    return Alert(
        kind=row.kind, subject=row.subject, tenant_id=row.tenant_id, detail=row.detail, times=row.times,
        first_at=instant(row.first_at), last_at=instant(row.last_at), told_at=instant_or_none(row.told_at),
        resolved_at=instant_or_none(row.resolved_at),
    )  # fmt: skip
