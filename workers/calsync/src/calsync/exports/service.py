"""Use case of exports: render them anew, so that serving one is reading one row."""

from datetime import UTC, datetime, timedelta

from calsync.exports import repository, rules
from calsync.exports.repository import Export, Related, Rendered
from calsync.exports.rules import Taken
from calsync.ical import writer
from propflow import log
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import ConstraintFailed, Database, Statement
from propflow.clock import now_ms
from propflow.errors import Transient

SHOWN = timedelta(days=30)  # past stays stay a while: a reader that missed a day must not see them vanish
RACES = 5


async def refresh(db: Database, tenant_id: str, unit_id: str, closing: list[Statement]) -> None:
    """Render all exports of the unit and of those that share its nights, from what takes them now.

    `closing` is written with the last.
    """
    for other in (await db.run(repository.related(tenant_id, unit_id))).rows(Related):
        await _refresh(db, tenant_id, other.id, [])
    await _refresh(db, tenant_id, unit_id, closing)


async def _refresh(db: Database, tenant_id: str, unit_id: str, closing: list[Statement]) -> None:
    for _ in range(RACES):
        now = now_ms()
        today = datetime.fromtimestamp(now / 1000, UTC).date()
        since, until = (today - SHOWN).isoformat(), rules.horizon(today.isoformat())
        read = repository.load(tenant_id, unit_id, since, until, rules.MOST_ENTRIES + 1)
        exports, taken = repository.loaded(await db.batch(read))
        statements = _store(tenant_id, exports, rules.bounded(taken, until), now) + closing
        if not statements:
            return
        try:
            await db.batch(statements)
        except ConstraintFailed as refused:
            if refused.name != "guard_failed":
                raise
            log.info("export.refresh_overtaken", unit_id=unit_id)
        else:
            return
    raise Transient("other refreshes of this unit's exports keep being faster")


def _store(tenant_id: str, exports: list[Export], taken: list[Taken], now: int) -> list[Statement]:
    if not exports:
        return []
    rendered = [_render(export, taken) for export in exports]
    stamp = max(now, *(1 + (export.refreshed_at or 0) for export in exports))  # the guard needs it to differ
    return repository.store(tenant_id, rendered, stamp)


def _render(export: Export, taken: list[Taken]) -> Rendered:
    body = writer.write(rules.entries(taken, export.channel))
    etag = sha256(body)
    unsent = None if etag == export.etag else body
    return Rendered(id=export.id, body=unsent, etag=etag, refreshed_at=export.refreshed_at)
