"""No address is kept with an answer; who announced a file is told again where to send it, within the hour."""

from __future__ import annotations

import asyncio
import base64
import json
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from support.in_memory import InMemory
from support.schema import with_unit

from api.core.context import Bindings, Caller, Context, Key
from api.edge.answers import Answer
from api.files.media.service import view
from api.files.media.views import Media
from api.files.store import addresses, service
from api.files.store.rules import MEDIA, UPLOAD_FOR

NOW = 1_800_000_000_000
KEYS = json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(bytes(32)).decode()}})
TENANT = "ten_" + "0" * 26
FIELDS = {"property_id": None, "unit_id": None, "kind": "photo", "title": None, "position": 0, "file_name": "f",
          "content_type": "image/png", "size": 9}  # fmt: skip


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> InMemory:
    made = InMemory("core")
    with_unit(made.db, TENANT)
    at(monkeypatch, NOW)

    async def seen(*_: object) -> None:
        return None

    monkeypatch.setattr(service, "_see_owner", seen)
    return made


def at(monkeypatch: pytest.MonkeyPatch, now: int) -> None:
    for module in (addresses, service):
        monkeypatch.setattr(module, "now_ms", lambda: now)


def asked(core: InMemory, key: str | None = None, who: str = "usr_1") -> Context:
    settings = SimpleNamespace(API_BASE_URL="http://x", JWT_SIGNING_KEY=KEYS)
    bindings = SimpleNamespace(core=core, audit=None, background=lambda work: work.close(), settings=settings)
    caller = Caller(tenant_id=TENANT, principal_id=who, credential="c", credential_id="c", role="owner")
    found = None if key is None else Key(key_hash=key, fingerprint="f")
    return Context(bindings=cast("Bindings", bindings), caller=caller, request_id="r", now=NOW, real_now=NOW, key=found)


def shown(done: Answer) -> Media:
    return msgspec.json.decode(done.body, type=Media)


def announced(core: InMemory) -> Media:
    return shown(asyncio.run(service.create(asked(core, "k"), MEDIA, {**FIELDS, "property_id": "prop_1"}, view)))


def got(core: InMemory, file_id: str, who: str = "usr_1") -> Media:
    return shown(asyncio.run(service.show_one(asked(core, who=who), MEDIA, file_id, view)))


def kept(core: InMemory) -> list[str]:
    return [str(body) for (body,) in core.db.execute("SELECT body FROM idempotency_keys ORDER BY key_hash")]


def test_an_announcement_is_kept_without_its_address(core: InMemory) -> None:
    made = announced(core)
    [body] = kept(core)
    assert made.upload is not None and made.upload.url.startswith("http://x/files/")
    assert shown(Answer(status=201, body=body)) == msgspec.structs.replace(made, upload=None)


def test_who_announced_it_gets_the_same_address_until_it_ends(core: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    made = announced(core)
    at(monkeypatch, NOW + UPLOAD_FOR - 1)
    assert got(core, made.id).upload == made.upload
    assert got(core, made.id, who="usr_2").upload is None
    at(monkeypatch, NOW + UPLOAD_FOR)
    assert got(core, made.id).upload is None


def test_what_has_arrived_is_sent_nowhere(core: InMemory) -> None:
    made = announced(core)
    core.db.execute("UPDATE files SET status = 'ready', etag = 'e'")
    found = got(core, made.id)
    assert found.upload is None and found.url is not None


@pytest.mark.parametrize("position", [0, 7], ids=["as it was", "elsewhere"])
def test_a_change_is_kept_without_the_address_to_read(core: InMemory, position: int) -> None:
    made = announced(core)
    core.db.execute("UPDATE files SET status = 'ready', etag = 'e'")
    fields = {"position": position}
    done = asyncio.run(service.change(asked(core, "k2"), MEDIA, made.id, fields, '"1"', view))
    assert shown(done).url is not None
    assert shown(Answer(status=200, body=kept(core)[1])) == msgspec.structs.replace(shown(done), url=None)
