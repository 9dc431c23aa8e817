"""Use case of exports: render them anew, so that serving one is reading one row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from calsync.exports import repository, rules
from calsync.exports.repository import Export, Related, Rendered
from calsync.exports.rules import Taken
from calsync.ical import writer
from propflow import log
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import ConstraintFailed, Database, Result, Statement
from propflow.clock import now_ms
from propflow.errors import Transient

SHOWN = timedelta(days=30)  # past stays stay a while: a reader that missed a day must not see them vanish
RACES = 5


async def refresh(
    db: Database, installation: str, tenant_id: str, unit_id: str, closing: list[Statement],
    asking: Sequence[Statement] = (),
) -> list[Result]:  # fmt: skip
    """Render all exports of the unit and of those that share its nights, from what takes them now.

    `asking` is written where these are looked up, and its results are returned; `closing` is written with the last.
    """
    first = [*asking, repository.related(tenant_id, unit_id), *_reading(tenant_id, unit_id, now_ms())]
    *asked, related, exports, taken = await db.batch(first)
    for other in related.rows(Related):
        await _refresh(db, installation, tenant_id, other.id, [])
    await _refresh(db, installation, tenant_id, unit_id, closing, [exports, taken])
    return asked


def _reading(tenant_id: str, unit_id: str, now: int) -> list[Statement]:
    since = (datetime.fromtimestamp(now / 1000, UTC).date() - SHOWN).isoformat()
    return repository.load(tenant_id, unit_id, since, _horizon(now), rules.MOST_ENTRIES + 1)


def _horizon(now: int) -> str:
    return rules.horizon(datetime.fromtimestamp(now / 1000, UTC).date().isoformat())


async def _refresh(
    db: Database, installation: str, tenant_id: str, unit_id: str, closing: list[Statement],
    found: list[Result] | None = None,
) -> None:  # fmt: skip
    """`found` is what was read already; who was overtaken reads again."""
    for _ in range(RACES):
        now = now_ms()
        exports, taken = repository.loaded(found or await db.batch(_reading(tenant_id, unit_id, now)))
        found = None
        statements = _store(tenant_id, installation, exports, rules.bounded(taken, _horizon(now)), now) + closing
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


def _store(tenant_id: str, installation: str, exports: list[Export], taken: list[Taken], now: int) -> list[Statement]:
    if not exports:
        return []
    rendered = [_render(export, taken, installation) for export in exports]
    stamp = max(now, *(1 + (export.refreshed_at or 0) for export in exports))  # the guard needs it to differ
    return repository.store(tenant_id, rendered, stamp)


def _render(export: Export, taken: list[Taken], installation: str) -> Rendered:
    body = writer.write(rules.entries(taken, export.channel, installation))
    etag = sha256(body)
    unsent = None if etag == export.etag else body
    return Rendered(id=export.id, body=unsent, etag=etag, refreshed_at=export.refreshed_at)
