"""`/files/{address}`: uploads to R2 and downloads from it by addresses that we signed. No framework, one statement.

A body passes from the sender to R2 and from R2 to the reader without being whole in Python. The address is a secret and
is logged nowhere; what it allows was decided when it was made.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from api.core.context import Bindings
from api.door import SECURITY_HEADERS
from api.edge.errors import problem_of
from api.edge.etags import is_known
from api.files.store import errors, rules, serving, uploads
from api.files.store.repository import FileRow
from api.files.store.signing import PREFIX, Link, Signer
from api.files.store.uploads import Sent
from propflow import log
from propflow.bindings import meter
from propflow.bindings.streams import Incoming, StreamBroken
from propflow.clock import SECOND, now_ms
from propflow.errors import AppError
from propflow.keyring import Keyring

_LENGTH = re.compile(r"[0-9]{1,15}")
SAFE = {
    **SECURITY_HEADERS,
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-store",
}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `target` is path and query as they were sent; `header` knows names in small letters."""

    method: str
    target: str
    header: Callable[[str], str | None]
    body: Incoming
    ip: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What this door answers; `body` is text or a stream of R2."""

    status: int
    body: Any = None
    headers: dict[str, str] = {}


def is_ours(path: str) -> bool:
    """Whether this door answers for the path."""
    return path.startswith(PREFIX)


async def serve(bindings: Bindings, call: Call, request_id: str) -> Page:
    """Take in or hand out a file; a problem document for every refusal."""
    spent = meter.start()
    log.bind(request_id=request_id)
    try:
        page = await _serve(bindings, call, request_id)
    except AppError as refused:
        shown = problem_of(refused, request_id)
        page = Page(status=shown.status, body=None if call.method == "HEAD" else shown.body, headers=shown.headers)
        if isinstance(refused, errors.RangeNotSatisfiable):
            page.headers["content-range"] = f"bytes */{refused.evidence['size']}"
    log.info("file.done", method=call.method, status=page.status, cost=spent.header())
    common = {**SAFE, "request-id": request_id, "propflow-cost": spent.header()}
    return msgspec.structs.replace(page, headers={**common, **page.headers})


async def _serve(bindings: Bindings, call: Call, request_id: str) -> Page:
    keyring = Keyring.parse(bindings.settings.JWT_SIGNING_KEY)
    link = Signer(keyring).read(call.target, call.method, now_ms())
    if link.method == "PUT":
        return await _take(bindings, call, link, Sent(ip=call.ip, request_id=request_id))
    row = await uploads.find(bindings, link)
    if row.status != "ready":
        raise errors.nothing_here()
    return await _hand_out(bindings, call, link, row)


async def _take(bindings: Bindings, call: Call, link: Link, sent: Sent) -> Page:
    """Everything that headers and the first bytes tell is judged before the store is touched."""
    _check_headers(call, link)
    row = await uploads.find(bindings, link)
    if row.status == "ready":
        return Page(status=200, headers={"etag": f'"{row.etag}"'})
    try:
        beginning = await call.body.beginning(min(rules.LONGEST_SIGNATURE, link.size))
        if not rules.is_what_it_says(link.content_type, beginning):
            raise errors.not_an_image(link.content_type)
        etag, is_new = await uploads.store(bindings, link, row, call.body, sent)
    except StreamBroken:
        raise errors.body_incomplete() from None
    log.info("file.uploaded", file_id=row.id, bytes=link.size, again=not is_new)
    return Page(status=201 if is_new else 200, headers={"etag": f'"{etag}"'})


def _check_headers(call: Call, link: Link) -> None:
    length = call.header("content-length")
    if length is None or not _LENGTH.fullmatch(length):
        raise errors.length_required()
    if int(length) != link.size:
        raise errors.too_long(link.size) if int(length) > link.size else errors.too_short(link.size)
    if (call.header("content-type") or "").strip().lower() != link.content_type:
        raise errors.wrong_type(link.content_type)
    if call.header("content-encoding") not in (None, "identity"):
        raise errors.wrong_type(link.content_type)


async def _hand_out(bindings: Bindings, call: Call, link: Link, row: FileRow) -> Page:
    etag = f'"{row.etag}"'
    seconds = (link.ends_at - now_ms()) // SECOND
    headers = {
        "etag": etag,
        "cache-control": f"private, max-age={max(seconds, 0)}",
        "accept-ranges": "bytes",
        "content-disposition": serving.disposition(link.disposition, link.content_type, row.file_name),
    }
    if is_known(call.header("if-none-match") or "", etag):
        return Page(status=304, headers=headers)
    headers["content-type"] = link.content_type
    if call.method == "HEAD":
        return Page(status=200, headers={**headers, "content-length": str(row.size)})
    asked = call.header("range") if call.header("if-range") in (None, etag) else None
    part = serving.part_of(asked, row.size)
    offset, length = part or (0, row.size)
    body = await bindings.files(row.id).stream(link.tenant_id, link.key, offset, length)
    if body is None:
        log.warning("file.missing", file_id=row.id)
        raise errors.nothing_here()
    headers["content-length"] = str(length)
    if part is not None:
        headers["content-range"] = f"bytes {offset}-{offset + length - 1}/{row.size}"
    return Page(status=200 if part is None else 206, body=body, headers=headers)
