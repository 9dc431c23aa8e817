"""Two uploads of one file: whoever comes second removes only what nobody was told is there."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory
from support.schema import with_unit

from api.core.context import Bindings
from api.files.store import repository, rules, uploads
from api.files.store.repository import FileRow
from api.files.store.signing import Link
from api.files.store.uploads import Sent
from propflow.bindings.r2 import Stored
from propflow.errors import NotFound

TENANT, NOW = "ten_" + "0" * 26, 1_800_000_000_000
ROW = FileRow(
    id="doc_" + "0" * 26, kind="contract", file_name="f", content_type="text/plain", size=1, created_by="usr_1",
    property_id="prop_1", upload_ends_at=NOW, due_at=NOW, created_at=1, updated_at=1,
)  # fmt: skip
LINK = Link(
    method="PUT", key=rules.object_key(TENANT, ROW.id, ROW.kind), content_type=ROW.content_type, size=1,
    disposition="attachment", ends_at=NOW,
)  # fmt: skip


class Bucket:
    """Holds the first body already."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    async def put_new(self, *_: Any) -> None:
        return None

    async def head(self, *_: Any) -> Stored:
        return Stored(etag="first", size=1)

    async def delete(self, _: str, keys: list[str]) -> None:
        self.deleted += keys


@pytest.fixture
def core() -> InMemory:
    made = InMemory("core")
    with_unit(made.db, TENANT)
    made._one(repository.insert(TENANT, ROW))
    made._one(repository.complete(TENANT, ROW.id, "first", NOW, NOW))
    return made


def second(core: InMemory, bucket: Bucket) -> tuple[str, bool]:
    made = SimpleNamespace(core=core, audit=None, files=lambda _: bucket, background=lambda work: work.close())
    sent = Sent(ip="ip", request_id="r")
    return asyncio.run(uploads.store(cast("Bindings", made), LINK, ROW, cast("Any", None), sent))


@pytest.mark.parametrize("meanwhile", ["", "UPDATE tenants SET suspended_at = 1, suspended_reason = 'x'"])
def test_the_second_of_two_uploads_leaves_the_first_one_s_body(core: InMemory, meanwhile: str) -> None:
    core.db.execute(meanwhile)
    bucket = Bucket()
    assert second(core, bucket) == ("first", False)
    assert bucket.deleted == []


def test_an_upload_of_what_was_deleted_meanwhile_leaves_nothing(core: InMemory) -> None:
    core.db.execute("UPDATE files SET status = 'deleted'")
    bucket = Bucket()
    with pytest.raises(NotFound):
        second(core, bucket)
    assert bucket.deleted == [LINK.key]
