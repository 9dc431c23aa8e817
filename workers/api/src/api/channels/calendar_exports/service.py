"""Exports: the addresses at which channels read a unit's calendar."""

from contextlib import suppress
from typing import Any

import msgspec

from api.channels.calendar_exports import repository
from api.channels.calendar_exports.errors import export_not_found, rotated_meanwhile
from api.channels.calendar_exports.repository import ExportRow
from api.channels.calendar_exports.tokens import token
from api.channels.calendar_exports.views import Export, RotatedExport
from api.core.commit import Fact, audited, commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, instant_or_none, once
from api.inventory.units import service as units
from propflow import guards, ids, log
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.clock import SECOND
from propflow.errors import AppError
from propflow.events import Event
from propflow.keyring import Keyring
from propflow.messages import UnitCalendarChanged
from propflow.models import Done, ExportCheck
from propflow.outbox import Destination, new_outbox_id


async def create(ctx: Context, unit_id: str, channel: str) -> Answer:
    """The export of a unit for a channel, made when it is not there; the same call gives the same address."""
    unit = await units.load(ctx, unit_id)
    found = (await ctx.bindings.core.run(repository.by_unit(ctx.tenant_id, unit.id, channel))).one(ExportRow)
    if found is None:
        found = await _insert(ctx, unit.id, channel)
    return answer(201, view(ctx, found))


async def _insert(ctx: Context, unit_id: str, channel: str) -> ExportRow:
    keyring = _keyring(ctx)
    export_id = ids.new_id("exp", ctx.real_now)
    secret = token(keyring, keyring.current, export_id)
    row = ExportRow(
        id=export_id, unit_id=unit_id, channel=channel, key_id=keyring.current, token_hash=sha256(secret),
        created_at=ctx.real_now,
    )  # fmt: skip
    # The address is a secret, so the answer is not remembered under the idempotency key: the unit and channel are one.
    unkeyed = ctx.without_key()
    statements = [repository.insert(ctx.tenant_id, row), guards.changed()]
    with suppress(GuardFailed):  # a concurrent twin was first
        await commit(unkeyed, answer(201, None), statements, _rendered_soon(ctx, row))
    await _render_now(ctx, unit_id)
    made = (await ctx.bindings.core.run(repository.by_unit(ctx.tenant_id, unit_id, channel))).one(ExportRow)
    return made or row


def _rendered_soon(ctx: Context, row: ExportRow) -> Fact:
    """The message that renders it, whatever becomes of the call that renders it at once."""
    message = UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=row.unit_id
    )
    entry = audited(ctx, "export.created", row.id, unit_id=row.unit_id, channel=row.channel)
    event = _event("export.created", row, {"channel": row.channel})
    return Fact(message=message, to=Destination.CALSYNC, audit=entry, events=(event,))


async def _render_now(ctx: Context, unit_id: str) -> None:
    request = ExportCheck(tenant_id=ctx.tenant_id, unit_id=unit_id)
    try:
        await ctx.bindings.calsync.call("render_export", request, Done)
    except AppError as error:
        log.warning("export.rendered_later", code=error.code, unit_id=unit_id)


async def list_all(ctx: Context, unit_id: str) -> Answer:
    """The exports of a unit with their addresses."""
    unit = await units.load(ctx, unit_id)
    rows = (await ctx.bindings.core.run(repository.by_unit(ctx.tenant_id, unit.id))).rows(ExportRow)
    return answer(200, {"data": [view(ctx, row) for row in rows], "has_more": False, "next_cursor": None})


async def rotate(ctx: Context, unit_id: str, export_id: str, overlap_seconds: int) -> Answer:
    """Another address. The one of before dies at once, or after the overlap."""
    before = await _load(ctx, unit_id, export_id)
    keyring, generation = _keyring(ctx), before.generation + 1
    until = ctx.real_now + overlap_seconds * SECOND
    after = msgspec.structs.replace(
        before, key_id=keyring.current, generation=generation, known_to_former=False,
        previous_until=until if overlap_seconds else None,
        token_hash=sha256(token(keyring, keyring.current, before.id, generation)),
    )  # fmt: skip
    fact = _noted(ctx, "export.rotated", after, {"previous_until": instant_or_none(after.previous_until)})
    statements = [repository.rotate(ctx.tenant_id, before, after, until, ctx.real_now), guards.changed()]
    shown = msgspec.structs.asdict(view(ctx, after))
    kept = answer(200, RotatedExport(**{**shown, "url": None}))  # the address is a secret
    done = await _commit(ctx, kept, statements, fact)
    return once(done, kept, answer(200, RotatedExport(**shown)))


async def delete(ctx: Context, unit_id: str, export_id: str) -> Answer:
    """No address any more. The next export for this channel has another one."""
    row = await _load(ctx, unit_id, export_id)
    statements = [repository.delete(ctx.tenant_id, row.id), guards.changed()]
    return await _commit(ctx, answer(204, None), statements, _noted(ctx, "export.deleted", row, {}))


async def _load(ctx: Context, unit_id: str, export_id: str) -> ExportRow:
    unit = await units.load(ctx, unit_id)
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, unit.id, export_id))).one(ExportRow)
    if row is None:
        raise export_not_found()
    return row


async def _commit(ctx: Context, done: Answer, statements: list[Statement], fact: Fact) -> Answer:
    try:
        return await commit(ctx, done, statements, fact)
    except GuardFailed:
        raise rotated_meanwhile() from None


def _noted(ctx: Context, action: str, row: ExportRow, told: dict[str, Any]) -> Fact:
    fact = noted(ctx, action, row.id, unit_id=row.unit_id, channel=row.channel, **told)
    return msgspec.structs.replace(fact, events=(_event(action, row, told),))


def _event(kind: str, row: ExportRow, changed: dict[str, Any]) -> Event:
    return Event(type=kind, object_id=row.id, unit_id=row.unit_id, changed=changed)


def view(ctx: Context, row: ExportRow) -> Export:
    """A row as the API shows it, with its public address."""
    base = ctx.bindings.settings.API_BASE_URL.rstrip("/")
    secret = token(_keyring(ctx), row.key_id, row.id, row.generation)
    works = row.previous_until if (row.previous_until or 0) > ctx.real_now else None
    return Export(
        id=row.id, unit_id=row.unit_id, channel=row.channel, url=f"{base}/ical/{row.unit_id}/{secret}.ics",
        previous_until=instant_or_none(works), changed_at=instant_or_none(row.changed_at),
        last_read_at=instant_or_none(row.read_at), reads=row.reads,
        known_to_former_members=row.known_to_former, created_at=instant(row.created_at),
    )  # fmt: skip


def _keyring(ctx: Context) -> Keyring:
    return Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY)
