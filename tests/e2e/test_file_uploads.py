"""Uploads: exactly what was announced is taken, and all of it or nothing."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from support.client import Api
from support.files import (
    BEGINNINGS,
    announce_picture,
    call,
    here,
    lying,
    picture,
    send,
    stored_document,
    stored_picture,
)
from support.people import Manager, ok
from support.suite import Suite
from support.verbs import Json
from support.waiting import eventually

MIB = 1024 * 1024
LARGEST = {"/v1/media": 20 * MIB, "/v1/documents": 50 * MIB}


def status_of(api: Api, made: Json) -> str:
    return str(ok(api.get(f"/v1/media/{made['id']}"), 200)["status"])


@pytest.mark.parametrize("content_type", BEGINNINGS)
def test_a_picture_of_every_type_is_taken(suite: Suite, alice: Manager, content_type: str) -> None:
    content = picture(64, content_type)
    made = announce_picture(alice.api, content, property_id=alice.property_id, content_type=content_type)
    assert send(suite, made, content).status_code == 201


@pytest.mark.parametrize("content_type", BEGINNINGS)
def test_what_does_not_begin_as_a_picture_is_refused_and_nothing_is_stored(
    suite: Suite, alice: Manager, content_type: str
) -> None:
    others = [other for other in BEGINNINGS if other != content_type]
    for content in (b"<script>alert(1)</script>", b"<", *[picture(64, other) for other in others]):
        made = announce_picture(alice.api, content, property_id=alice.property_id, content_type=content_type)
        refused = send(suite, made, content)
        assert (refused.status_code, refused.json()["code"]) == (415, "content_mismatch")
        assert status_of(alice.api, made) == "pending"
    assert lying(suite, alice.tenant["id"]) == {}


def test_another_length_or_type_than_announced_is_refused(suite: Suite, alice: Manager) -> None:
    content = picture(1_000)
    made = announce_picture(alice.api, content, property_id=alice.property_id)
    url, png = here(suite, made["upload"]["url"]), {"Content-Type": "image/png"}

    def chunks() -> Iterator[bytes]:
        yield content

    tried = {
        "no length": (call("PUT", url, content=chunks(), headers=png), 411),
        "one byte more": (send(suite, made, content + b"!"), 413),
        "one byte less": (send(suite, made, content[:-1]), 400),
        "nothing": (send(suite, made, b""), 400),
        "no type": (call("PUT", url, content=content), 415),
        "another type": (send(suite, made, content, **{"Content-Type": "text/html"}), 415),
        "a parameter": (send(suite, made, content, **{"Content-Type": "image/png; charset=utf-8"}), 415),
        "packed": (send(suite, made, content, **{"Content-Encoding": "gzip"}), 415),
    }
    assert {name: answer.status_code for name, (answer, _) in tried.items()} == {
        name: status for name, (_, status) in tried.items()
    }
    assert lying(suite, alice.tenant["id"]) == {}
    assert send(suite, made, content, **{"Content-Type": "IMAGE/PNG"}).status_code == 201


@pytest.mark.parametrize(("path", "largest"), LARGEST.items())
def test_what_is_too_large_is_not_even_announced(alice: Manager, path: str, largest: int) -> None:
    kind, content_type = ("photo", "image/png") if path == "/v1/media" else ("contract", "application/pdf")
    body = {"property_id": alice.property_id, "kind": kind, "file_name": "f", "content_type": content_type}
    assert alice.api.post(path, body | {"size": largest}).status_code == 201
    for size in (0, -1, largest + 1, 10**30):
        refused = alice.api.post(path, body | {"size": size})
        assert (refused.status_code, refused.json()["errors"][0]["param"]) == (422, "size")


def test_the_largest_ones_are_taken_and_given_back_whole(suite: Suite, alice: Manager) -> None:
    image, paper = picture(LARGEST["/v1/media"]), b"%PDF" * (LARGEST["/v1/documents"] // 4)
    begun = time.monotonic()
    stored = stored_picture(suite, alice.api, image, property_id=alice.property_id)
    between = time.monotonic()
    read = call("GET", here(suite, stored["url"]))
    print(f"\n20 MiB: sent in {between - begun:.1f} s, read in {time.monotonic() - between:.1f} s")
    assert read.content == image
    before = int(suite.stats()["rss_kb"])
    stored = stored_document(suite, alice.api, paper, property_id=alice.property_id)
    after = int(suite.stats()["rss_kb"])
    print(f"50 MiB sent: the runtime's memory grew by {(after - before) / 1024:.0f} MiB")
    assert call("GET", here(suite, stored["url"])).content == paper


def test_of_many_uploads_at_once_one_counts(suite: Suite, alice: Manager) -> None:
    contents = [picture(200_000)[:-1] + bytes([number]) for number in range(6)]
    made = announce_picture(alice.api, contents[0], property_id=alice.property_id)
    with ThreadPoolExecutor(len(contents)) as pool:
        answers = list(pool.map(lambda content: send(suite, made, content), contents))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.headers["etag"] for answer in answers}) == 1
    winner = contents[[answer.status_code for answer in answers].index(201)]
    assert list(lying(suite, alice.tenant["id"]).values()) == [winner]
    types = [one["type"] for one in ok(alice.api.get("/v1/events", object_id=made["id"]), 200)["data"]]
    assert types == ["media.created", "media.uploaded"]


class Slow:
    """An upload in parts, on a connection of its own."""

    def __init__(self, suite: Suite, made: Json, size: int) -> None:
        url = urlsplit(here(suite, made["upload"]["url"]))
        self._socket = socket.create_connection((str(url.hostname), int(url.port or 80)), timeout=120)
        self.send(
            f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: image/png\r\n"
            f"Content-Length: {size}\r\nConnection: close\r\n\r\n".encode()
        )

    def send(self, part: bytes) -> None:
        self._socket.sendall(part)

    def answer(self) -> int:
        return int(self._socket.makefile("rb").readline().split()[1])

    def end(self) -> None:
        """No more comes, but the answer is waited for."""
        self._socket.shutdown(socket.SHUT_WR)

    def drop(self) -> None:
        self._socket.close()


def test_an_upload_that_breaks_off_leaves_nothing_and_can_be_sent_again(suite: Suite, alice: Manager) -> None:
    content = picture(400_000)
    made = announce_picture(alice.api, content, property_id=alice.property_id)
    for cut in (0, 5, 200_000, 399_999):
        broken = Slow(suite, made, len(content))
        broken.send(content[:cut])
        if cut % 2:
            broken.end()
        broken.drop()
    assert status_of(alice.api, made) == "pending"
    assert lying(suite, alice.tenant["id"]) == {}
    assert send(suite, made, content).status_code == 201
    assert list(lying(suite, alice.tenant["id"]).values()) == [content]


def test_what_is_deleted_while_it_is_sent_leaves_nothing(suite: Suite, alice: Manager) -> None:
    content = picture(400_000)
    made = announce_picture(alice.api, content, property_id=alice.property_id)
    blobs = suite.state / "v3/r2/propflow360-media-local/blobs"
    before = set(blobs.iterdir()) if blobs.exists() else set()
    slow = Slow(suite, made, len(content))
    slow.send(content[:300_000])
    # What the store begins to keep is of a Worker that has seen the row.
    eventually(lambda: blobs.exists() and set(blobs.iterdir()) - before, what="the store to take in the first part")
    assert alice.api.request("DELETE", f"/v1/media/{made['id']}").status_code == 204
    slow.send(content[300_000:])
    assert slow.answer() == 404
    slow.drop()
    eventually(lambda: lying(suite, alice.tenant["id"]) == {}, what="the object to go")
