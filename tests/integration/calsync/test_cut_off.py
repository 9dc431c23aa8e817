"""An answer whose connection ends before the answer does is none, however whole what came of it looks."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from integration.calsync.listeners import Raw
from support.client import Api
from support.people import sign_up
from support.standin_client import StandIn
from support.suite import Suite

WHOLE = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20991210\nEND:VEVENT\nEND:VCALENDAR\n"
LONG = WHOLE[:16] + b"X:" + b"x" * 200_000 + b"\n" + WHOLE[16:]  # several parts


def with_length(body: bytes, more: int) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % (len(body) + more) + body


def in_chunks(body: bytes, end: bytes) -> bytes:
    return b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%s" % (len(body), body, end)


def packed(body: bytes, end: int | None) -> bytes:
    content = gzip.compress(body)[:end]
    if end is not None:  # all that there is of the body, without its end
        packer = zlib.compressobj(wbits=31)
        content = packer.compress(body) + packer.flush(zlib.Z_SYNC_FLUSH)
    return b"Content-Encoding: gzip\r\n" + with_length(content, 0)


ANSWERS = {
    "/whole-length": with_length(WHOLE, 0), "/whole-chunks": in_chunks(WHOLE, b"0\r\n\r\n"),
    "/whole-gzip": packed(WHOLE, None), "/whole-long": in_chunks(LONG, b"0\r\n\r\n"),
    "/whole-by-closing": b"\r\n" + WHOLE,
    "/cut-length": with_length(WHOLE, 9), "/cut-chunks": in_chunks(WHOLE, b""), "/cut-gzip": packed(WHOLE, -8),
    "/cut-long": in_chunks(LONG, b""), "/cut-long-length": with_length(LONG, 9),
}  # fmt: skip


@pytest.fixture(scope="module")
def host() -> Iterator[Raw]:
    server = Raw(ANSWERS)
    yield server
    server.close()


@pytest.fixture(scope="module")
def reading(host: Raw, standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A product that may read from the host."""
    hosts = [f"127.0.0.1:{host.port}*"]
    suite = Suite(standin.url, state=tmp_path_factory.mktemp("reading"), calendar_hosts=hosts).start()
    yield suite
    suite.stop()


def test_what_is_cut_off_is_no_answer(reading: Suite, standin: StandIn, host: Raw) -> None:
    manager = sign_up(Api(reading.url), "Alice")
    unit, found = manager.new_unit(), {}
    for path in ANSWERS:
        answer = manager.api.create_feed(unit, f"http://127.0.0.1:{host.port}{path}")
        found[path] = "connected" if answer.status_code == 201 else answer.json()["detail"].partition(": ")[2]
    manager.api.close()
    cut = "the connection failed."
    assert found == {path: "connected" if path.startswith("/whole") else cut for path in ANSWERS}
