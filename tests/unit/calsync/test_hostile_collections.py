"""A CalDAV server may be anybody's: what it answers is bounded, whatever it is written in, and stops no push."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calsync.providers.caldav import collection as module
from calsync.providers.caldav.collection import IS_CALENDAR, Access, Collection
from calsync.providers.caldav.xml import LONGEST_NAMESPACE, text_of
from calsync.providers.ical.answers import LONGEST_TAG
from propflow.bindings.http import HttpAnswer

TAG = "{DAV:}getetag"
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "us-ascii", "windows-1252", "utf-8-sig")
NAMED = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def answer(encoding: str, doctype: str = "", tag: str = "&quot;7&quot;") -> bytes:
    """A multistatus with one calendar, written in this encoding."""
    text = (
        f'<?xml version="1.0" encoding="{NAMED.get(encoding, encoding)}"?>{doctype}<!-- ours -->'
        '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:propstat><d:prop>'
        f"<d:resourcetype><c:calendar/></d:resourcetype><d:getetag>{tag}</d:getetag>"
        "</d:prop></d:propstat></d:response></d:multistatus>"
    )
    return MARKS.get(encoding, b"") + text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_answer_is_read_in_any_encoding_and_no_document_type_in_any(encoding: str) -> None:
    assert text_of(answer(encoding), TAG) == '"7"'
    assert text_of(answer(encoding), IS_CALENDAR) == ""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for doctype, tag in (
        ("<!DOCTYPE d>", "x"), ('<!DOCTYPE d [<!ENTITY a "x">]>', "&a;"), ('<!DOCTYPE d SYSTEM "http://a/b">', "x"),
        (f'<!DOCTYPE d [<!ENTITY l0 "lol">{levels}]>', "&l9;"),
    ):  # fmt: skip
        assert text_of(answer(encoding, doctype, tag), TAG) is None


@pytest.mark.parametrize("body", [b"", b"<", b"\xff\xfe", b"<a>" * 20_000, answer("utf-8").replace(b"DAV:", b"DAV"),
                                  answer("utf-8", tag="&a;"), answer("utf-8")[:-9]])  # fmt: skip
def test_what_is_no_answer_says_nothing(body: bytes) -> None:
    assert text_of(body, TAG) is None


def spelled_out(length: int, names: list[str], other: str = "") -> bytes:
    """An answer whose elements after the ETag are in a namespace with a name of this length."""
    elements = "".join(f"<{name}/>" for name in names)
    whole = f'<o:all xmlns:o="{"x" * length}"{other}>{elements}</o:all></d:prop>'
    return answer("utf-8").replace(b"</d:prop>", whole.encode())


@pytest.mark.parametrize("names", [["o:a"] * 8_000, [f"o:a{number}" for number in range(4_000)]])
def test_no_namespace_is_long_enough_to_fill_memory(names: list[str]) -> None:
    """Each name is spelled out with its namespace: 64 KiB were 256 MB."""
    assert text_of(spelled_out(LONGEST_NAMESPACE, names), TAG) == '"7"'
    for body in (spelled_out(32_000, names), spelled_out(LONGEST_NAMESPACE + 1, names)):
        assert text_of(body, TAG) is None


def test_nor_is_the_one_that_needs_no_prefix() -> None:
    assert text_of(spelled_out(1, ["a"], f' xmlns="{"y" * LONGEST_NAMESPACE}"'), TAG) == '"7"'
    assert text_of(spelled_out(1, ["a"], ' xmlns=""'), TAG) == '"7"'
    assert text_of(spelled_out(1, ["a"], f' xmlns="{"y" * 32_000}"'), TAG) is None


class Server:
    """A server that answers with this ETag, in the header or to PROPFIND, and keeps to the conditions of requests."""

    def __init__(self, tag: str | None, found: str | None) -> None:
        self.tag, self.found, self.there, self.states = tag, found, False, list[dict[str, str]]()

    async def call(self, method: str, url: str, *, headers: dict[str, str], **_: Any) -> HttpAnswer:
        if method == "PROPFIND":
            body = answer("utf-8", tag=self.found or "")
            return HttpAnswer(status=207 if self.there else 404, headers={}, body=body)
        state = {name: value for name, value in headers.items() if name.startswith("if-")}
        self.states.append(state)
        if (state.get("if-none-match") and self.there) or (state.get("if-match", self.found) != self.found):
            return HttpAnswer(status=412, headers={}, body=b"")
        self.there = True
        return HttpAnswer(status=201, headers={} if self.tag is None else {"etag": self.tag}, body=b"")


def put(server: Server, monkeypatch: pytest.MonkeyPatch, etag: str | None) -> str | None:
    monkeypatch.setattr(module.http, "call", server.call)
    access = Access(url="https://dav.example.net/cal/", username="u", password="p")
    return asyncio.run(Collection(access).put("occ_1", "BEGIN:VCALENDAR", etag))


LONG = '"' + "e" * 60_000 + '"'


@pytest.mark.parametrize(
    ("tag", "found", "kept"),
    [
        ('"7"', '"7"', '"7"'), (None, '"7"', '"7"'), (LONG, LONG, None), (None, LONG, None), (None, "a\nb", None),
        (None, "é", None), ('"' + "e" * (LONGEST_TAG - 2) + '"', "", '"' + "e" * (LONGEST_TAG - 2) + '"'),
        (None, "", None),
    ],
)  # fmt: skip
def test_a_tag_is_kept_as_far_as_any_needs_one(
    monkeypatch: pytest.MonkeyPatch, tag: str | None, found: str, kept: str | None
) -> None:
    assert put(Server(tag, found), monkeypatch, None) == kept


def test_an_entry_whose_tag_could_not_be_kept_is_written_over_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(LONG, LONG)
    assert put(server, monkeypatch, None) is None
    assert put(server, monkeypatch, None) is None
    assert server.states == [{"if-none-match": "*"}, {"if-none-match": "*"}, {}]
