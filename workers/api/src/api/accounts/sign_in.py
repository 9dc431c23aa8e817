"""Letting somebody in, however they showed who they are: a new session, and everything that is true from now on."""

from collections.abc import Sequence

import msgspec

from api.accounts import facts
from api.accounts.repository import Membership, Person
from api.accounts.views import SignedIn, Tenant, User
from api.answers import Answer, answer
from api.commit import Fact
from api.context import Anonymous, Context
from api.sessions import cookie
from api.sessions import service as sessions
from api.sessions.service import Started
from propflow.bindings.d1 import Statement


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
) -> Answer:
    """Start a session in one batch with what comes `before` and `after` it, and answer with its token.

    Raises ConstraintFailed, as `guard_failed` when the person is disabled or no member any more.
    """
    started = sessions.start(ctx, membership.tenant_id, person.id)
    made = [*facts.in_each(ctx, [membership.tenant_id], action, person.id, actor=person.id), *more]
    await ctx.bindings.core.batch([*before, *started.statements, *after, *facts.records(made, ctx.now)])
    ctx.bindings.background(facts.send(ctx.bindings, made, ctx.now))
    return signed_in(ctx, status, person, membership, started)


def signed_in(
    ctx: Anonymous | Context, status: int, person: Person, membership: Membership, started: Started
) -> Answer:
    """The answer that holds a token, which is shown this once, and sets it as a cookie."""
    view = SignedIn(user=user_view(person), tenant=tenant_view(membership), session=started.view())
    headers = {
        "Set-Cookie": cookie.carrying(started.token, started.expires_at - ctx.now), "Cache-Control": "no-store"
    }  # fmt: skip
    return msgspec.structs.replace(answer(status, view), headers=headers)


def user_view(person: Person) -> User:
    """A person as the API shows them."""
    return User(
        id=person.id, email=person.email, name=person.name, email_verified=person.email_verified_at is not None,
        google_linked=person.google_sub is not None,
    )  # fmt: skip


def tenant_view(membership: Membership) -> Tenant:
    """A tenant as its members see it."""
    return Tenant(id=membership.tenant_id, name=membership.tenant_name)
