"""Push targets: connect, change, push now, disconnect."""

import base64
import secrets
from typing import Any

import msgspec

from api.channels.push_targets import repository
from api.channels.push_targets.errors import (
    MOST,
    credentials_required,
    no_secret,
    not_for_webhooks,
    not_in_test_space,
    target_not_found,
    too_many,
)
from api.channels.push_targets.repository import TargetRow
from api.channels.push_targets.views import NewPushTarget, PushSecret, PushTarget
from api.core.commit import Fact, audited, commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, instant_or_none, once, page
from api.edge.preconditions import check, stale
from api.inventory.units import service as units
from api.plan.plans import service as plans
from propflow import guards, ids
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement
from propflow.clock import DAY
from propflow.json_text import json_text
from propflow.keyring import Keyring
from propflow.messages import PushRequested
from propflow.models import PushCheck, PushVerdict
from propflow.outbox import Destination, new_outbox_id
from propflow.sealed import open_sealed, seal

OVERLAP = DAY  # in which a replaced secret signs along


async def create(ctx: Context, fields: dict[str, Any]) -> Answer:
    """Have a unit's calendar brought somewhere: calsync looks at the address first, then pushes in the background."""
    if ctx.caller.mode == "test":
        raise not_in_test_space()
    unit = await units.load(ctx, fields["unit_id"], "unit_id")
    host = await _checked(ctx, fields["kind"], fields["url"], fields["username"], fields["password"])
    target_id = ids.new_id("push", ctx.real_now)
    secret = _new_secret() if fields["kind"] == "webhook" else None
    known = {"username": fields["username"], "password": fields["password"]} if secret is None else {}
    known |= {"secrets": [{"secret": secret}]} if secret else {}
    row = TargetRow(
        id=target_id, unit_id=unit.id, kind=fields["kind"], name=fields["name"] or host, host=host,
        sealed=await _seal(ctx, target_id, {"url": fields["url"], **known}), next_attempt_at=ctx.real_now,
        created_at=ctx.real_now, updated_at=ctx.real_now,
    )  # fmt: skip
    statements = [repository.insert(ctx.tenant_id, row, MOST), guards.changed()]
    try:
        done = await commit(ctx, _created(row, None), statements, _push(ctx, row, "push_target.created"))
    except GuardFailed:
        raise too_many() from None
    except ConstraintFailed as refused:
        raise await plans.refusal(ctx, refused) from None
    return once(done, _created(row, None), _created(row, secret))


def _created(row: TargetRow, secret: str | None) -> Answer:
    made = NewPushTarget(**msgspec.structs.asdict(view(row)), secret=secret)
    return answer(201, made, location=f"/v1/push_targets/{row.id}", version=row.version)


