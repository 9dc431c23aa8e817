"""The care of one's own account: who one is, another name, another password, another tenant."""

import msgspec

from api.core import audit_notes
from api.core.commit import commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.people.accounts.errors import tenant_not_found, wrong_password
from api.people.accounts.service import chosen
from api.people.identity import facts, limits, repository
from api.people.identity.common import refuse_common
from api.people.identity.passwords import Hashing, hash_password, verify_password
from api.people.identity.repository import Membership, Person
from api.people.identity.sign_in import on_device, signed_in, tenant_view, user_view
from api.people.identity.views import Me, TenantRole
from api.people.mail_links import repository as links
from api.people.sessions import repository as sessions
from api.people.sessions.repository import SessionRow
from api.people.sessions.service import renew
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import GuardFailed
from propflow.errors import Unauthorized


class Oneself(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about who calls."""

    person: Person
    memberships: list[Membership]
    session: SessionRow

    def here(self, tenant_id: str) -> Membership:
        """The membership in a tenant; raises Unauthorized when it is gone."""
        found = chosen(self.memberships, tenant_id)
        if found is None:
            raise _ended()
        return found


async def show(ctx: Context) -> Answer:
    """The caller: person, tenant, role, plan, and all memberships."""
    return answer(200, _view(ctx, await load(ctx)))


async def rename(ctx: Context, name: str) -> Answer:
    """Another name; without If-Match, because nobody else changes it."""
    found = await load(ctx)
    renamed = msgspec.structs.replace(found, person=msgspec.structs.replace(found.person, name=name))
    fact = noted(ctx, "person.renamed", found.person.id, before={"name": found.person.name}, after={"name": name})
    statement = repository.rename(found.person.id, name, ctx.now)
    return await commit(ctx, answer(200, _view(ctx, renamed)), [statement], fact)


async def change_password(ctx: Context, current_password: str, new_password: str) -> Answer:
    """Another password: every other session and every link that was mailed before ends with the old one.

    So does the link to a Google account: whoever knew the old password could have linked theirs.
    """
    found = await load(ctx)
    person, tenant_ids = found.person, [one.tenant_id for one in found.memberships]
    refuse_common(new_password, person.email, "new_password")
    await limits.check_person(ctx, person.id)
    how = Hashing.of(ctx.bindings.settings)
    if not (await verify_password(how, person.email, current_password, person.password_hash)).matches:
        ctx.bindings.background(audit_notes.note(ctx, tenant_ids, "password.refused", person.id, actor=person.id))
        raise wrong_password()
    password_hash = await hash_password(how, person.email, new_password)
    started = renew(ctx, found.session, ctx.tenant_id)
    made = [
        *audit_notes.in_each(ctx, tenant_ids, "password.changed", person.id, actor=person.id),
        *facts.google_unlinked(ctx, tenant_ids, person),
        facts.by_mail(ctx, person.id, "password_changed", person.id),
    ]
    statements = [
        repository.require_unchanged(person),
        repository.set_password(person.id, password_hash, ctx.now),
        repository.unlink_any(person.id, ctx.now),
        sessions.end_others(person.id, ctx.caller.credential),
        *started.statements,
        sessions.confirm(sha256(started.token), ctx.now),
        links.void(person.id, "reset_password", ctx.now),
        *audit_notes.records(made, ctx.now),
    ]
    try:
        await ctx.bindings.core.batch(statements)
    except GuardFailed:
        raise _ended() from None  # somebody else changed it, or ended this session, at the same time
    ctx.bindings.background(audit_notes.send(ctx.bindings, made, ctx.now))
    changed = msgspec.structs.replace(person, google_sub=None, password_changed_at=ctx.now)
    return on_device(ctx, 200, changed, found.here(ctx.tenant_id), started)


async def switch_tenant(ctx: Context, tenant_id: str) -> Answer:
    """The same session in another tenant of the person, under another token."""
    found = await load(ctx)
    membership = chosen(found.memberships, tenant_id)
    if membership is None:
        raise tenant_not_found()
    started = renew(ctx, found.session, tenant_id)
    # Each organisation hears its own part: to where somebody else's people go is none of its business.
    ways = {"session.left": [ctx.tenant_id], "session.switched": [tenant_id]}
    made = [
        fact
        for action, tenant_ids in ways.items()
        for fact in audit_notes.in_each(ctx, tenant_ids, action, found.session.id, actor=found.person.id)
    ]
    try:
        await ctx.bindings.core.batch([*started.statements, *audit_notes.records(made, ctx.now)])
    except GuardFailed:
        raise _ended() from None
    ctx.bindings.background(audit_notes.send(ctx.bindings, made, ctx.now))
    return signed_in(ctx, 200, found.person, membership, started)


async def load(ctx: Context) -> Oneself:
    """Read everything about the caller in one round trip; raises Unauthorized when the session just ended."""
    user_id = ctx.caller.principal_id
    results = await ctx.bindings.core.batch([
        repository.by_id(user_id), repository.memberships(user_id), sessions.get(ctx.caller.credential, ctx.now),
    ])  # fmt: skip
    person, session = results[0].one(Person), results[2].one(SessionRow)
    if person is None or session is None:
        raise _ended()
    return Oneself(person=person, memberships=results[1].rows(Membership), session=session)


def _view(ctx: Context, found: Oneself) -> Me:
    here = found.here(ctx.tenant_id)
    return Me(
        user=user_view(found.person), tenant=tenant_view(here), role=here.role, plan=here.plan,
        memberships=[TenantRole(tenant=tenant_view(one), role=one.role) for one in found.memberships],
    )  # fmt: skip


def _ended() -> Unauthorized:
    return Unauthorized("session_ended", "The session has ended. Log in again.")
