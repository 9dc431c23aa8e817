"""Accepting an invitation: whoever got the mail becomes a member, once."""

import msgspec

from api.access.credentials import Credential
from api.core import audit_notes
from api.core.context import Anonymous
from api.core.plan_limits import plan_limit_reached
from api.edge.answers import Answer
from api.people.identity import limits, proof
from api.people.identity import repository as accounts
from api.people.identity.common import refuse_common
from api.people.identity.errors import link_invalid
from api.people.identity.passwords import Hashing, hash_password
from api.people.identity.repository import Membership, Person
from api.people.identity.sign_in import sign_in
from api.people.invitations import opened
from api.people.invitations.errors import already_member, required_of_new, sign_in_to_accept
from api.people.invitations.opened import Opened
from api.people.invitations.repository import Seats, seats
from api.people.memberships import repository as members
from propflow import guards, ids, one_time
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """Who joins, and what makes it true that they are who they say."""

    person: Person
    statements: list[Statement]


async def accept(
    ctx: Anonymous, credential: Credential | None, *, token: str, name: str | None, password: str | None
) -> Answer:
    """Become a member and get a session, in one batch; of twenty at once, one succeeds."""
    await limits.check_ip(ctx)
    hashed = one_time.token_hash(token)
    found = await ctx.bindings.core.batch([
        opened.find(hashed, ctx.now), proof.present(credential, ctx.now),
    ])  # fmt: skip
    invitation, present = found[0].one(Opened), found[1].one(Person)
    if invitation is None:
        raise link_invalid()
    joining = await _joining(ctx, invitation, present, name, password)
    return await _join(ctx, invitation, hashed, joining)


async def _joining(
    ctx: Anonymous, invitation: Opened, present: Person | None, name: str | None, password: str | None
) -> Joining:
    """Whom the address leads to: who is signed in, who sends that account's password, or somebody new."""
    known = (await ctx.bindings.core.run(accounts.by_email(invitation.email))).one(Person)
    if present is not None and present.email == invitation.email and _is_whole(present, known):
        return _reached(ctx, present)
    if known is not None and password is not None and await proof.proves(ctx, known, password):
        return _reached(ctx, known)
    if known is not None and known.email_verified_at is not None:
        raise sign_in_to_accept()
    return await _new(ctx, invitation.email, name, password)


def _is_whole(present: Person, known: Person | None) -> bool:
    """Nobody else has shown before that the address is theirs."""
    return known is None or known.id == present.id or known.email_verified_at is None


def _reached(ctx: Anonymous, person: Person) -> Joining:
    """The link came by mail to the address, so it is theirs; a change of password meanwhile rolls everything back."""
    verified = msgspec.structs.replace(person, email_verified_at=person.email_verified_at or ctx.now)
    statements = [accounts.require_unchanged(person)]
    if person.email_verified_at is None:
        statements.append(accounts.verify_email(person.id, ctx.now))
    return Joining(person=verified, statements=statements)


async def _new(ctx: Anonymous, email: str, name: str | None, password: str | None) -> Joining:
    if name is None:
        raise required_of_new("name")
    if password is None:
        raise required_of_new("password")
    refuse_common(password, email)
    password_hash = await hash_password(Hashing.of(ctx.bindings.settings), email, password)
    person = Person(
        id=ids.new_id("usr", ctx.now), email=email, name=name, password_hash=password_hash, email_verified_at=ctx.now
    )
    return Joining(person=person, statements=[opened.insert_person(person, ctx.now)])


async def _join(ctx: Anonymous, invitation: Opened, token_hash: str, joining: Joining) -> Answer:
    person = joining.person
    membership = Membership(
        tenant_id=invitation.tenant_id, tenant_name=invitation.tenant_name, plan=invitation.plan, role=invitation.role
    )
    before = [
        opened.spend(invitation, token_hash, person.id, ctx.now), guards.changed(), *joining.statements,
        members.insert(invitation.tenant_id, person.id, invitation.role, invitation.property_ids, ctx.now),
    ]  # fmt: skip
    accepted = audit_notes.in_each(
        ctx, [invitation.tenant_id], "invitation.accepted", invitation.id, actor=person.id,
        before=None, after={"role": invitation.role, "property_ids": members.decoded(invitation.property_ids)},
    )  # fmt: skip
    try:
        return await sign_in(ctx, 200, person, membership, "session.started", before=before, more=accepted)
    except GuardFailed:
        raise link_invalid() from None
    except ConstraintFailed as refused:
        raise await _refusal(ctx, invitation, refused) from None


async def _refusal(ctx: Anonymous, invitation: Opened, refused: ConstraintFailed) -> Exception:
    if refused.name == "unique:memberships":
        return already_member()
    if refused.name == "unique:users":  # verified by somebody else while we looked
        return sign_in_to_accept()
    if refused.name == "limit_users":
        found = (await ctx.bindings.core.run(seats(invitation.tenant_id, ctx.now, invitation.id))).one(Seats)
        if found is not None and found.limit is not None:
            return plan_limit_reached("users", found.used, found.limit, ctx.bindings.settings.APP_BASE_URL)
    return refused
