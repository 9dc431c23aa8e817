"""Names, beginnings, keys and headers of files."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.files import BEGINNINGS

from api.files.store.errors import RangeNotSatisfiable
from api.files.store.rules import (
    DAY,
    DOCUMENTS,
    ID_KEPT,
    LONGEST_SIGNATURE,
    MEDIA,
    SIGNATURES,
    Collection,
    check_owner,
    collection_of,
    due_when_ready,
    is_what_it_says,
    object_key,
    safe_name,
)
from api.files.store.serving import disposition, part_of
from propflow.bindings.r2 import owned
from propflow.errors import Unprocessable

TENANT, PICTURE, PAPER = "ten_" + "0" * 26, "med_" + "1" * 26, "doc_" + "2" * 26


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("view.png", "view.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\fakepath\\view.png", "view.png"),
        ("a\0b.png", "ab.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("gpj.\u202egnp.exe", "gpj.gnp.exe"),  # shows as gpj.exe.png where text may turn around
        ("\u2066\u200fphoto\u2069.png", "photo.png"),
        ("שלום.pdf", "שלום.pdf"),  # letters that run to the left are letters
        ("été à la mer.jpg", "été à la mer.jpg"),
        ("..", "file"), ("/", "file"), ("\u200b", "file"), (". .", "file"), (".htaccess", "htaccess"),
    ],
)  # fmt: skip
def test_a_name_keeps_what_can_be_read_and_no_folder(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=200))
def test_a_kept_name_is_no_longer_and_the_same_when_kept_again(name: str) -> None:
    kept = safe_name(name)
    assert 1 <= len(kept) <= max(len(name), len("file"))
    assert not set(kept) & set("/\\\0\r\n\u202e")
    assert safe_name(kept) == kept


@given(st.text(min_size=1, max_size=255))
def test_no_name_leaves_its_header(name: str) -> None:
    header = disposition("attachment", "application/pdf", safe_name(name))
    matched = re.fullmatch(r"attachment; filename=\"([ -~]*)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]*)", header)
    assert matched is not None, header
    assert '"' not in matched[1] and "\\" not in matched[1]
    assert unquote(matched[2]) == safe_name(name)


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf", "text/plain", "image/tiff"])
def test_what_is_no_picture_is_never_shown_by_a_browser(content_type: str) -> None:
    assert disposition("inline", content_type, "x").startswith("attachment;")


def test_a_picture_is_shown_only_where_that_was_signed() -> None:
    assert disposition("inline", "image/png", "x").startswith("inline;")
    assert disposition("attachment", "image/png", "x").startswith("attachment;")


SCRIPTS = [b"<script>alert(1)</script>", b"<svg onload=alert(1)>", b"%PDF-1.7 and more", b"\0" * 16, b"", b"G", b"MZ"]


@pytest.mark.parametrize("content_type", SIGNATURES)
def test_a_picture_begins_as_its_type_does(content_type: str) -> None:
    for other, beginning in BEGINNINGS.items():
        assert is_what_it_says(content_type, beginning + b"more of it") == (other == content_type)
    for script in SCRIPTS:
        assert not is_what_it_says(content_type, script)
    longest = max(place + len(mark) for marks in SIGNATURES.values() for place, mark in marks)
    assert longest <= LONGEST_SIGNATURE


def test_the_key_is_made_of_ids_and_identity_documents_lie_apart() -> None:
    keys = [object_key(TENANT, PICTURE, "photo"), object_key(TENANT, PAPER, "contract"),
            object_key(TENANT, PAPER, "id_document")]  # fmt: skip
    assert [owned(TENANT, key) for key in keys] == [
        f"tenants/{TENANT}/media/{PICTURE}",
        f"tenants/{TENANT}/documents/{PAPER}",
        f"tenants/{TENANT}/id_documents/{PAPER}",
    ]
    assert (collection_of(PICTURE).noun, collection_of(PAPER).noun) == ("media", "document")


@pytest.mark.parametrize("of", [MEDIA, DOCUMENTS])
def test_a_file_is_of_exactly_one(of: Collection) -> None:
    none: dict[str, str | None] = dict.fromkeys(of.owners)
    for name in of.owners:
        check_owner(of, none | {name: "x"})
    for fields, at_fault in ((none, of.owners), (none | dict.fromkeys(of.owners[:2], "x"), of.owners[:2])):
        with pytest.raises(Unprocessable) as refused:
            check_owner(of, fields)
        assert [one["param"] for one in refused.value.evidence["errors"]] == list(at_fault)


def test_only_an_identity_document_goes_by_itself() -> None:
    assert due_when_ready("id_document", 1_000) == 1_000 + ID_KEPT == 1_000 + 30 * DAY
    assert due_when_ready("contract", 1_000) is None


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None), ("", None), ("bytes=0-", (0, 1000)), ("bytes=0-0", (0, 1)), ("bytes=999-", (999, 1)),
        ("bytes=10-19", (10, 10)), ("bytes=990-2000", (990, 10)), ("bytes=-1", (999, 1)), ("bytes=-1000", (0, 1000)),
        ("bytes=-5000", (0, 1000)), ("bytes=0-999", (0, 1000)), (" bytes=1-2 ", (1, 2)),
        ("bytes=-", None), ("bytes=5-4", None), ("bytes=a-b", None), ("items=0-1", None), ("bytes=0-1,5-6", None),
        ("bytes=0x1-2", None), ("bytes=--1", None), ("bytes=1", None), ("bytes=" + "9" * 5000 + "-", None),
    ],
)  # fmt: skip
def test_a_range_is_a_part_or_everything(header: str | None, part: tuple[int, int] | None) -> None:
    assert part_of(header, 1_000) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=999999999999999-"])
def test_a_range_beyond_the_end_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        part_of(header, 1_000)
    assert refused.value.evidence == {"size": 1_000}


@given(st.integers(1, 2000), st.integers(0, 2100), st.integers(0, 2100))
def test_a_part_lies_within_the_file(size: int, first: int, last: int) -> None:
    content = bytes(number % 256 for number in range(size))
    try:
        part = part_of(f"bytes={first}-{last}", size)
    except RangeNotSatisfiable:
        assert first >= size and first <= last
        return
    if first > last:
        assert part is None
    else:
        assert part is not None
        assert content[part[0] : part[0] + part[1]] == content[first : last + 1]
