"""Use case: a ticket for one live connection."""

from api.activity.realtime import rules
from api.activity.realtime.errors import property_required
from api.activity.realtime.views import Ticket
from api.core.context import Context
from api.edge.answers import Answer, answer, instant
from api.inventory.properties import repository as properties
from api.inventory.properties.errors import property_not_found
from propflow import ids
from propflow.clock import now_ms
from propflow.keyring import Keyring


async def create_ticket(ctx: Context, property_id: str | None) -> Answer:
    """Opens one connection within a minute, for this session. Nothing is stored, under an Idempotency-Key neither."""
    if property_id is None and ctx.caller.property_ids is not None:
        raise property_required()
    if property_id is not None:
        found = await ctx.bindings.core.run(properties.get(ctx.tenant_id, ctx.caller.properties, property_id))
        if found.one(properties.PropertyRow) is None:
            raise property_not_found("property_id")
    now = now_ms()  # not the clock of a test space: it says who may come in
    claims = rules.Claims(
        id=ids.new_id("tkt", now), tenant_id=ctx.tenant_id, user_id=ctx.caller.principal_id,
        session_id=ctx.caller.credential_id, property_id=property_id or "", expires_at=now + rules.TICKET_LIFE,
    )  # fmt: skip
    ticket = rules.seal(Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY), claims)
    view = Ticket(
        ticket=ticket, protocols=[rules.PROTOCOL, rules.OFFER + ticket], expires_at=instant(claims.expires_at)
    )
    return answer(201, view)
