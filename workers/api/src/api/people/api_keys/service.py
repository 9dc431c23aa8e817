"""API keys: make, rotate, revoke. The key itself is in no row, no audit entry and no stored answer."""

from collections.abc import Sequence

import msgspec

from api.access import key_text
from api.core.commit import Fact, audited, commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, instant_or_none, page
from api.people.api_keys import repository, rules
from api.people.api_keys.errors import already_over, key_ended, key_not_found, rotated_before, too_many_keys
from api.people.api_keys.repository import ApiKeyRow
from api.people.api_keys.views import ApiKey, NewApiKey
from api.people.identity import presence
from api.people.memberships import acting
from api.people.memberships import repository as members
from api.people.memberships.repository import Named
from propflow import guards, ids
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.clock import SECOND
from propflow.json_text import json_text
from propflow.messages import AccountMailRequested
from propflow.outbox import Destination, new_outbox_id

NOTICE = "The key was shown once, in the first answer to this request. Rotate this one if it was lost."


async def create(
    ctx: Context, *, name: str, scopes: Sequence[str], mode: str, expires_at: int | None, networks: list[str] | None,
    password: str | None,
) -> Answer:  # fmt: skip
    """A new key, and with the first one of mode test the tenant's test space."""
    if expires_at is not None and expires_at <= ctx.real_now:
        raise already_over()
    granted = rules.expand(scopes, ctx.caller.role or "")
    row = ApiKeyRow(
        id=ids.new_id("key", ctx.real_now), name=name, mode=mode, scopes=json_text(granted),
        networks=None if networks is None else json_text(networks), hint="", created_by=ctx.caller.principal_id,
        expires_at=expires_at, created_at=ctx.real_now,
    )  # fmt: skip
    before = await _confirmed(ctx, row, password)
    if mode == "test":
        before = [repository.open_test_space(ctx.tenant_id, ids.new_id("ten", ctx.real_now), ctx.real_now)]
    try:
        return await _issue(ctx, row, before, None)
    except GuardFailed:
        raise await acting.lost(ctx) or too_many_keys(rules.MOST_KEYS) from None


async def rotate(ctx: Context, key_id: str, *, overlap_seconds: int, password: str | None) -> Answer:
    """A key that takes the place of another, which still works for a while."""
    old = await _load(ctx, key_id)
    if rules.is_over(old.revoked_at, old.expires_at, ctx.real_now):
        raise key_ended()
    ends = rules.predecessor_ends(old.expires_at, ctx.real_now, overlap_seconds * SECOND)
    row = msgspec.structs.replace(
        old, id=ids.new_id("key", ctx.real_now), replaces_id=old.id, created_by=ctx.caller.principal_id,
        revoked_at=None, expires_at=rules.successor_ends(old.expires_at, old.created_at, ctx.real_now),
        last_used_at=None, last_ip=None, created_at=ctx.real_now,
        scopes=json_text(rules.still_known(_list(old.scopes))),
    )  # fmt: skip
    before = await _confirmed(ctx, row, password)
    before += [repository.end(ctx.tenant_id, old.id, ends, ctx.real_now), guards.changed()]
    try:
        return await _issue(ctx, row, before, old)
    except GuardFailed:
        raise await acting.lost(ctx) or await _why_not(ctx, old.id) from None


async def revoke(ctx: Context, key_id: str) -> Answer:
    """A key that works no more, from the next request on. Revoking it again changes nothing."""
    row = await _load(ctx, key_id)
    done = Answer(status=204, body="")
    if row.revoked_at is not None:
        return await commit(ctx, done, [])
    fact = noted(ctx, "key.revoked", row.id, before=_seen(row), after={"revoked_at": instant(ctx.real_now)})
    try:
        return await commit(ctx, done, [repository.revoke(ctx.tenant_id, row.id, ctx.real_now), guards.changed()], fact)
    except GuardFailed:  # somebody else revoked it at the same time
        return done


async def show(ctx: Context, key_id: str) -> Answer:
    """One key."""
    return answer(200, view(await _load(ctx, key_id)))


