"""Letting somebody in, however they showed who they are: a new session, and everything that is true from now on."""

from collections.abc import Sequence

import msgspec

from api.access.credentials import DEVICE_COOKIE
from api.core import audit_notes
from api.core.commit import Fact
from api.core.context import Anonymous, Context
from api.edge.answers import Answer, answer, instant
from api.people.identity import devices
from api.people.identity.devices import Device
from api.people.identity.facts import Unsure
from api.people.identity.repository import Membership, Person
from api.people.identity.views import KnownDevice, SignedIn, Tenant, User
from api.people.sessions import cookie
from api.people.sessions import service as sessions
from api.people.sessions.service import Started
from propflow.bindings.d1 import Statement
from propflow.keyring import Keyring


async def sign_in(
    ctx: Anonymous,
    status: int,
    person: Person,
    membership: Membership,
    action: str,
    *,
    before: Sequence[Statement] = (),
    after: Sequence[Statement] = (),
    more: Sequence[Fact] = (),
    unsure: Unsure | None = None,
) -> Answer:
    """Start a session in one batch with what comes `before` and `after` it, and answer with its token.

    What is `unsure` is sent only when it was not taken back: nobody could find the row of its message.

    Raises ConstraintFailed, as `guard_failed` when the person is disabled or no member any more.
    """
    started = sessions.start(ctx, membership.tenant_id, person.id)
    made = [*audit_notes.in_each(ctx, [membership.tenant_id], action, person.id, actor=person.id), *more]
    perhaps = [unsure.fact] if unsure and unsure.fact else []
    results = await ctx.bindings.core.batch([
        *before, *started.statements, *after, *audit_notes.records([*made, *perhaps], ctx.now),
        *([unsure.taken_back] if unsure else []),
    ])  # fmt: skip
    if unsure is None or not results[-1].changed:
        made += perhaps
    ctx.bindings.background(audit_notes.send(ctx.bindings, made, ctx.now))
    return on_device(ctx, status, person, membership, started)


def on_device(
    ctx: Anonymous | Context, status: int, person: Person, membership: Membership, started: Started
) -> Answer:  # fmt: skip
    """The answer that holds a token, and another one by which the device is known with the password of now."""
    keyring = Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY)
    known = devices.known(keyring, ctx.known_as, person.email, ctx.now)
    device = devices.new(keyring, person, known, ctx.now)
    answered = signed_in(ctx, status, person, membership, started, device)
    kept = cookie.carrying(devices.kept(ctx.known_as, device), devices.LIFE, DEVICE_COOKIE)
    # The session comes last: who keeps one Set-Cookie of several keeps that.
    return msgspec.structs.replace(answered, cookies=(kept, *answered.cookies))


def signed_in(
    ctx: Anonymous | Context, status: int, person: Person, membership: Membership, started: Started,
    device: Device | None = None,
) -> Answer:  # fmt: skip
    """The answer that holds a token, which is shown this once, and sets it as a cookie."""
    known = None if device is None else KnownDevice(token=device.text, expires_at=instant(device.expires_at))
    view = SignedIn(user=user_view(person), tenant=tenant_view(membership), session=started.view(), known_device=known)
    return msgspec.structs.replace(
        answer(status, view), headers={"Cache-Control": "no-store"},
        cookies=(cookie.carrying(started.token, started.expires_at - ctx.now),),
    )  # fmt: skip


def user_view(person: Person) -> User:
    """A person as the API shows them."""
    return User(
        id=person.id, email=person.email, name=person.name, email_verified=person.email_verified_at is not None,
        google_linked=person.google_sub is not None,
    )  # fmt: skip


def tenant_view(membership: Membership) -> Tenant:
    """A tenant as its members see it."""
    return Tenant(id=membership.tenant_id, name=membership.tenant_name)
