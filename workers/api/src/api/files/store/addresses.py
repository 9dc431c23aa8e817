"""The addresses that are handed out: to upload to and to read from. They follow the real time, also in a test space."""

from api.core.context import Context
from api.edge.answers import instant
from api.files.store import rules
from api.files.store.repository import FileRow
from api.files.store.signing import Link, Signer
from api.files.store.views import Upload
from propflow.clock import now_ms
from propflow.keyring import Keyring


def to_upload(ctx: Context, row: FileRow) -> Upload | None:
    """Where a file that has not arrived is to be sent, for who announced it: the same address as often as they ask.
    None when its hour is over."""
    ends_at = row.upload_ends_at - rules.UPLOAD_ENDS + rules.UPLOAD_FOR
    if row.status != "pending" or row.created_by != ctx.caller.principal_id or ends_at <= now_ms():
        return None
    link = Link(
        method="PUT", key=rules.object_key(ctx.tenant_id, row.id, row.kind), content_type=row.content_type,
        size=row.size, disposition="attachment", ends_at=ends_at,
    )  # fmt: skip
    headers = {"Content-Type": row.content_type, "Content-Length": str(row.size)}
    return Upload(method="PUT", url=_url(ctx, link), headers=headers, expires_at=instant(ends_at))


def to_read(ctx: Context, row: FileRow) -> str | None:
    """Where a file can be read; None before it has arrived.

    An address ends at a full period, so that it stays the same for a while and a browser finds its copy again.
    """
    if row.status != "ready":
        return None
    of = rules.collection_of(row.id)
    link = Link(
        method="GET", key=rules.object_key(ctx.tenant_id, row.id, row.kind), content_type=row.content_type,
        size=row.size, disposition=of.disposition, ends_at=(now_ms() // of.opened_for + 2) * of.opened_for,
    )  # fmt: skip
    return _url(ctx, link)


def in_passing(ctx: Context, row: FileRow) -> str | None:
    """The same where it was not asked for: pictures are there to be seen, documents are opened one by one."""
    return to_read(ctx, row) if rules.collection_of(row.id) is rules.MEDIA else None


def _url(ctx: Context, link: Link) -> str:
    settings = ctx.bindings.settings
    return settings.API_BASE_URL.rstrip("/") + Signer(Keyring.parse(settings.JWT_SIGNING_KEY)).target(link)
