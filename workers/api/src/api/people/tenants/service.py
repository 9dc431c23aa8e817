"""The organisation: show it, rename it, hand it to another owner."""

import msgspec

from api.core.commit import commit, noted
from api.core.context import Anonymous, Context
from api.edge.answers import Answer, answer, instant
from api.edge.preconditions import check, stale
from api.people.identity import presence
from api.people.identity import repository as accounts
from api.people.identity.repository import Membership, Person
from api.people.identity.sign_in import signed_in
from api.people.memberships import repository as members
from api.people.memberships.errors import member_not_found
from api.people.memberships.repository import MemberRow, decoded
from api.people.sessions import repository as session_rows
from api.people.sessions import service as sessions
from api.people.sessions.repository import SessionRow
from api.people.tenants import repository
from api.people.tenants.errors import already_owner, member_disabled, owners_changed, transfer_to_oneself
from api.people.tenants.repository import TenantRow
from api.people.tenants.views import Channel, Messaging, Organisation
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.errors import Unauthorized
from propflow.standing import TEST_SPACE, why_no_email, why_no_sms


async def show(ctx: Context) -> Answer:
    """The caller's organisation."""
    row = await _get(ctx)
    return answer(200, view(row), version=row.version, living=True)


async def rename(ctx: Context, name: str, if_match: str | None) -> Answer:
    """Another name."""
    row = await _get(ctx)
    check(if_match, row.version)
    changed = msgspec.structs.replace(row, name=name, version=row.version + 1)
    statements = [repository.rename(ctx.tenant_id, row.version, name, ctx.now), guards.changed()]
    fact = noted(ctx, "tenant.renamed", row.id, before={"name": row.name}, after={"name": name})
    try:
        return await commit(ctx, answer(200, view(changed), version=changed.version, living=True), statements, fact)
    except GuardFailed:
        raise stale() from None


async def transfer(ctx: Context, *, user_id: str, password: str | None) -> Answer:
    """Another member becomes owner and the caller an admin, both or neither.

    The sessions of both end in this organisation. The caller goes on with a new one: what the old token was given for
    is no longer theirs.
    """
    own_id = ctx.caller.principal_id
    if user_id == own_id:
        raise transfer_to_oneself()
    found = await ctx.bindings.core.batch([
        members.get(ctx.tenant_id, user_id), accounts.by_id(own_id), session_rows.get(ctx.caller.credential, ctx.now),
        repository.get(ctx.tenant_id),
    ])  # fmt: skip
    target, person, tenant = found[0].one(MemberRow), found[1].one(Person), found[3].one(TenantRow)
    if person is None or tenant is None:
        raise Unauthorized("session_ended", "The session has ended. Log in again.")
    target = _checked(target)
    await presence.require(ctx, person, found[2].one(SessionRow), password)
    return await _transfer(ctx, target, person, tenant)


def _checked(target: MemberRow | None) -> MemberRow:
    if target is None:
        raise member_not_found("user_id")
    if target.role == "owner":
        raise already_owner()
    if target.disabled_at is not None:
        raise member_disabled()
    return target


async def _transfer(ctx: Context, target: MemberRow, person: Person, tenant: TenantRow) -> Answer:
    started = sessions.start(_anonymous(ctx), ctx.tenant_id, person.id)
    statements = [
        repository.make_owner(ctx.tenant_id, target.user_id, ctx.now), guards.changed(),
        repository.step_down(ctx.tenant_id, person.id, ctx.now), guards.changed(),
        session_rows.end_in_tenant(ctx.tenant_id, target.user_id),
        session_rows.end_in_tenant(ctx.tenant_id, person.id),
        *started.statements,
    ]  # fmt: skip
    fact = noted(
        ctx, "tenant.transferred", ctx.tenant_id,
        before={
            "roles": {person.id: "owner", target.user_id: target.role}, "property_ids": decoded(target.property_ids)
        },
        after={"roles": {person.id: "admin", target.user_id: "owner"}, "property_ids": None},
    )  # fmt: skip
    membership = Membership(tenant_id=tenant.id, tenant_name=tenant.name, plan=tenant.plan, role="admin")
    made = signed_in(ctx, 200, person, membership, started)
    try:
        return await commit(ctx.without_key(), made, statements, fact)  # the answer holds a token
    except GuardFailed:
        raise owners_changed() from None
    except ConstraintFailed as refused:
        if refused.name == "last_owner":  # the other was disabled just now
            raise owners_changed() from None
        raise


def view(row: TenantRow) -> Organisation:
    """A row as the API shows it."""
    email, sms = (TEST_SPACE, TEST_SPACE) if row.mode == "test" else (why_no_email(row), why_no_sms(row))
    return Organisation(
        id=row.id, name=row.name, plan=row.plan, subscription_status=row.subscription_status, mode=row.mode,
        created_at=instant(row.created_at),
        messaging=Messaging(email=_channel(email), sms=_channel(sms)),
    )  # fmt: skip


def _channel(reason: str | None) -> Channel:
    return Channel(allowed=reason is None, reason=reason)


async def _get(ctx: Context) -> TenantRow:
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id))).one(TenantRow)
    if row is None:
        raise Unauthorized("session_ended", "The session has ended. Log in again.")
    return row


def _anonymous(ctx: Context) -> Anonymous:
    return Anonymous(bindings=ctx.bindings, request_id=ctx.request_id, now=ctx.now, ip=ctx.ip, device=ctx.device)
