"""Invitations: create, show, send again, revoke."""

from typing import Any

import msgspec

from api.core.commit import Fact, audited, commit, noted
from api.core.context import Context
from api.core.plan_limits import plan_limit_reached
from api.edge.answers import Answer, answer, instant, page
from api.people.identity.addresses import folded
from api.people.invitations import repository, rules, tokens
from api.people.invitations.errors import (
    already_member,
    changed_meanwhile,
    invitation_not_found,
    invitation_pending,
    invited_enough,
    not_pending,
    not_yet_proven,
)
from api.people.invitations.repository import Amount, InvitationRow, Most, Seats, Writes
from api.people.invitations.views import Invitation
from api.people.memberships import acting
from api.people.memberships import repository as members
from api.people.memberships.acting import visible
from api.people.memberships.errors import unknown_property
from api.people.memberships.repository import Named, encoded
from api.people.memberships.rules import check_restriction
from propflow import guards, ids
from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.clock import DAY
from propflow.errors import AppError
from propflow.messages import AccountMailRequested
from propflow.outbox import Destination, new_outbox_id


async def create(ctx: Context, fields: dict[str, Any]) -> Answer:
    """Invite somebody by mail."""
    email, role, property_ids = folded(fields["email"]), fields["role"], fields["property_ids"]
    rules.check_role(ctx.caller.role or "", role)
    check_restriction(role, property_ids)
    await _check(ctx, email, property_ids)
    invitation_id = ids.new_id("ivt", ctx.real_now)
    key_id, token_hash = tokens.new(ctx, invitation_id, 1)
    row = InvitationRow(
        id=invitation_id, email=email, role=role, property_ids=encoded(property_ids), token_hash=token_hash,
        key_id=key_id, invited_by=ctx.caller.principal_id, expires_at=ctx.real_now + rules.LIFE,
        created_at=ctx.real_now, updated_at=ctx.real_now,
    )  # fmt: skip
    most = Most(_yesterday(ctx), rules.MOST_PER_DAY, rules.MOST_PER_ADDRESS)
    statements = [
        acting.required(ctx), repository.forget_expired(ctx.tenant_id, email, ctx.real_now),
        repository.insert(ctx.tenant_id, row, most), guards.changed(),
    ]  # fmt: skip
    made = answer(201, view(ctx, row), location=f"/v1/invitations/{row.id}")
    fact = _mailed(ctx, row, "invitation.created", role=role, property_ids=property_ids)
    try:
        return await commit(ctx, made, statements, fact)
    except ConstraintFailed as refused:
        raise await _refusal(ctx, refused, email) from None


async def _check(ctx: Context, email: str, property_ids: list[str] | None) -> None:
    """What can be said before: the batch that inserts says the rest for certain."""
    found = await ctx.bindings.core.batch([
        members.by_email(ctx.tenant_id, email),
        members.unknown_property(ctx.tenant_id, property_ids),
        repository.amount(ctx.tenant_id, _yesterday(ctx), email), repository.writes(ctx.tenant_id),
    ])  # fmt: skip
    if not found[3].rows(Writes)[0].allowed:
        raise not_yet_proven()
    if found[0].one(Named) is not None:
        raise already_member()
    if (unknown := found[1].one(Named)) is not None:
        raise unknown_property(unknown.id)
    made = found[2].rows(Amount)[0]
    rules.check_amount(made.today, made.to_address)


def _yesterday(ctx: Context) -> str:
    return ids.first_id("ivt", ctx.real_now - DAY)


async def _refusal(ctx: Context, refused: ConstraintFailed, email: str) -> Exception:
    if not isinstance(refused, GuardFailed) and refused.name != "unique:invitations":
        return refused
    if (lost := await acting.lost(ctx)) is not None:
        return lost
    found = await ctx.bindings.core.batch([
        repository.pending(ctx.tenant_id, email, ctx.real_now), repository.seats(ctx.tenant_id, ctx.real_now),
        repository.amount(ctx.tenant_id, _yesterday(ctx), email), repository.writes(ctx.tenant_id),
    ])  # fmt: skip
    pending, made = found[0].one(InvitationRow), found[2].rows(Amount)[0]
    if pending is not None:
        return invitation_pending(pending.id)
    if not found[3].rows(Writes)[0].allowed:
        return not_yet_proven()
    if rules.is_enough(made.today, made.to_address):
        return invited_enough()
    return _no_room(ctx, found[1].one(Seats))


