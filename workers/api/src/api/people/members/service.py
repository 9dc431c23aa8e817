"""Members: show, change, remove, leave."""

from typing import Any

import msgspec

from api.access.permissions import allows
from api.channels.calendar_exports import repository as exports
from api.core.commit import commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, page
from api.edge.preconditions import check, stale
from api.people.api_keys import repository as api_keys
from api.people.api_keys.repository import KeyId
from api.people.invitations import repository as invitations
from api.people.members.views import Member
from api.people.memberships import acting, repository, rules
from api.people.memberships.errors import changed_meanwhile, last_owner, member_not_found, unknown_property
from api.people.memberships.repository import MemberRow, Named, decoded, encoded
from api.people.sessions import repository as sessions
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement
from propflow.errors import AppError


async def list_all(ctx: Context, after: str, limit: int) -> Answer:
    """The tenant's members."""
    rows = (await ctx.bindings.core.run(repository.list_after(ctx.tenant_id, after, limit + 1))).rows(MemberRow)
    return page([view(ctx, row) for row in rows], limit=limit, cursors=[row.user_id for row in rows])


async def show(ctx: Context, user_id: str) -> Answer:
    """One member."""
    row = await _get(ctx, user_id)
    return answer(200, view(ctx, row), version=row.version, living=True)


async def change(ctx: Context, user_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Another role or restriction. It ends the member's sessions in this tenant: nothing outlives what allowed it."""
    wanted = fields.get("property_ids")
    found = await ctx.bindings.core.batch([
        repository.get(ctx.tenant_id, user_id), repository.unknown_property(ctx.tenant_id, wanted),
        api_keys.made_by(ctx.tenant_id, user_id, ctx.real_now),
    ])  # fmt: skip
    row, unknown = found[0].one(MemberRow), found[1].one(Named)
    if row is None:
        raise member_not_found()
    check(if_match, row.version)
    role = fields.get("role") or row.role
    property_ids = wanted if "property_ids" in fields else decoded(row.property_ids)
    rules.check_change(_role(ctx), own=_is_self(ctx, user_id), was=row.role, becomes=role)
    rules.check_restriction(role, property_ids)
    if unknown is not None:
        raise unknown_property(unknown.id)
    keys = _lost_keys(found[2].rows(KeyId), role)
    return await _change(ctx, row, role, property_ids, keys)


async def _change(
    ctx: Context, row: MemberRow, role: str, property_ids: list[str] | None, keys: list[str] | None
) -> Answer:
    before = {"role": row.role, "property_ids": decoded(row.property_ids)}
    after = {"role": role, "property_ids": property_ids}
    if before == after:
        return await commit(ctx, answer(200, view(ctx, row), version=row.version, living=True), [])
    changed = msgspec.structs.replace(row, role=role, property_ids=encoded(property_ids), version=row.version + 1)
    statements = [
        repository.change(ctx.tenant_id, row, role, property_ids, ctx.real_now),
        guards.changed(),
        *_still_allowed(ctx, row.user_id),
        sessions.end_in_tenant(ctx.tenant_id, row.user_id),
        *_takes_along(ctx, row, role, keys),
        *_has_seen(ctx, row, role, property_ids),
    ]
    fact = noted(ctx, "member.changed", row.user_id, before=before, after=after, **_named(keys))
    made = answer(200, view(ctx, changed), version=changed.version, living=True)
    try:
        return await commit(ctx, made, statements, fact)
    except GuardFailed:
        raise await _overtaken(ctx, row) from None
    except ConstraintFailed as refused:
        if refused.name == "last_owner":
            raise last_owner() from None
        raise


async def remove(ctx: Context, user_id: str) -> Answer:
    """End a membership, and with it the sessions. The person and what they did remain."""
    found = await ctx.bindings.core.batch([
        repository.get(ctx.tenant_id, user_id), api_keys.made_by(ctx.tenant_id, user_id, ctx.real_now),
    ])  # fmt: skip
    row, keys = found[0].one(MemberRow), _lost_keys(found[1].rows(KeyId), None)
    if row is None:
        raise member_not_found()
    own = _is_self(ctx, user_id)
    rules.check_removal(_role(ctx), own=own, was=row.role)
    statements = [
        repository.remove(ctx.tenant_id, row), guards.changed(), *_still_allowed(ctx, user_id),
        *_takes_along(ctx, row, None, keys), *_has_seen(ctx, row, None, None),
    ]  # fmt: skip
    before = {"role": row.role, "property_ids": decoded(row.property_ids)}
    action = "member.left" if own else "member.removed"
    fact = noted(ctx, action, user_id, before=before, after=None, **_named(keys))
    try:
        return await commit(ctx, answer(204, None), statements, fact)
    except GuardFailed:
        raise changed_meanwhile() from None
    except ConstraintFailed as refused:
        if refused.name == "last_owner":
            raise last_owner() from None
        raise


async def leave(ctx: Context) -> Answer:
    """End one's own membership."""
    return await remove(ctx, ctx.caller.principal_id)


def view(ctx: Context, row: MemberRow) -> Member:
    """A row as the API shows it to this caller: a restriction must not tell of properties outside of their own."""
    return Member(
        user_id=row.user_id, name=row.name, email=row.email, role=row.role,
        property_ids=acting.visible(ctx, row.property_ids), created_at=instant(row.created_at),
    )  # fmt: skip


async def _get(ctx: Context, user_id: str) -> MemberRow:
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, user_id))).one(MemberRow)
    if row is None:
        raise member_not_found()
    return row


def _takes_along(ctx: Context, row: MemberRow, role: str | None, keys: list[str] | None) -> list[Statement]:
    """Whoever may not invite or make keys any more leaves neither behind: they could be a way back in."""
    along = [] if keys is None else [api_keys.revoke_made_by(ctx.tenant_id, row.user_id, ctx.real_now)]
    if role is None or not rules.may_invite(role):
        along.append(invitations.revoke_by(ctx.tenant_id, row.user_id, ctx.real_now))
    return along


def _has_seen(ctx: Context, row: MemberRow, role: str | None, property_ids: list[str] | None) -> list[Statement]:
    """The addresses of calendars that somebody sees no more go on, because channels read them; it is noted."""
    if not allows(row.role, "calendar_exports:read"):
        return []
    if role is None or not allows(role, "calendar_exports:read"):
        return [exports.known_to_former(ctx.tenant_id, row.property_ids)]
    if rules.sees_less(decoded(row.property_ids), property_ids):
        return [exports.known_to_former(ctx.tenant_id, row.property_ids, encoded(property_ids))]
    return []


def _lost_keys(made: list[KeyId], role: str | None) -> list[str] | None:
    """The keys that end with the role; None for who may still make some."""
    return None if role is not None and allows(role, "keys:write") else [key.id for key in made]


def _named(keys: list[str] | None) -> dict[str, list[str]]:
    return {"revoked_keys": keys} if keys else {}


def _still_allowed(ctx: Context, user_id: str) -> list[Statement]:
    """Of two who act on each other at once, the second has lost what allowed it."""
    if _is_self(ctx, user_id):
        return []
    return [acting.required(ctx)]


async def _overtaken(ctx: Context, row: MemberRow) -> AppError:
    """Whether the member was changed, or else the caller."""
    now = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, row.user_id))).one(MemberRow)
    return changed_meanwhile() if now is not None and now.version == row.version else stale()


def _role(ctx: Context) -> str:
    return ctx.caller.role or ""


def _is_self(ctx: Context, user_id: str) -> bool:
    return user_id == ctx.caller.principal_id
