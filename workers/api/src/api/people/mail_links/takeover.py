"""An account that is opened by the mailbox alone, for the first time: what was made in it before may be a stranger's.

Whoever signed up with somebody's address may have waited for its owner (https://arxiv.org/abs/2205.10174). So who takes
the account over begins alone: nobody else is a member, no invitation, key, feed, push target or calendar address of
before opens anything; the link to Google ends with every reset. Properties, units, bookings and files stay: they are
data, no way in.

An organisation that has another owner with a verified address is theirs: nothing in it ends, and the account leaves it.
Who verifies the address as who is signed in, or with the password, is the same person as before: nothing ends.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from api.access.permissions import allows
from api.channels.calendar_exports import repository as exports
from api.channels.feeds import changes_repository as feeds
from api.channels.push_targets import repository as push_targets
from api.core import audit_notes
from api.core.commit import Fact
from api.core.context import Anonymous
from api.people.api_keys import repository as api_keys
from api.people.identity import facts
from api.people.identity import repository as accounts
from api.people.identity.repository import Membership, Person
from api.people.invitations import repository as invitations
from api.people.mail_links import takeover_repository as repository
from api.people.mail_links.takeover_repository import Held
from api.people.memberships import repository as members
from propflow import ids
from propflow.bindings.d1 import Statement

KINDS = ("members", "invitations", "api_keys", "exports", "feeds", "push_targets")


class Takeover(msgspec.Struct, frozen=True):
    """What ends, and who is told of it. Both are empty for who has verified the address before."""

    statements: Sequence[Statement] = ()
    facts: Sequence[Fact] = ()


async def of(ctx: Anonymous, person: Person) -> Takeover:
    """The statements go before those that verify the address: `guard_failed` when something changed meanwhile."""
    if person.email_verified_at is not None:
        return Takeover()
    found = (await ctx.bindings.core.run(repository.held(person.id, ctx.now))).rows(Held)
    statements = [repository.require(person.id, found)]
    for one in found:
        statements += _emptied(ctx, one, person.id) if one.own else _left(ctx, one, person.id)
    if not any(one.own for one in found):
        statements += _founded(ctx, person)
    ended = _ended(found, person)
    if not ended:
        return Takeover(statements)
    noted = [_noted(ctx, one, person.id) for one in found]
    return Takeover(statements, [*noted, facts.by_mail(ctx, person.id, "taken_over", person.id, ended=ended)])


def _emptied(ctx: Anonymous, one: Held, user_id: str) -> list[Statement]:
    """An organisation of one's own, without what others may have put there."""
    statements = [
        members.remove_others(one.tenant_id, user_id), invitations.revoke_all(one.tenant_id, ctx.now),
        api_keys.revoke_all(one.tenant_id, ctx.now),
    ]  # fmt: skip
    for space in filter(None, (one.tenant_id, one.test_id)):
        statements += [
            exports.delete_all(space), push_targets.delete_all(space),
            *feeds.remove_all(space, actor=user_id, request_id=ctx.request_id, now=ctx.now),
        ]  # fmt: skip
    return statements


def _left(ctx: Anonymous, one: Held, user_id: str) -> list[Statement]:
    """Somebody else's organisation: the account goes, as a member who is removed."""
    known = (
        [exports.known_to_former(one.tenant_id, one.property_ids)] if allows(one.role, "calendar_exports:read") else []
    )
    return [
        repository.leave(one.tenant_id, user_id), api_keys.revoke_made_by(one.tenant_id, user_id, ctx.now),
        invitations.revoke_by(one.tenant_id, user_id, ctx.now), *known,
    ]  # fmt: skip


def _founded(ctx: Anonymous, person: Person) -> list[Statement]:
    """Nobody takes over an account that opens nothing."""
    first = Membership(tenant_id=ids.new_id("ten", ctx.now), tenant_name=person.name, plan="free", role="owner")
    return accounts.found(person.id, first, ctx.now)


def _ended(found: Sequence[Held], person: Person) -> dict[str, int]:
    """How much ends, by kind."""
    ended = Counter({kind: len(_ids(one, kind)) for one in found if one.own for kind in KINDS})
    ended["organisations"] = sum(not one.own for one in found)
    ended["google"] = int(person.google_sub is not None)
    return {kind: number for kind, number in ended.items() if number}


def _noted(ctx: Anonymous, one: Held, user_id: str) -> Fact:
    if not one.own:
        keys = _ids(one, "api_keys")
        (left,) = audit_notes.in_each(ctx, [one.tenant_id], "member.left", user_id, actor=user_id, revoked_keys=keys)
        return left
    gone = {kind: known for kind in KINDS if (known := _ids(one, kind))}
    (noted,) = audit_notes.in_each(
        ctx, [one.tenant_id], "account.taken_over", user_id, actor=user_id, before=gone, after={}
    )
    return noted


def _ids(one: Held, kind: str) -> list[str]:
    return msgspec.json.decode(getattr(one, kind), type=list[str])
