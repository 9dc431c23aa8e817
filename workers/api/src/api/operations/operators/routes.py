"""`/operator/…`: for those who run the installation, by INTERNAL_ADMIN_TOKEN; not part of the public document."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.access import request_limits
from api.access.dependencies import anonymous
from api.activity.audit_events.repository import Filters
from api.core.audit_notes import note
from api.core.context import Anonymous
from api.edge.answers import to_response
from api.edge.listing import After, Limit, cursor
from api.edge.schemas import Identifier
from api.operations.operators import (
    alerts,
    audit,
    findings,
    flags,
    people,
    service,
    storage,
    subscriptions,
    suspensions,
    tokens,
    upkeep_runs,
)
from api.operations.operators.facts import INSTALLATION
from api.operations.operators.schemas import FlagsSet, Resume, SubscriptionSet, Suspend
from propflow.errors import Unauthorized

router = APIRouter(prefix="/operator", include_in_schema=False)


async def operator(request: Request, ctx: Annotated[Anonymous, Depends(anonymous)]) -> Anonymous:
    """Who has this token, as the audit's actor; without a token in the environment nobody is an operator."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    actor = tokens.actor_of(ctx.bindings.settings.INTERNAL_ADMIN_TOKEN, given)
    if actor is None:
        await request_limits.charge_failure(ctx.bindings, ctx.ip, ctx.now)
        if given:
            ctx.bindings.background(note(ctx, [INSTALLATION], "operator.refused", INSTALLATION, actor="nobody"))
        raise Unauthorized("not_an_operator", "This needs the operator's token.")
    return msgspec.structs.replace(ctx, actor=actor)


Operator = Annotated[Anonymous, Depends(operator)]
LetterId = Annotated[str, Path(max_length=100)]


@router.get("/dead_letters")
async def list_all(
    ctx: Operator,
    limit: Limit = 50,
    after: Annotated[str, Query(max_length=100)] = "",
    replayed: Annotated[bool, Query()] = False,
) -> Response:
    """Messages that no attempt completed, with their reasons; `replayed=true` shows those done again too."""
    return to_response(await service.list_all(ctx, after, replayed, limit))


@router.post("/dead_letters/{letter_id}/replay", status_code=202)
async def replay(letter_id: LetterId, ctx: Operator) -> Response:
    """Do it again, within a minute."""
    return to_response(await service.replay(ctx, letter_id))


@router.post("/users/{user_id}/disable")
async def disable(user_id: Identifier, ctx: Operator) -> Response:
    """Nobody signs in as this person any more, and all their sessions end at once."""
    return to_response(await people.disable(ctx, user_id))


@router.post("/users/{user_id}/enable")
async def enable(user_id: Identifier, ctx: Operator) -> Response:
    """They may sign in again."""
    return to_response(await people.enable(ctx, user_id))


@router.post("/tenants/{tenant_id}/subscription")
async def set_subscription(tenant_id: Identifier, body: SubscriptionSet, ctx: Operator) -> Response:
    """Begin another stretch of a tenant's subscription; what is known to be newer stays."""
    return to_response(await subscriptions.begin(ctx, tenant_id, **body.model_dump()))


@router.post("/tenants/{tenant_id}/suspend")
async def suspend(tenant_id: Identifier, body: Suspend, ctx: Operator) -> Response:
    """Nothing acts for the tenant any more; with `reads` its people may still see and export what is theirs."""
    return to_response(await suspensions.suspend(ctx, tenant_id, reason=body.reason, reads=body.reads))


@router.post("/tenants/{tenant_id}/resume")
async def resume(tenant_id: Identifier, body: Resume, ctx: Operator) -> Response:
    """It acts again, and what waited is due at once."""
    return to_response(await suspensions.resume(ctx, tenant_id, reason=body.reason))


@router.get("/audit_events")
async def list_audit(
    ctx: Operator,
    tenant_id: Identifier = INSTALLATION,
    actor: Annotated[str | None, Query(max_length=60)] = None,
    action: Annotated[str | None, Query(max_length=60)] = None,
    object_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """What operators did, newest first; with `tenant_id` what was done in that tenant, by whomever."""
    filters = Filters(actor=actor, action=action, object_id=object_id)
    return to_response(await audit.list_all(ctx, tenant_id, filters, cursor(after, "obx"), limit))


@router.get("/feature_flags")
async def show_flags(ctx: Operator) -> Response:
    """The flags as this place sees them."""
    return to_response(await flags.show(ctx))


@router.put("/feature_flags")
async def replace_flags(body: FlagsSet, ctx: Operator) -> Response:
    """Write all flags. Other places may see the old ones for a minute or more."""
    return to_response(await flags.replace(ctx, body.model_dump()))


@router.get("/upkeep_runs")
async def list_upkeep(
    ctx: Operator,
    job: Annotated[str | None, Query(max_length=60)] = None,
    failed: Annotated[bool, Query()] = False,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """What the upkeep did, newest first; `job=tick` shows that it runs, `failed=true` what it could not do."""
    return to_response(await upkeep_runs.list_all(ctx, cursor(after, "upk"), job, failed, limit))


@router.get("/integrity_findings")
async def list_findings(
    ctx: Operator,
    resolved: Annotated[bool, Query()] = False,
    tenant_id: Identifier | None = None,
    limit: Limit = 50,
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """What is wrong in the database; `resolved=true` shows also what was wrong and is not any more."""
    return to_response(await findings.list_all(ctx, after, resolved, tenant_id, limit))


@router.get("/alerts")
async def list_alerts(
    ctx: Operator,
    resolved: Annotated[bool, Query()] = False,
    limit: Limit = 50,
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """What should be looked at; `resolved=true` shows also what was."""
    return to_response(await alerts.list_all(ctx, after, resolved, limit))


@router.post("/alerts/{kind}/{subject}/resolve")
async def resolve_alert(
    kind: Annotated[str, Path(max_length=60)], subject: Annotated[str, Path(max_length=100)], ctx: Operator
) -> Response:
    """It was looked at."""
    return to_response(await alerts.resolve(ctx, kind, subject))


@router.get("/storage")
async def show_storage(ctx: Operator) -> Response:
    """How large the databases are and were, and which tenants write most."""
    return to_response(await storage.show(ctx))
