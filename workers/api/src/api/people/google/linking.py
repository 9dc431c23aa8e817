"""Linking a Google account as who is signed in, and unlinking it: the session and the password say whose account it is.

Which address Google knows does not matter here: what the Google account opens afterwards is the account of the session.
"""

import msgspec

from api.core import audit_notes
from api.core.commit import Fact, commit
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.people.accounts.oneself import load
from api.people.google import repository
from api.people.google.errors import (
    already_linked,
    changed_meanwhile,
    invalid_token,
    linked_elsewhere,
    no_other_way_in,
    not_linked,
)
from api.people.google.repository import SignIn
from api.people.google.rules import Identity
from api.people.identity import facts, presence
from api.people.identity import repository as accounts
from api.people.identity.repository import Membership, Person
from api.people.identity.sign_in import user_view
from api.people.sessions import repository as sessions
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement
from propflow.messages import Mail


async def link(ctx: Context, who: Identity, *, nonce: str, password: str | None) -> Answer:
    """The Google account signs in to this one from now on. The nonce is spent in the same batch."""
    oneself = await load(ctx)
    if oneself.person.google_sub is not None:
        raise already_linked()
    await presence.require(ctx, oneself.person, oneself.session, password)
    key = repository.nonce_key(nonce)
    found = await ctx.bindings.core.batch([repository.get(key, ctx.now), repository.by_sub(who.sub)])
    if found[0].one(SignIn) is None:
        raise invalid_token("nonce")  # never issued, too old, or spent: a replay
    if found[1].one(Person) is not None:
        raise linked_elsewhere()
    statements = [
        repository.take(key, ctx.now), guards.changed(), accounts.require_unchanged(oneself.person),
        repository.link(oneself.person.id, who.sub, ctx.now), guards.changed(),
    ]  # fmt: skip
    made = _told(ctx, oneself.person, oneself.memberships, "google.linked", "google_linked")
    return await _commit(ctx, msgspec.structs.replace(oneself.person, google_sub=who.sub), statements, made)


async def unlink(ctx: Context, password: str | None) -> Answer:
    """No Google account signs in to this one any more, and what it opened ends; refused while there is no password."""
    oneself = await load(ctx)
    person = oneself.person
    if person.google_sub is None:
        raise not_linked()
    if person.password_hash is None:
        raise no_other_way_in()
    await presence.require(ctx, person, oneself.session, password)
    statements = [
        accounts.require_unchanged(person), repository.unlink(person.id, person.google_sub, ctx.now),
        guards.changed(), sessions.end_others(person.id, ctx.caller.credential),
    ]  # fmt: skip
    made = _told(ctx, person, oneself.memberships, "google.unlinked", "google_unlinked")
    return await _commit(ctx, msgspec.structs.replace(person, google_sub=None), statements, made)


async def _commit(ctx: Context, linked: Person, statements: list[Statement], made: list[Fact]) -> Answer:
    try:
        return await commit(ctx, answer(200, user_view(linked)), statements, made)
    except GuardFailed:
        raise changed_meanwhile() from None
    except ConstraintFailed as refused:
        if refused.name == "unique:users":
            raise linked_elsewhere() from None
        raise


def _told(ctx: Context, person: Person, memberships: list[Membership], action: str, mail: Mail) -> list[Fact]:
    tenants = [one.tenant_id for one in memberships]
    linked = action == "google.linked"
    noted = audit_notes.in_each(
        ctx, tenants, action, person.id, actor=person.id,
        before=None if linked else "linked", after="linked" if linked else None,
    )  # fmt: skip
    return [*noted, facts.by_mail(ctx, person.id, mail, person.id)]
