"""`/v1/leases`."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier, LocalDate, NoBody
from api.stays.leases import service, verbs
from api.stays.leases.schemas import LeaseChange, LeaseCreate, LeaseRenew, LeaseTerminate
from api.stays.leases.views import Lease, Schedule

router = APIRouter(prefix="/v1/leases", tags=["occupancy"])
Reader = Annotated[Context, Allowed("leases:read")]
Writer = Annotated[Context, Allowed("leases:write")]
Keyed = Annotated[Context, Allowed("leases:write", key="needed")]


@router.post("", status_code=201, responses=shows(201, Lease, fails=(409,)))
async def create(body: LeaseCreate, ctx: Writer) -> Response:
    """Write a lease as a draft, which takes no nights yet. Without `end` it has an open end."""
    return to_response(await service.create(ctx, body.model_dump()))


@router.get("", responses=shows(200, Lease, listed=True))
async def list_all(ctx: Reader, unit_id: Identifier | None = None, limit: Limit = 50, after: After = None) -> Response:
    """The tenant's leases by id, ended and cancelled ones included."""
    return to_response(await service.list_all(ctx, unit_id, cursor(after, "lse"), limit))


@router.get("/{lease_id}", responses=shows(200, Lease, tagged=True))
async def show(lease_id: Identifier, ctx: Reader) -> Response:
    """One lease."""
    return to_response(await service.show(ctx, lease_id))


@router.patch("/{lease_id}", responses=shows(200, Lease, fails=FAILS))
async def change(lease_id: Identifier, body: LeaseChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Another renter, due day or note of a draft or active lease. Needs If-Match."""
    return to_response(await service.change(ctx, lease_id, body.model_dump(exclude_unset=True), if_match))


@router.post("/{lease_id}/activate", responses=shows(200, Lease, fails=(409,)))
async def activate(lease_id: Identifier, ctx: Keyed, body: Annotated[NoBody | None, Body()] = None) -> Response:
    """Take the nights of a draft. Needs an Idempotency-Key. 409 `unit_unavailable` names what is in the way."""
    return to_response(await verbs.activate(ctx, lease_id))


@router.post("/{lease_id}/renew", responses=shows(200, Lease, fails=(409,)))
async def renew(lease_id: Identifier, body: LeaseRenew, ctx: Keyed) -> Response:
    """Extend an active lease to a later end, or to an open one; one that is open stays so. Needs an Idempotency-Key.

    `rent` counts from `rent_from`, by default from the end so far. 409 `unit_unavailable` names what is in the way; the
    lease stays as it was.
    """
    found = body.model_dump()
    return to_response(await verbs.renew(ctx, lease_id, found["end"], found["rent"], found["rent_from"]))


@router.post("/{lease_id}/terminate", responses=shows(200, Lease, fails=(409,)))
async def terminate(lease_id: Identifier, body: LeaseTerminate, ctx: Writer) -> Response:
    """End an active lease on `date`: the nights from then on are free at once. Twice happens once."""
    return to_response(await verbs.terminate(ctx, lease_id, body.date, body.reason))


@router.post("/{lease_id}/cancel", responses=shows(200, Lease, fails=(409,)))
async def cancel(lease_id: Identifier, ctx: Writer, body: Annotated[NoBody | None, Body()] = None) -> Response:
    """Cancel a draft. Twice happens once."""
    return to_response(await verbs.cancel(ctx, lease_id))


@router.get("/{lease_id}/schedule", responses=shows(200, Schedule))
async def schedule(
    lease_id: Identifier,
    ctx: Reader,
    since: Annotated[LocalDate | None, Query(alias="from", description="Periods that end after this day.")] = None,
    until: Annotated[LocalDate | None, Query(description="Periods that begin before this day.")] = None,
) -> Response:
    """The periods of rent with what each costs: full ones the rent, parts of one their share by actual days.

    Nothing is charged by this. By default up to a year from now, at most 400 periods.
    """
    return to_response(await service.schedule(ctx, lease_id, since, until))
