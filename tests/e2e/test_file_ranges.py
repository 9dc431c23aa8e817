"""Reading a part, asking again, and asking without reading."""

from collections.abc import Iterator
from typing import Any

import pytest
from support.client import Api
from support.files import call, here, picture, stored_picture
from support.people import sign_up
from support.suite import Suite

SIZE = 10_000
CONTENT = picture(SIZE)


@pytest.fixture(scope="module")
def url(suite: Suite) -> Iterator[str]:
    manager = sign_up(Api(suite.url), "Rita")
    yield here(suite, stored_picture(suite, manager.api, CONTENT, property_id=manager.property_id)["url"])
    manager.api.close()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=9999-", 9999, 9999), ("bytes=5000-", 5000, 9999),
        ("bytes=-1", 9999, 9999), ("bytes=-20000", 0, 9999), ("bytes=9990-20000", 9990, 9999), ("bytes=0-", 0, 9999),
    ],
)  # fmt: skip
def test_a_part_is_read(url: str, asked: str, first: int, last: int) -> None:
    read = call("GET", url, headers={"Range": asked})
    assert (read.status_code, read.content) == (206, CONTENT[first : last + 1])
    assert read.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert read.headers["content-length"] == str(last - first + 1)
    assert read.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "asked", ["bytes=5-4", "bytes=0-1,5-6", "items=0-1", "bytes=x", "bytes=-", "bytes=" + "1" * 400]
)
def test_what_is_no_part_is_everything(url: str, asked: str) -> None:
    read = call("GET", url, headers={"Range": asked})
    assert (read.status_code, read.content) == (200, CONTENT)
    assert read.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=10000-", "bytes=10000-10001", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused(url: str, asked: str) -> None:
    refused = call("GET", url, headers={"Range": asked})
    assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert refused.json()["code"] == "range_not_satisfiable"


def test_a_part_of_another_version_is_everything(url: str) -> None:
    etag = call("HEAD", url).headers["etag"]
    part = {"Range": "bytes=0-9"}
    assert call("GET", url, headers={**part, "If-Range": etag}).status_code == 206
    assert call("GET", url, headers={**part, "If-Range": '"other"'}).status_code == 200


def test_head_tells_what_get_would(url: str) -> None:
    told, read = call("HEAD", url), call("GET", url)
    assert (told.status_code, told.content) == (200, b"")
    same = ("content-type", "content-length", "etag", "accept-ranges", "content-disposition", "x-content-type-options")
    assert [told.headers[name] for name in same] == [read.headers[name] for name in same]
    refused = call("HEAD", url + "x")
    assert (refused.status_code, refused.content) == (403, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_has_it_is_not_sent_it_again(url: str, method: str) -> None:
    etag = call("HEAD", url).headers["etag"]
    asked: list[tuple[dict[str, Any], int]] = [
        ({"If-None-Match": etag}, 304), ({"If-None-Match": f'"x", W/{etag}'}, 304), ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200), ({"If-None-Match": etag, "Range": "bytes=0-1"}, 304),
    ]  # fmt: skip
    for headers, status in asked:
        answer = call(method, url, headers=headers)
        assert answer.status_code == status
        assert answer.headers["etag"] == etag
        assert status == 200 or answer.content == b""