def _no_room(ctx: Context, seats: Seats | None) -> AppError:
    if seats is None or seats.limit is None or not seats.full:
        return changed_meanwhile()  # what was in the way is gone
    return plan_limit_reached("users", seats.used, seats.limit, ctx.bindings.settings.APP_BASE_URL)


async def show(ctx: Context, invitation_id: str) -> Answer:
    """One invitation."""
    return answer(200, view(ctx, await _get(ctx, invitation_id)))


async def list_all(ctx: Context, statuses: tuple[str, ...], after: str, limit: int) -> Answer:
    """The tenant's invitations."""
    statement = repository.list_after(ctx.tenant_id, after, statuses, ctx.real_now, limit + 1)
    rows = (await ctx.bindings.core.run(statement)).rows(InvitationRow)
    return page([view(ctx, row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def resend(ctx: Context, invitation_id: str) -> Answer:
    """Another mail with another link: the one before opens no more."""
    row = await _get(ctx, invitation_id)
    rules.check_resend(_status(ctx, row), row.revision, row.updated_at, ctx.real_now)
    if not (await ctx.bindings.core.run(repository.writes(ctx.tenant_id))).rows(Writes)[0].allowed:
        raise not_yet_proven()
    key_id, token_hash = tokens.new(ctx, row.id, row.revision + 1)
    renewed = msgspec.structs.replace(
        row, revision=row.revision + 1, token_hash=token_hash, key_id=key_id, expires_at=ctx.real_now + rules.LIFE,
        updated_at=ctx.real_now,
    )  # fmt: skip
    statements = [
        acting.required(ctx),
        repository.resend(ctx.tenant_id, row.id, row.revision, renewed),
        guards.changed(),
    ]
    fact = _mailed(ctx, row, "invitation.resent", times_sent=renewed.revision)
    try:
        return await commit(ctx, answer(200, view(ctx, renewed)), statements, fact)
    except GuardFailed:
        if (lost := await acting.lost(ctx)) is not None:
            raise lost from None
        found = await ctx.bindings.core.run(repository.seats(ctx.tenant_id, ctx.real_now, row.id))
        raise _no_room(ctx, found.one(Seats)) from None


async def revoke(ctx: Context, invitation_id: str) -> Answer:
    """Its link opens no more. Twice happens once; what was accepted is a membership, which is removed as one."""
    row = await _get(ctx, invitation_id)
    if row.status == "accepted":
        raise not_pending(row.status)
    revoked = msgspec.structs.replace(row, status="revoked", updated_at=ctx.real_now)
    if row.status == "revoked":
        return await commit(ctx, answer(200, view(ctx, row)), [])
    statements = [repository.revoke(ctx.tenant_id, row.id, ctx.real_now), guards.changed()]
    fact = noted(ctx, "invitation.revoked", row.id, before={"status": row.status}, after={"status": "revoked"})
    try:
        return await commit(ctx, answer(200, view(ctx, revoked)), statements, fact)
    except GuardFailed:
        raise changed_meanwhile() from None


def _mailed(ctx: Context, row: InvitationRow, action: str, **changes: object) -> Fact:
    message = AccountMailRequested(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, mail="invitation",
        object_id=row.id,
    )  # fmt: skip
    return Fact(message=message, to=Destination.NOTIFICATIONS, audit=audited(ctx, action, row.id, **changes))


async def _get(ctx: Context, invitation_id: str) -> InvitationRow:
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, invitation_id))).one(InvitationRow)
    if row is None:
        raise invitation_not_found()
    return row


def _status(ctx: Context, row: InvitationRow) -> str:
    return rules.status_at(row.status, row.expires_at, ctx.real_now)


def view(ctx: Context, row: InvitationRow) -> Invitation:
    """A row as the API shows it to this caller."""
    return Invitation(
        id=row.id, email=row.email, role=row.role, property_ids=visible(ctx, row.property_ids),
        status=_status(ctx, row), times_sent=row.revision, invited_by=row.invited_by, accepted_by=row.accepted_by,
        expires_at=instant(row.expires_at), created_at=instant(row.created_at),
    )  # fmt: skip
