"""Files: announce one and get the address to upload it to, show, list, change, delete."""

from collections.abc import Callable
from typing import Any

import msgspec

from api.core.commit import commit
from api.core.context import Context
from api.edge.answers import Answer, answer, once, page
from api.edge.preconditions import check, stale
from api.files.store import addresses, facts, repository, rules
from api.files.store.errors import changed_meanwhile, file_not_found, kind_fixed
from api.files.store.repository import FileRow, Filters
from api.files.store.rules import Collection, object_key
from api.files.store.views import Upload
from api.inventory.properties import service as properties
from api.inventory.units import service as units
from api.plan.plans import service as plans
from api.stays.bookings import reading as bookings
from api.stays.leases import service as leases
from propflow import guards, ids, log
from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.clock import now_ms
from propflow.errors import AppError

# A row as the API shows it: with its address, if it has one, or with where it is to be sent.
Show = Callable[[FileRow, str | None, Upload | None], Any]


async def create(ctx: Context, of: Collection, fields: dict[str, Any], show: Show) -> Answer:
    """Announce a file. The answer has the address that takes exactly it, once, for an hour.

    No address is kept with an answer, as it is a secret: who asks again is told by `show_one`.
    """
    rules.check_owner(of, fields)
    await _see_owner(ctx, fields)
    row = _new_row(ctx, of, fields)
    kept, shown = (
        answer(201, show(row, None, upload), location=f"{of.path}/{row.id}", version=1)
        for upload in (None, addresses.to_upload(ctx, row))
    )
    try:
        done = await commit(ctx, kept, [repository.insert(ctx.tenant_id, row)], facts.created(ctx, row))
    except ConstraintFailed as refused:
        raise await plans.refusal(ctx, refused) from None
    return once(done, kept, shown)


async def _see_owner(ctx: Context, fields: dict[str, Any]) -> None:
    """Raises NotFound, naming the field, when the caller sees nothing with this id."""
    if fields.get("property_id") is not None:
        await properties.load(ctx, fields["property_id"], "property_id")
    if fields.get("unit_id") is not None:
        await units.load(ctx, fields["unit_id"], "unit_id")
    if fields.get("booking_id") is not None:
        await bookings.load(ctx, fields["booking_id"], param="booking_id")
    if fields.get("lease_id") is not None:
        await leases.load(ctx, fields["lease_id"], "lease_id")


def _new_row(ctx: Context, of: Collection, fields: dict[str, Any]) -> FileRow:
    ends = now_ms() + rules.UPLOAD_ENDS
    return FileRow(
        id=ids.new_id(of.prefix, ctx.real_now), property_id=fields.get("property_id"), unit_id=fields.get("unit_id"),
        booking_id=fields.get("booking_id"), lease_id=fields.get("lease_id"), kind=fields["kind"],
        title=fields["title"], position=fields.get("position", 0), file_name=rules.safe_name(fields["file_name"]),
        content_type=fields["content_type"], size=fields["size"], created_by=ctx.caller.principal_id,
        upload_ends_at=ends, due_at=ends, created_at=ctx.now, updated_at=ctx.now,
    )  # fmt: skip


async def load(ctx: Context, of: Collection, file_id: str) -> FileRow:
    """The file or NotFound, also outside of what the caller sees and in another collection."""
    row = None
    if ids.is_id(file_id, of.prefix):
        found = await ctx.bindings.core.run(repository.get(ctx.tenant_id, ctx.caller.properties, file_id))
        row = found.one(FileRow)
    if row is None:
        raise file_not_found(of.noun)
    return row


async def show_one(ctx: Context, of: Collection, file_id: str, show: Show) -> Answer:
    """One file with an address to read it, or to send it to.

    An address to read an identity document is given only with an entry in the audit.
    """
    row = await load(ctx, of, file_id)
    whole = show(row, addresses.to_read(ctx, row), addresses.to_upload(ctx, row))
    shown = answer(200, whole, version=row.version, living=True)
    if row.kind == rules.ID_DOCUMENT and row.status == "ready":
        return await commit(ctx, shown, [], facts.opened(ctx, row))
    return shown


async def list_all(ctx: Context, of: Collection, filters: Filters, after: str, limit: int, show: Show) -> Answer:
    """The files of a collection by id: pictures with their addresses, documents without."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, filters, of.prefix, after, limit + 1)
    rows = (await ctx.bindings.core.run(statement)).rows(FileRow)
    return page(
        [show(row, addresses.in_passing(ctx, row), None) for row in rows], limit=limit, cursors=[row.id for row in rows]
    )


async def change(
    ctx: Context, of: Collection, file_id: str, fields: dict[str, Any], if_match: str | None, show: Show
) -> Answer:
    """Another title, kind or position, of the version that the caller has seen."""
    row = await load(ctx, of, file_id)
    check(if_match, row.version)
    after = msgspec.structs.replace(row, **fields)
    if after.kind != row.kind and rules.ID_DOCUMENT in (row.kind, after.kind):
        raise kind_fixed()
    if after == row:
        kept, shown = _changed(ctx, row, show)
        return once(await commit(ctx, kept, []), kept, shown)
    after = msgspec.structs.replace(after, version=row.version + 1, updated_at=ctx.now)
    statements = [repository.change(ctx.tenant_id, after, row.version, ctx.now), guards.changed()]
    kept, shown = _changed(ctx, after, show)
    try:
        return once(await commit(ctx, kept, statements, facts.changed(ctx, row, after)), kept, shown)
    except GuardFailed:
        raise stale() from None


def _changed(ctx: Context, row: FileRow, show: Show) -> tuple[Answer, Answer]:
    """What is kept of the answer, and what is shown."""
    urls = (None, addresses.in_passing(ctx, row))
    kept, shown = (answer(200, show(row, url, None), version=row.version) for url in urls)
    return kept, shown


async def delete(ctx: Context, of: Collection, file_id: str, if_match: str | None) -> Answer:
    """Gone at once for everybody; the object right after, or by upkeep. If-Match is checked when sent."""
    row = await load(ctx, of, file_id)
    if if_match is not None:
        check(if_match, row.version)
    statements = repository.delete_all(ctx.tenant_id, [row], now_ms(), ctx.now)
    try:
        done = await commit(ctx, answer(204, None), statements, facts.deleted(ctx, row))
    except GuardFailed:
        raise changed_meanwhile() from None
    ctx.bindings.background(_remove_object(ctx, row))
    return done


async def _remove_object(ctx: Context, row: FileRow) -> None:
    bucket = ctx.bindings.files(row.id)
    try:
        await bucket.delete(ctx.tenant_id, [object_key(ctx.tenant_id, row.id, row.kind)])
    except AppError as error:
        log.warning("file.removed_later", file_id=row.id, code=error.code)
