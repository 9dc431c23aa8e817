"""Showing that an account is one's own: by being signed in to it, or by its password."""

from api.access.credentials import Credential
from api.core import audit_notes
from api.core.context import Anonymous
from api.people.identity import facts, limits, repository
from api.people.identity.passwords import Hashing, verify_password
from api.people.identity.repository import Membership, Person
from propflow import log
from propflow.bindings.d1 import Statement


def present(credential: Credential | None, now: int) -> Statement:
    """Whoever happens to be signed in, as `Person`; nobody needs to be."""
    return repository.signed_in(credential.hash if credential else "", now)


async def proves(ctx: Anonymous, person: Person, password: str) -> bool:
    """Whether the password is the account's; the limiter is asked before anything is hashed."""
    await limits.check(ctx, person.email)
    how = Hashing.of(ctx.bindings.settings)
    if (
        await verify_password(how, person.email, password, person.password_hash)
    ).matches and person.disabled_at is None:
        return True
    ctx.bindings.background(facts.unfelt(_note_failure(ctx, person)))
    return False


async def _note_failure(ctx: Anonymous, person: Person) -> None:
    """For the audit of each tenant of who was meant; who never verified the address hears nothing of who owns it."""
    log.info("session.failed", user_id=person.id)
    if person.email_verified_at is not None:
        found = (await ctx.bindings.core.run(repository.memberships(person.id))).rows(Membership)
        tenant_ids = [one.tenant_id for one in found]
        await audit_notes.note(ctx, tenant_ids, "session.failed", person.id, actor=person.id, by="link")
