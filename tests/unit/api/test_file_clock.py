"""What is seen of a file bears the time of its space; when it goes is the real time's to say."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory
from support.schema import with_unit

from api.core.context import Bindings
from api.files.store import repository, rules, sweep, uploads
from api.files.store.repository import FileRow
from api.files.store.signing import Link
from api.files.store.uploads import Sent
from propflow.bindings.r2 import Stored
from propflow.clock import DAY

NOW = 1_800_000_000_000
TENANT = "ten_" + "0" * 26
ROW = FileRow(
    id="doc_" + "0" * 26, kind=rules.ID_DOCUMENT, file_name="f", content_type="text/plain", size=1, created_by="usr_1",
    property_id="prop_1", upload_ends_at=NOW + DAY, due_at=NOW + DAY, created_at=1, updated_at=1,
)  # fmt: skip
CLOCKS = [None, NOW - 40 * DAY, NOW + 400 * DAY]


class Bucket:
    """Takes everything, and has nothing to delete."""

    async def put_new(self, *_: Any) -> Stored:
        return Stored(etag="e", size=1)

    async def delete(self, *_: Any) -> None:
        return None


@pytest.fixture(params=CLOCKS, ids=["real", "behind", "ahead"])
def clock_at(request: pytest.FixtureRequest) -> int | None:
    return cast("int | None", request.param)


@pytest.fixture
def core(clock_at: int | None, monkeypatch: pytest.MonkeyPatch) -> InMemory:
    """A space with an announced file."""
    made = InMemory("core")
    with_unit(made.db, TENANT)
    made.db.execute("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('live', 'T', 0, 0)")
    made.db.execute("UPDATE tenants SET mode = 'test', live_id = 'live', clock_at = ? WHERE id = ?", (clock_at, TENANT))
    made._one(repository.insert(TENANT, ROW))
    for module in (uploads, sweep):
        monkeypatch.setattr(module, "now_ms", lambda: NOW)
    return made


def bindings(core: InMemory) -> Bindings:
    made = SimpleNamespace(core=core, audit=None, files=lambda _: Bucket(), background=lambda work: work.close())
    return cast("Bindings", made)


def file(core: InMemory) -> tuple[Any, ...]:
    [row] = core.db.execute("SELECT status, due_at, updated_at FROM files").fetchall()
    return tuple(row)


def told(core: InMemory) -> list[tuple[Any, ...]]:
    """The events and the messages with their instants."""
    query = "SELECT type, created_at FROM events UNION ALL SELECT type, created_at FROM outbox"
    return core.db.execute(query).fetchall()


def test_an_upload(core: InMemory, clock_at: int | None) -> None:
    link = Link(
        method="PUT", key=rules.object_key(TENANT, ROW.id, ROW.kind), content_type=ROW.content_type, size=1,
        disposition="attachment", ends_at=NOW + 1,
    )  # fmt: skip
    sent = Sent(ip="ip", request_id="r")
    assert asyncio.run(uploads.store(bindings(core), link, ROW, cast("Any", None), sent)) == ("e", True)
    present = NOW if clock_at is None else clock_at
    assert file(core) == ("ready", NOW + rules.ID_KEPT, present)
    assert told(core) == [("document.uploaded", present), ("account.changed", NOW)]


def test_the_end_of_what_is_due(core: InMemory, clock_at: int | None) -> None:
    core.db.execute("UPDATE files SET due_at = ?", (NOW,))
    assert asyncio.run(sweep.run(bindings(core), 10)) == 2
    present = NOW if clock_at is None else clock_at
    assert file(core) == ("deleted", ROW.upload_ends_at, present)
    assert told(core) == [("document.deleted", present), ("account.changed", NOW)]
