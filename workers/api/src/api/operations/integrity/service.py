"""One pass a day over all tenants, a few rows each minute, however large the database is."""

import msgspec

from api.operations.integrity import repository
from api.operations.integrity.repository import WALKS, KeyRow, PassRow
from propflow import log
from propflow.bindings.d1 import Database
from propflow.clock import DAY

ROWS = 500  # that a run looks at


async def run(core: Database, now: int) -> int:
    """Look at the next rows, if the pass of the day is not over. Returns how many faults it found."""
    at = (await core.run(repository.get_pass())).rows(PassRow)[0]
    if at.finished_at is not None:
        if now - at.began_at < DAY:
            return 0
        await core.run(repository.begin(at, now))
        at = PassRow(began_at=now, finished_at=None, walk=0, after="", rows_seen=0, rows_read=0)
    left, found = ROWS, 0
    while left > 0 and at.finished_at is None:
        after, faults = await _step(core, at, left, now)
        left -= after.rows_seen - at.rows_seen
        found += faults
        at = after
    return found


async def _step(core: Database, at: PassRow, limit: int, now: int) -> tuple[PassRow, int]:
    """One part of one walk: where the pass is then, and how many faults were found. Twice does no harm."""
    found, keys = await core.batch(repository.part(WALKS[at.walk], at.after, limit, at.began_at, now))
    rows, faults = keys.rows(KeyRow), found.meta.changes
    last = repository.last_of(rows, limit)
    walk = at.walk if last else at.walk + 1
    over = walk == len(WALKS)
    after = msgspec.structs.replace(
        at, walk=walk, after=last, finished_at=now if over else None, rows_seen=at.rows_seen + len(rows),
        rows_read=at.rows_read + found.meta.rows_read + keys.meta.rows_read,
    )  # fmt: skip
    if faults:
        log.warning("integrity.faults", table=WALKS[at.walk].table, faults=faults)
    statements = [repository.advance(at, after)]
    if over:
        statements.append(repository.resolve(at.began_at, now))
        log.info("integrity.pass", rows_seen=after.rows_seen, rows_read=after.rows_read)
    await core.batch(statements)
    return after, faults
