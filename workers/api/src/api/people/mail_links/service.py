"""What links are asked for and open: a forgotten password, an address to verify."""

from collections.abc import Sequence

from api.access.credentials import Credential
from api.core import audit_notes
from api.core.commit import Fact, commit
from api.core.context import Anonymous, Context
from api.edge.answers import Answer, answer
from api.people.identity import facts, limits, proof
from api.people.identity import repository as accounts
from api.people.identity.addresses import folded
from api.people.identity.common import refuse_common
from api.people.identity.errors import link_invalid
from api.people.identity.passwords import Hashing, hash_password
from api.people.identity.repository import Membership, Person
from api.people.mail_links import mails, repository, takeover
from api.people.mail_links.errors import already_verified, email_verified_elsewhere, mailed_enough, sign_in_to_verify
from api.people.mail_links.repository import Link
from api.people.mail_links.views import EmailVerified, PasswordReset, Requested
from api.people.sessions import repository as sessions
from propflow import guards, ids, one_time
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement
from propflow.one_time import Purpose

ATTEMPTS = 3  # each is refused only by another change of the account that succeeded


async def forgot_password(ctx: Anonymous, email: str) -> Answer:
    """Mail a link, if there is somebody to mail it to: the same answer, statements and time in any case."""
    email = folded(email)
    await limits.check_ip(ctx)
    person = (await ctx.bindings.core.run(accounts.by_email(email))).one(Person)
    user_id = person.id if person else ids.new_id("usr", ctx.now)
    link = mails.new_link(ctx, "reset_password")
    mail = facts.by_mail(ctx, user_id, "reset_password", link.id)
    results = await ctx.bindings.core.batch([
        mails.insert(link, user_id),
        *audit_notes.records([mail], ctx.now),
        repository.forget_unsent(user_id, mail.message.outbox_id, link.id),
    ])  # fmt: skip
    sent = [mail] if results[0].changed else []
    ctx.bindings.background(facts.unfelt(audit_notes.send(ctx.bindings, sent, ctx.now)))
    return answer(202, Requested())


async def reset_password(ctx: Anonymous, token: str, password: str) -> Answer:
    """Set another password, end all sessions and unlink Google: what somebody else may have linked opens no more.

    The mailbox was shown to be theirs, so the address is verified too.
    """
    await limits.check_ip(ctx)
    link = await _open(ctx, token, "reset_password")
    person, _ = await _whose(ctx, link)
    refuse_common(password, person.email)
    password_hash = await hash_password(Hashing.of(ctx.bindings.settings), person.email, password)
    for _ in range(ATTEMPTS):
        if await _reset(ctx, link, password_hash):
            return answer(200, PasswordReset())
        link = await _open(ctx, token, "reset_password")
    raise link_invalid()


async def _reset(ctx: Anonymous, link: Link, password_hash: str) -> bool:
    """In one batch with what ends when the account is taken over; False when something changed meanwhile."""
    person, memberships = await _whose(ctx, link)
    taken = await takeover.of(ctx, person)
    tenant_ids = [one.tenant_id for one in memberships]
    made = [
        *audit_notes.in_each(ctx, tenant_ids, "password.reset", person.id, actor=person.id),
        *facts.google_unlinked(ctx, tenant_ids, person),
        facts.by_mail(ctx, person.id, "password_changed", person.id), *taken.facts,
    ]  # fmt: skip
    statements = [
        *taken.statements,
        accounts.set_password(person.id, password_hash, ctx.now),
        guards.changed(),
        accounts.verify_email(person.id, ctx.now),
        accounts.unlink_any(person.id, ctx.now),
        sessions.end_all(person.id),
        repository.void(person.id, "reset_password", ctx.now),
    ]
    return await _spend(ctx, link, statements, made)


async def verify_email(ctx: Anonymous, credential: Credential | None, token: str, password: str | None) -> Answer:
    """The address is theirs from now on, and nobody else's. Mailbox and account must be in the same hands."""
    await limits.check_ip(ctx)
    link = await _open(ctx, token, "verify_email")
    person, memberships = await _whose(ctx, link)
    if not await _is_theirs(ctx, credential, person, password):
        raise sign_in_to_verify()
    tenant_ids = [one.tenant_id for one in memberships]
    made = audit_notes.in_each(ctx, tenant_ids, "email.verified", person.id, actor=person.id)
    statements = [
        accounts.require_unchanged(person),  # another password meanwhile: what was shown counts no more
        accounts.verify_email(person.id, ctx.now),
        repository.void(person.id, "verify_email", ctx.now),
    ]
    if not await _spend(ctx, link, statements, made):
        raise link_invalid()
    return answer(200, EmailVerified())


async def _is_theirs(ctx: Anonymous, credential: Credential | None, person: Person, password: str | None) -> bool:
    present = (await ctx.bindings.core.run(proof.present(credential, ctx.now))).one(Person)
    if present is not None and present.id == person.id:
        return True
    return password is not None and await proof.proves(ctx, person, password)


async def ask_again(ctx: Context) -> Answer:
    """Mail another link to verify the address; not more than a few per hour.

    What strangers had mailed to the address counts little: else they could keep its owner from verifying it.
    """
    user_id = ctx.caller.principal_id
    person = (await ctx.bindings.core.run(accounts.by_id(user_id))).one(Person)
    if person is None or person.email_verified_at is not None:
        raise already_verified()
    known = (await ctx.bindings.core.run(accounts.by_email(person.email))).one(Person)
    link, mail, _ = mails.verification(ctx, user_id, known, most_to_address=mails.MOST_ASKED_PER_HOUR)
    try:
        return await commit(ctx, answer(202, Requested()), [link, guards.changed()], mail)
    except GuardFailed:
        raise mailed_enough() from None


async def _open(ctx: Anonymous, token: str, purpose: Purpose) -> Link:
    found = (await ctx.bindings.core.run(repository.find(one_time.token_hash(token), purpose, ctx.now))).one(Link)
    if found is None:
        raise link_invalid()
    return found


async def _whose(ctx: Anonymous, link: Link) -> tuple[Person, list[Membership]]:
    results = await ctx.bindings.core.batch([accounts.by_id(link.user_id), accounts.memberships(link.user_id)])
    person = results[0].one(Person)
    if person is None:
        raise link_invalid()
    return person, results[1].rows(Membership)


async def _spend(ctx: Anonymous, link: Link, statements: Sequence[Statement], made: Sequence[Fact]) -> bool:
    """Use the link and do what it opens in one batch: of twenty at once, one succeeds. False when it was not to be."""
    try:
        await ctx.bindings.core.batch([
            repository.spend(link.id, ctx.now), guards.changed(), *statements, *audit_notes.records(made, ctx.now),
        ])  # fmt: skip
    except GuardFailed:
        return False
    except ConstraintFailed as refused:
        if refused.name == "unique:users":
            raise email_verified_elsewhere() from None
        raise
    ctx.bindings.background(audit_notes.send(ctx.bindings, made, ctx.now))
    return True
