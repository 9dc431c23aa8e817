"""Sign-up and log-in. Neither shows whether an address is known: not by its answer, and not by its time."""

from collections.abc import Sequence
from typing import NamedTuple

from api.core import audit_notes
from api.core.context import Anonymous
from api.edge.answers import Answer
from api.people.identity import facts, limits, repository
from api.people.identity.addresses import folded
from api.people.identity.common import refuse_common
from api.people.identity.devices import Device
from api.people.identity.errors import no_membership, wrong_credentials
from api.people.identity.passwords import Attempt, Hashing, Verdict, hash_password
from api.people.identity.repository import Membership, Person
from api.people.identity.sign_in import sign_in
from api.people.mail_links import mails
from api.people.mail_links.repository import Mailed
from propflow import ids, log
from propflow.bindings.d1 import GuardFailed, Statement


class Slot(NamedTuple):
    """Somebody whom a log-in may mean, or nobody."""

    person: Person | None
    memberships: list[Membership]

    def has_any_of(self, devices: Sequence[Device]) -> bool:
        """Whether one of these devices is theirs, of the password that they have."""
        return self.person is not None and any(one.is_of(self.person) for one in devices)


class Opened(NamedTuple):
    """Whose password it was."""

    person: Person
    memberships: list[Membership]
    verdict: Verdict


async def sign_up(ctx: Anonymous, *, email: str, password: str, name: str, tenant_name: str) -> Answer:
    """Create a tenant with its owner and a first session.

    Whoever has verified the address before keeps it, and is told by mail; the new person stays unverified. An address
    gets a few such mails an hour at most, however often it is signed up with.
    """
    email = folded(email)
    refuse_common(password, email)
    await limits.check(ctx, email)
    found = await ctx.bindings.core.batch([repository.by_email(email), mails.mailed(email, ctx.now)])
    known, enough = found[0].one(Person), mails.is_enough(found[1].one(Mailed))
    password_hash = await hash_password(Hashing.of(ctx.bindings.settings), email, password)
    person = Person(id=ids.new_id("usr", ctx.now), email=email, name=name, password_hash=password_hash)
    membership = Membership(tenant_id=ids.new_id("ten", ctx.now), tenant_name=tenant_name, plan="free", role="owner")
    link, mail, unsent = mails.verification(ctx, person.id, known)
    return await sign_in(
        ctx, 201, person, membership, "account.signed_up",
        before=repository.insert(person, membership, ctx.now), after=[link],
        unsure=facts.Unsure(None if enough else mail, unsent),
    )  # fmt: skip


async def log_in(ctx: Anonymous, *, email: str, password: str, tenant_id: str | None) -> Answer:
    """Check the password and start a new session; what fails costs and answers the same, whatever the reason.

    The password may be that of who has verified the address or of the oldest who has not. It is computed once for both,
    there or not, so somebody unverified comes in at the same cost whether or not the address is somebody else's.
    """
    email = folded(email)
    shown = await limits.check_device(ctx, email)
    found = await ctx.bindings.core.batch(repository.slots(email))
    slots = [Slot(found[at].one(Person), found[at + 1].rows(Membership)) for at in (0, 2)]
    if shown and not any(slot.has_any_of(shown) for slot in slots):
        await limits.check(ctx, email)  # the password is another by now: a device like any other
        shown = []
    opened = await _open(ctx, slots, password, email, shown)
    if opened is None:
        ctx.bindings.background(facts.unfelt(_note_failure(ctx, slots)))
        raise wrong_credentials()
    person, verdict = opened.person, opened.verdict
    membership = chosen(opened.memberships, tenant_id)
    if membership is None:
        raise no_membership()
    try:
        return await sign_in(
            ctx, 200, person, membership, "session.started",
            before=[repository.require_unchanged(person)], after=await _rehashed(ctx, person, password, verdict),
        )  # fmt: skip
    except GuardFailed:
        raise wrong_credentials() from None  # changed or disabled while the password was compared


async def _open(
    ctx: Anonymous, slots: list[Slot], password: str, email: str, known: Sequence[Device]
) -> Opened | None:  # fmt: skip
    """Whose password it is. Nobody's costs and takes as much, wherever it is compared and however often."""
    attempt = Attempt(Hashing.of(ctx.bindings.settings), email, password)
    opened = await _compared(ctx, attempt, slots, email, known)
    if opened is None:
        await attempt.fail()
    return opened


async def _compared(
    ctx: Anonymous, attempt: Attempt, slots: list[Slot], email: str, known: Sequence[Device]
) -> Opened | None:  # fmt: skip
    """Of a device that is `known` as some of them, theirs come first and cost no name a try."""
    charged = not known
    for slot in sorted(slots, key=lambda slot: not slot.has_any_of(known)):
        if not charged and not slot.has_any_of(known):
            charged = True
            if not await limits.may_guess(ctx, email):
                return None
        person, memberships = slot
        verdict = await attempt.verify(person.password_hash if person else None)
        if person is not None and verdict.matches and person.disabled_at is None:
            return Opened(person, memberships, verdict)
    return None


def chosen(memberships: list[Membership], tenant_id: str | None) -> Membership | None:
    """The membership that was asked for, or the first."""
    return next((one for one in memberships if tenant_id in (None, one.tenant_id)), None)


async def _rehashed(ctx: Anonymous, person: Person, password: str, verdict: Verdict) -> list[Statement]:
    if not verdict.outdated:
        return []
    return [repository.rehash(person, await hash_password(Hashing.of(ctx.bindings.settings), person.email, password))]


async def _note_failure(ctx: Anonymous, slots: list[Slot]) -> None:
    """For the audit of each tenant of who was meant; of an unknown address nothing is kept."""
    person, memberships = next((one for one in slots if one.person is not None), slots[0])
    log.info("session.failed", user_id=person.id if person else None)
    if person is not None:
        tenant_ids = [one.tenant_id for one in memberships]
        await audit_notes.note(ctx, tenant_ids, "session.failed", person.id, actor=person.id)
