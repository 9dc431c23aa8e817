"""Files for tests: pictures that begin as they should, announcing and sending them, and addresses signed by hand."""

from __future__ import annotations

import base64
import tomllib
from typing import Any

import httpx
import msgspec

from api.files.store.signing import PREFIX, Link, Signer
from propflow.keyring import Keyring
from support.client import TIMEOUT, Api
from support.people import ok
from support.process import ROOT
from support.r2 import objects
from support.suite import Suite
from support.verbs import Json

BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBP",
    "image/avif": b"\x00\x00\x00\x1cftypavif",
}
BUCKETS = {"med": "media", "doc": "docs"}


def picture(size: int = 1_000, content_type: str = "image/png") -> bytes:
    """So many bytes that begin as the type does."""
    beginning = BEGINNINGS[content_type]
    return (beginning + bytes(range(251)) * (size // 251 + 1))[:size]


def announce_picture(api: Api, content: bytes, **more: Any) -> Json:
    """A new photo, not sent yet."""
    body = {"kind": "photo", "file_name": "view.png", "content_type": "image/png", "size": len(content)}
    return ok(api.post("/v1/media", body | more))


def announce_document(api: Api, content: bytes, **more: Any) -> Json:
    """A new document, not sent yet."""
    body = {"kind": "contract", "file_name": "paper.pdf", "content_type": "application/pdf", "size": len(content)}
    return ok(api.post("/v1/documents", body | more))


def call(method: str, url: str, **more: Any) -> httpx.Response:
    """A request without a session, which is waited for as long as one with it: httpx itself gives up after 5 s."""
    return httpx.request(method, url, **({"timeout": TIMEOUT} | more))


def send(suite: Suite, made: Json, content: bytes, **headers: str) -> httpx.Response:
    """Send the file to where its announcement says. No session goes along."""
    upload = made["upload"]
    sent = {name: value for name, value in upload["headers"].items() if name != "Content-Length"} | headers
    return call("PUT", here(suite, upload["url"]), content=content, headers=sent)


def here(suite: Suite, url: str) -> str:
    """The same address at the running suite, whose port is its own."""
    return suite.url + path_of(url)


def path_of(url: str) -> str:
    """What follows the host."""
    return "/" + url.split("/", 3)[3]


def stored_picture(suite: Suite, api: Api, content: bytes, **more: Any) -> Json:
    """A photo that is ready, with its address."""
    made = announce_picture(api, content, **more)
    assert send(suite, made, content).status_code == 201
    return ok(api.get(f"/v1/media/{made['id']}"), 200)


def stored_document(suite: Suite, api: Api, content: bytes, **more: Any) -> Json:
    """A document that is ready, with its address."""
    made = announce_document(api, content, **more)
    assert send(suite, made, content).status_code == 201
    return ok(api.get(f"/v1/documents/{made['id']}"), 200)


def signer() -> Signer:
    """Signs with the key of a developer's machine, as the product does in tests."""
    secrets = tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]
    return Signer(Keyring.parse(secrets["JWT_SIGNING_KEY"]))


def link_of(url: str) -> Link:
    """What an address says; its signature must be right."""
    path = path_of(url)
    said = path.removeprefix(PREFIX).split("?")[0].partition(".")[2]
    method = msgspec.json.decode(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))[0]
    return signer().read(path, method, 0)


def lying(suite: Suite, tenant_id: str) -> dict[str, bytes]:
    """Every object of the tenant in the buckets of pictures and documents."""
    found: dict[str, bytes] = {}
    for bucket in BUCKETS.values():
        found |= objects(suite, f"tenants/{tenant_id}/", bucket)
    return found
