"""Decisions about files: pure. Which kinds there are, how large, for how long, and what their names may be."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from api.files.store.errors import owner_unclear
from propflow.clock import DAY, HOUR, MINUTE
from propflow.unseen import seen

MIB = 1024 * 1024
ID_DOCUMENT = "id_document"
UPLOAD_FOR = HOUR  # how long the address of an upload works
UPLOAD_ENDS = DAY  # after it was asked for nothing arrives any more, however slow the sender
ID_KEPT = 30 * DAY  # how long an identity document is kept after its upload
SIGNATURES: dict[str, tuple[tuple[int, bytes], ...]] = {
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/gif": ((0, b"GIF8"),),
    "image/webp": ((0, b"RIFF"), (8, b"WEBP")),
    "image/avif": ((4, b"ftypavi"),),
}
"""The pictures that browsers may show, and what each has where. SVG is none: it is a document with scripts."""
LONGEST_SIGNATURE = 12  # bytes


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A route with its files. `largest` is in bytes, `opened_for` in ms: how long an address to read works."""

    noun: str
    prefix: str
    path: str
    largest: int
    opened_for: int
    disposition: Literal["inline", "attachment"]
    owners: tuple[str, ...]  # the fields that may name whose a file is


MEDIA = Collection(
    noun="media",
    prefix="med",
    path="/v1/media",
    largest=20 * MIB,
    opened_for=HOUR,
    disposition="inline",
    owners=("property_id", "unit_id"),
)
DOCUMENTS = Collection(
    noun="document", prefix="doc", path="/v1/documents", largest=50 * MIB, opened_for=5 * MINUTE,
    disposition="attachment", owners=("property_id", "unit_id", "booking_id", "lease_id"),
)  # fmt: skip
COLLECTIONS = {one.prefix: one for one in (MEDIA, DOCUMENTS)}


def check_owner(of: Collection, fields: Mapping[str, object]) -> None:
    """Raises Unprocessable unless exactly one field names whose the file is."""
    named = [name for name in of.owners if fields[name] is not None]
    if len(named) != 1:
        raise owner_unclear(of.owners, named or of.owners)


def collection_of(file_id: str) -> Collection:
    """The collection of a file, which its id begins with."""
    return COLLECTIONS[file_id.partition("_")[0]]


def object_key(tenant_id: str, file_id: str, kind: str) -> str:
    """Where the object lies: made of nothing that anybody typed. Identity documents have a prefix of their own."""
    folder = "media" if collection_of(file_id) is MEDIA else "id_documents" if kind == ID_DOCUMENT else "documents"
    return f"tenants/{tenant_id}/{folder}/{file_id}"


def due_when_ready(kind: str, now: int) -> int | None:
    """When a file that has arrived is to go by itself; None for those that stay."""
    return now + ID_KEPT if kind == ID_DOCUMENT else None


def is_what_it_says(content_type: str, beginning: bytes) -> bool:
    """Whether a picture begins as its type does. Of other types nothing is known: browsers may not show them."""
    signature = SIGNATURES.get(content_type, ())
    return all(beginning[place : place + len(mark)] == mark for place, mark in signature)


def safe_name(name: str) -> str:
    """A name without folders and without signs that nobody sees: controls, and those that turn text around."""
    base = re.split(r"[/\\]", name)[-1]
    return " ".join(seen(base, "").split()).strip(". ") or "file"