async def change(ctx: Context, target_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Another name, address or status, of the version that the caller has seen."""
    row = await _get(ctx, target_id)
    check(if_match, row.version)
    moved = any(name in fields for name in ("url", "username", "password"))
    status = fields.get("status", "active" if moved and row.status == "disabled" else row.status)
    after = msgspec.structs.replace(
        row, name=fields.get("name", row.name), status=status, version=row.version + 1, updated_at=ctx.real_now,
        next_attempt_at=ctx.real_now, failures=0, error=None, revision=row.revision + 1,
    )  # fmt: skip
    statements: list[Statement] = []
    if moved:
        after, elsewhere = await _moved(ctx, row, after, fields)
        statements = [repository.forget_entries(ctx.tenant_id, row.id)] if elsewhere else []
    batch = [repository.change(ctx.tenant_id, row, after), guards.changed(), *statements]
    changed = sorted(fields)  # the names alone: values are secrets
    made = answer(200, view(after), version=after.version, living=True)
    fact = _push(ctx, after, "push_target.changed", changed=changed)
    try:
        return await commit(ctx, made, batch, fact)
    except GuardFailed:
        raise stale() from None


async def _moved(
    ctx: Context, row: TargetRow, after: TargetRow, fields: dict[str, Any]
) -> tuple[TargetRow, bool]:  # fmt: skip
    """With another address or other credentials, which calsync has tried; and whether it is another collection."""
    known = await _opened(ctx, row)
    if row.kind == "webhook" and ("username" in fields or "password" in fields):
        raise not_for_webhooks()
    elsewhere = "url" in fields and fields["url"] != known["url"]
    if elsewhere and row.kind == "caldav" and "password" not in fields:
        raise credentials_required()  # a password is never shown to another address than the one it was given for
    known |= {name: fields[name] for name in ("url", "username", "password") if name in fields}
    host = await _checked(ctx, row.kind, known["url"], known.get("username"), known.get("password"))
    return msgspec.structs.replace(after, host=host, sealed=await _seal(ctx, row.id, known)), elsewhere


async def push_now(ctx: Context, target_id: str) -> Answer:
    """Bring the calendar over again, in the background."""
    row = await _get(ctx, target_id)
    statements = [repository.revise(ctx.tenant_id, row.id, ctx.real_now)]
    made = answer(202, view(row), location=f"/v1/push_targets/{row.id}")
    return await commit(ctx, made, statements, _push(ctx, row, "push_target.push_requested"))


async def rotate_secret(ctx: Context, target_id: str) -> Answer:
    """Another signing secret; the one before signs along for a day."""
    row = await _get(ctx, target_id)
    if row.kind != "webhook":
        raise no_secret()
    known, secret, until = await _opened(ctx, row), _new_secret(), ctx.real_now + OVERLAP
    known["secrets"] = [{"secret": secret}, {"secret": known["secrets"][0]["secret"], "until": until}]
    sealed = await _seal(ctx, row.id, known)
    batch = [repository.reseal(ctx.tenant_id, row, sealed, ctx.real_now), guards.changed()]
    kept, shown = (answer(200, PushSecret(secret=one, overlap_until=instant(until))) for one in (None, secret))
    try:
        done = await commit(ctx, kept, batch, noted(ctx, "push_target.secret_rotated", row.id))
    except GuardFailed:
        raise stale() from None
    return once(done, kept, shown)


async def delete(ctx: Context, target_id: str, entries: str) -> Answer:
    """Bring nothing there any more; what lies in a collection is taken away unless it is to be kept."""
    row = await _get(ctx, target_id)
    if row.kind == "webhook" or entries == "keep":
        fact = noted(ctx, "push_target.deleted", row.id, entries=entries)
        return await commit(ctx, answer(204, None), [repository.delete(ctx.tenant_id, row.id)], fact)
    statements = [repository.end(ctx.tenant_id, row.id, ctx.real_now), guards.changed()]
    try:
        return await commit(ctx, answer(204, None), statements, _push(ctx, row, "push_target.deleted", entries=entries))
    except GuardFailed:
        raise target_not_found() from None


async def show(ctx: Context, target_id: str) -> Answer:
    """One target with how it fares."""
    row = await _get(ctx, target_id)
    return answer(200, view(row), version=row.version, living=True)


async def list_all(ctx: Context, after: str, limit: int, unit_id: str | None) -> Answer:
    """The tenant's targets, of one unit if asked."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, after, limit + 1, unit_id)
    rows = (await ctx.bindings.core.run(statement)).rows(TargetRow)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def _get(ctx: Context, target_id: str) -> TargetRow:
    found = await ctx.bindings.core.run(repository.get(ctx.tenant_id, ctx.caller.properties, target_id))
    row = found.one(TargetRow)
    if row is None:
        raise target_not_found()
    return row


async def _checked(ctx: Context, kind: str, url: str, username: str | None, password: str | None) -> str:
    request = PushCheck(
        kind=kind, url=url, username=username or "", password=password or "", tenant_id=ctx.tenant_id
    )  # fmt: skip
    return (await ctx.bindings.calsync.call("check_target", request, PushVerdict)).host


def _push(ctx: Context, row: TargetRow, action: str, **changes: object) -> Fact:
    message = PushRequested(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, target_id=row.id
    )
    entry = audited(ctx, action, row.id, unit_id=row.unit_id, kind=row.kind, host=row.host, **changes)
    return Fact(message=message, to=Destination.CALSYNC, audit=entry)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


async def _seal(ctx: Context, target_id: str, known: dict[str, Any]) -> str:
    return await seal(_keyring(ctx), json_text(known), target_id)


async def _opened(ctx: Context, row: TargetRow) -> dict[str, Any]:
    known: dict[str, Any] = msgspec.json.decode(await open_sealed(_keyring(ctx), row.sealed, row.id))
    return known


def _keyring(ctx: Context) -> Keyring:
    return Keyring.parse(ctx.bindings.settings.SESSION_ENC_KEY)


def view(row: TargetRow) -> PushTarget:
    """A row as the API shows it."""
    behind = row.pushed_revision < row.revision
    waits = behind and row.status == "active"
    return PushTarget(
        id=row.id, unit_id=row.unit_id, kind=row.kind, name=row.name, host=row.host, status=row.status, behind=behind,
        failures=row.failures, error=row.error, last_attempt_at=instant_or_none(row.last_attempt_at),
        last_success_at=instant_or_none(row.last_success_at),
        next_attempt_at=instant(row.next_attempt_at) if waits else None, created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )  # fmt: skip