async def list_all(ctx: Context, after: str, limit: int) -> Answer:
    """The keys of the tenant and of its test space, those that have ended too."""
    rows = (await ctx.bindings.core.run(repository.list_after(ctx.tenant_id, after, limit + 1))).rows(ApiKeyRow)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def _issue(ctx: Context, row: ApiKeyRow, before: list[Statement], old: ApiKeyRow | None) -> Answer:
    """Write the key. What is remembered under the idempotency key is the answer without it."""
    key = key_text.new_key(row.mode)
    row = msgspec.structs.replace(row, hint=key[-key_text.HINT :])
    insert = repository.insert(ctx.tenant_id, row, sha256(key), rules.MOST_KEYS)
    statements = [acting.required(ctx), *before, insert, guards.changed()]
    action = "key.created" if old is None else "key.rotated"
    fact = noted(ctx, action, row.id, before=None if old is None else _seen(old), after=_seen(row))
    kept = _answer(row, None)
    done = await commit(ctx, kept, statements, [fact, *await _told(ctx, row)])
    return _answer(row, key) if done is kept else done


def _is_grave(row: ApiKeyRow) -> bool:
    """A live key that may change something; in a test space there is nothing to lose."""
    return row.mode == "live" and rules.can_change(_list(row.scopes))


async def _confirmed(ctx: Context, row: ApiKeyRow, password: str | None) -> list[Statement]:
    """For such a key a session alone is not enough: it may be somebody else's by now."""
    return await presence.require_lately(ctx, password) if _is_grave(row) else []


async def _told(ctx: Context, row: ApiKeyRow) -> list[Fact]:
    """The owners are told of such a key by mail, whoever made it."""
    if not _is_grave(row):
        return []
    owners = (await ctx.bindings.core.run(members.owners(ctx.tenant_id))).rows(Named)
    return [_mail(ctx, row, owner.id) for owner in owners]


def _mail(ctx: Context, row: ApiKeyRow, user_id: str) -> Fact:
    message = AccountMailRequested(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, mail="key_made",
        object_id=row.id, user_id=user_id,
    )  # fmt: skip
    entry = audited(ctx, "mail.requested", row.id, mail="key_made", user_id=user_id)
    return Fact(message=message, to=Destination.NOTIFICATIONS, audit=entry)


async def _why_not(ctx: Context, key_id: str) -> Exception:
    """Which of its guards refused a rotation: somebody else ended the key meanwhile, or there are too many."""
    row = await _load(ctx, key_id)
    if rules.is_over(row.revoked_at, row.expires_at, ctx.real_now):
        return key_ended()
    successors = (await ctx.bindings.core.run(repository.successors(ctx.tenant_id, key_id))).rows(ApiKeyRow)
    return rotated_before() if successors else too_many_keys(rules.MOST_KEYS)


async def _load(ctx: Context, key_id: str) -> ApiKeyRow:
    row = None
    if ids.is_id(key_id, "key"):
        row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, key_id))).one(ApiKeyRow)
    if row is None:
        raise key_not_found()
    return row


def view(row: ApiKeyRow) -> ApiKey:
    """A row as the API shows it."""
    return ApiKey(
        id=row.id, name=row.name, mode=row.mode, scopes=_list(row.scopes),
        networks=None if row.networks is None else _list(row.networks), hint=row.hint, created_by=row.created_by,
        replaces_id=row.replaces_id, expires_at=instant_or_none(row.expires_at),
        revoked_at=instant_or_none(row.revoked_at), last_used_at=instant_or_none(row.last_used_at),
        last_ip=row.last_ip, created_at=instant(row.created_at),
    )  # fmt: skip


def _answer(row: ApiKeyRow, key: str | None) -> Answer:
    shown = NewApiKey(**msgspec.structs.asdict(view(row)), key=key, notice=NOTICE if key is None else None)
    made = answer(201, shown, location=f"/v1/api_keys/{row.id}")
    return msgspec.structs.replace(made, headers={**made.headers, "Cache-Control": "no-store"})


def _seen(row: ApiKeyRow) -> dict[str, object]:
    """What the audit says of a key."""
    shown = msgspec.structs.asdict(view(row))
    return {name: shown[name] for name in ("id", "name", "mode", "scopes", "networks", "hint", "expires_at")}


def _list(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
