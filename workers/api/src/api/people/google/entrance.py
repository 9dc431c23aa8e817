"""Whom a Google account opens the door for.

1. who signs in with it already: by `sub`, whatever the address is by now
2. else who has verified the address, where Google hosts it: linked, audited, and told by mail. Elsewhere Google knows
   only who had the mailbox once, so this account is linked by who is signed in to it (`linking.py`)
3. else a new person with a new tenant, verified where Google hosts the address, and asked by mail where it does not. An
   account with the same address that never verified it is left alone: whoever made it may have waited for the true
   owner (https://arxiv.org/abs/2205.10174, pre-hijacking), and loses the address.
"""

from collections.abc import Sequence
from functools import partial

import msgspec

from api.core import audit_notes
from api.core.context import Anonymous
from api.core.retry import retried
from api.edge.answers import Answer
from api.people.google import repository
from api.people.google.errors import (
    changed_meanwhile,
    email_unverified,
    invalid_token,
    link_with_password,
    other_google_account,
)
from api.people.google.repository import SignIn
from api.people.google.rules import Identity, tenant_name
from api.people.identity import facts
from api.people.identity import repository as accounts
from api.people.identity.errors import no_membership, wrong_credentials
from api.people.identity.repository import Membership, Person
from api.people.identity.sign_in import sign_in
from api.people.mail_links import mails
from api.people.mail_links.repository import Mailed
from propflow import guards, ids
from propflow.bindings.d1 import Statement

RACES = ("unique:users",)  # somebody else has just joined with this account, or has verified this address


async def let_in(ctx: Anonymous, who: Identity, *, wished: str | None = None, nonce: str | None = None) -> Answer:
    """Start a session, in one batch with all that comes with it; with `nonce` that is spent there as well."""
    key = None if nonce is None else repository.nonce_key(nonce)
    return await retried(partial(_let_in, ctx, who, wished, key), changed_meanwhile, races=RACES)


async def _let_in(ctx: Anonymous, who: Identity, wished: str | None, key: str | None) -> Answer:
    by_sub, by_email = await _find(ctx, who, key)
    spend = [] if key is None else [repository.take(key, ctx.now), guards.changed()]
    if by_sub is not None:
        return await _return(ctx, by_sub, who.sub, spend)
    if who.email is None:
        raise email_unverified()
    if by_email is not None and not who.hosted:
        raise link_with_password()
    if by_email is not None:
        return await _link(ctx, by_email, who.sub, spend)
    return await _join(ctx, who, who.email, tenant_name(wished, who.name), spend)


async def _find(ctx: Anonymous, who: Identity, key: str | None) -> tuple[Person | None, Person | None]:
    lookups = [repository.by_sub(who.sub), repository.by_verified_email(who.email or "")]
    if key is not None:
        lookups.append(repository.get(key, ctx.now))
    found = await ctx.bindings.core.batch(lookups)
    if key is not None and found[2].one(SignIn) is None:
        raise invalid_token("nonce")  # never issued, too old, or spent: a replay
    return found[0].one(Person), found[1].one(Person)


async def _return(ctx: Anonymous, person: Person, sub: str, spend: Sequence[Statement]) -> Answer:
    membership, _ = await _memberships(ctx, person)
    before = [*spend, repository.require_linked(person.id, sub)]  # it may have been unlinked since it was read
    return await sign_in(ctx, 200, person, membership, "session.started", before=before)


async def _link(ctx: Anonymous, person: Person, sub: str, spend: Sequence[Statement]) -> Answer:
    membership, everywhere = await _memberships(ctx, person)
    if person.google_sub is not None:
        ctx.bindings.background(_note_failure(ctx, person, everywhere))
        raise other_google_account()
    linked = msgspec.structs.replace(person, google_sub=sub)
    tenants = [one.tenant_id for one in everywhere]
    noted = audit_notes.in_each(ctx, tenants, "google.linked", person.id, actor=person.id, before=None, after="linked")
    return await sign_in(
        ctx, 200, linked, membership, "session.started",
        before=[*spend, repository.link_by_address(person.id, sub, person.email, ctx.now), guards.changed()],
        more=[*noted, facts.by_mail(ctx, person.id, "google_linked", person.id)],
    )  # fmt: skip


async def _join(ctx: Anonymous, who: Identity, email: str, name: str, spend: Sequence[Statement]) -> Answer:
    person = Person(
        id=ids.new_id("usr", ctx.now), email=email, name=who.name, google_sub=who.sub,
        email_verified_at=ctx.now if who.hosted else None,
    )  # fmt: skip
    membership = Membership(tenant_id=ids.new_id("ten", ctx.now), tenant_name=name, plan="free", role="owner")
    made = [
        *accounts.insert(person, membership, ctx.now), repository.link(person.id, who.sub, ctx.now), guards.changed()
    ]  # fmt: skip
    if who.hosted:
        made.append(accounts.verify_email(person.id, ctx.now))
        return await sign_in(ctx, 200, person, membership, "account.signed_up", before=[*spend, *made])
    found = (await ctx.bindings.core.run(mails.mailed(email, ctx.now))).one(Mailed)
    link, mail, unsent = mails.verification(ctx, person.id, None)
    return await sign_in(
        ctx, 200, person, membership, "account.signed_up",
        before=[*spend, *made], after=[link],
        unsure=facts.Unsure(None if mails.is_enough(found) else mail, unsent),
    )  # fmt: skip


async def _memberships(ctx: Anonymous, person: Person) -> tuple[Membership, list[Membership]]:
    """The tenant to go to, and all of them; raises what a log-in with a password would."""
    found = (await ctx.bindings.core.run(accounts.memberships(person.id))).rows(Membership)
    if person.disabled_at is not None:
        ctx.bindings.background(_note_failure(ctx, person, found))
        raise wrong_credentials()
    if not found:
        raise no_membership()
    return found[0], found


async def _note_failure(ctx: Anonymous, person: Person, memberships: list[Membership]) -> None:
    """For the audit of each tenant of who was meant."""
    tenants = [one.tenant_id for one in memberships]
    made = audit_notes.in_each(ctx, tenants, "session.failed", person.id, actor=person.id, by="google")
    if made:
        await ctx.bindings.core.batch(audit_notes.records(made, ctx.now))
        await audit_notes.send(ctx.bindings, made, ctx.now)
