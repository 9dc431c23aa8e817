"""Days older than 13 months move to R2 in pages: fixed in D1, written, read back and compared, and only then taken off.

fix the page (one statement) → put → get → compare SHA-256 and size → subtract exactly that page (one batch)

Whatever is killed in between, the next run writes the same bytes under the same key. Late amounts of an archived month
make another page. So what is in all pages of a month together is what was used.
"""

import hashlib

import msgspec

from api.core.context import Bindings
from api.plan.usage import archive_repository as repository
from api.plan.usage.archive_repository import PageRow
from api.plan.usage.repository import DayRow
from api.plan.usage.rules import kept_since
from propflow import log
from propflow.bindings.d1 import Database
from propflow.bindings.r2 import Bucket

PAGE = 500  # rows of one object; a month has 31 days of less than ten meters


class NotVerified(Exception):
    """What was read back is not what was written."""


class NotArchived(Exception):
    """Some pages have to wait for the next run."""


async def run(bindings: Bindings, now: int, limit: int) -> int:
    """Archive at most `limit` pages, each on its own. Returns how many are done; raises NotArchived after all when
    some are not."""
    planned = repository.plan(kept_since(now), PAGE, limit, now)
    _, found = await bindings.core.batch([planned, repository.open_pages(limit)])
    done, pages = 0, found.rows(PageRow)
    for page in pages:
        try:
            await _archive(bindings.core, bindings.exports, page, now)
        except Exception as error:
            log.exception("usage.not_archived", error, tenant_id=page.tenant_id, month=page.month, page=page.page)
        else:
            done += 1
    if done < len(pages):
        raise NotArchived(f"{len(pages) - done} of {len(pages)} pages")
    return done


async def _archive(core: Database, bucket: Bucket, page: PageRow, now: int) -> None:
    content, key = lines(page.content), key_of(page)
    await bucket.put(page.tenant_id, key, content, "application/x-ndjson")
    digest = verify(content, await bucket.get(page.tenant_id, key))
    await core.batch(repository.archived(page, digest, now))
    log.info("usage.archived", tenant_id=page.tenant_id, key=key, bytes=len(content), sha256=digest)


def key_of(page: PageRow) -> str:
    """Where a page lies."""
    return f"tenants/{page.tenant_id}/usage/{page.month}-{page.page:04}.jsonl"


def lines(content: str) -> bytes:
    """One JSON object per line, always in the same order and spelling."""
    rows = msgspec.json.decode(content, type=list[DayRow])
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def verify(written: bytes, found: bytes | None) -> str:
    """The SHA-256 of what lies there; raises NotVerified when it is not what was written."""
    if found is None or len(found) != len(written):
        raise NotVerified(f"{len(written)} bytes were written and {'none' if found is None else len(found)} found")
    digest = hashlib.sha256(found).hexdigest()
    if digest != hashlib.sha256(written).hexdigest():
        raise NotVerified("other bytes were found than were written")
    return digest
