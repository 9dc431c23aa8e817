"""Signed addresses: what was signed is what they allow, and nothing that differs by one character."""

import base64
import json
import string
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.files.store.signing import PREFIX, Link, Signer
from propflow.errors import AppError, Forbidden, NotFound
from propflow.keyring import Keyring

END = 1_800_000_000_000
BEFORE = END - 1
CLASSES = string.ascii_letters + string.digits + "-_.~/%+=&?;:@ \\\"'<>\0\n\u00e9\u202e\u2025"


def ring(current: str = "k1", *others: str) -> Keyring:
    names = (current, *others)
    return Keyring(current, {name: name.encode().ljust(32, b"x") for name in names})


def link(**more: Any) -> Link:
    whole: dict[str, Any] = {
        "method": "GET", "key": f"tenants/ten_{'0' * 26}/media/med_{'1' * 26}", "content_type": "image/png",
        "size": 1_000, "disposition": "inline", "ends_at": END,
    }  # fmt: skip
    return Link(**(whole | more))


SIGNER = Signer(ring())


def parts(target: str) -> list[str]:
    """Key id, what is allowed, signature."""
    path, _, signature = target.removeprefix(PREFIX).partition("?signature=")
    return [*path.split("."), signature]


def refused(path: str, method: str = "GET", now: int = BEFORE, signer: Signer = SIGNER) -> int:
    with pytest.raises(AppError) as error:
        signer.read(path, method, now)
    assert isinstance(error.value, Forbidden | NotFound)
    return error.value.status


@pytest.mark.parametrize(("signed", "used"), [("GET", "GET"), ("GET", "HEAD"), ("PUT", "PUT")])
def test_an_address_allows_what_was_signed(signed: Any, used: str) -> None:
    assert SIGNER.read(SIGNER.target(link(method=signed)), used, BEFORE) == link(method=signed)


def test_a_flipped_character_of_any_class_at_any_place_is_refused() -> None:
    path = SIGNER.target(link())
    for place in range(len(path)):
        for other in CLASSES:
            if other != path[place]:
                assert refused(path[:place] + other + path[place + 1 :]) in (403, 404)


def test_a_character_more_or_less_is_refused() -> None:
    path = SIGNER.target(link())
    for place in range(len(path) + 1):
        assert refused(path[:place] + "A" + path[place:]) in (403, 404)
        if place < len(path):
            assert refused(path[:place] + path[place + 1 :]) in (403, 404)


@given(st.text(max_size=300))
def test_no_text_is_an_address(text: str) -> None:
    assert refused(PREFIX + text) in (403, 404)


OTHERS: list[dict[str, Any]] = [
    {"method": "PUT"}, {"key": f"tenants/ten_{'9' * 26}/media/med_{'1' * 26}"}, {"content_type": "text/html"},
    {"size": 1_001}, {"disposition": "attachment"}, {"ends_at": END + 1}, {"ends_at": END * 2},
]  # fmt: skip


@pytest.mark.parametrize("change", OTHERS, ids=str)
def test_what_it_says_cannot_be_changed_under_its_signature(change: dict[str, Any]) -> None:
    kid, _, mac = parts(SIGNER.target(link()))
    said = base64.urlsafe_b64encode(msgspec.json.encode(link(**change))).decode().rstrip("=")
    for method in ("GET", "PUT", "HEAD"):
        assert refused(f"{PREFIX}{kid}.{said}?signature={mac}", method) == 403


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get", ""])
def test_an_address_to_read_allows_no_other_method(method: str) -> None:
    assert refused(SIGNER.target(link()), method) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PATCH", "put"])
def test_an_address_to_upload_to_allows_no_other_method(method: str) -> None:
    assert refused(SIGNER.target(link(method="PUT")), method) == 403


def test_it_ends_when_it_says_without_grace() -> None:
    path = SIGNER.target(link())
    assert SIGNER.read(path, "GET", END - 1)
    assert refused(path, now=END) == 403
    assert refused(path, now=END + 10**9) == 403


@pytest.mark.parametrize("trick", [
    "..%2f{}", "%2e%2e/{}", "../files/{}", "{}/..", "{}/", "/{}", "{}%00", "{}%2f", "./{}", "{};x", "{}#x", "{}.png",
])  # fmt: skip
def test_tricks_with_the_path_are_refused(trick: str) -> None:
    address = SIGNER.target(link()).removeprefix(PREFIX)
    assert refused(PREFIX + trick.format(address)) in (403, 404)


@pytest.mark.parametrize("more", ["&width=400", "&width=400&height=300", "&", "&w", "&signed=x"])
def test_what_else_stands_in_the_query_means_nothing(more: str) -> None:
    target = SIGNER.target(link())
    path, _, query = target.partition("?")
    assert SIGNER.read(target + more, "GET", BEFORE) == link()
    assert SIGNER.read(f"{path}?{more.lstrip('&')}&{query}", "GET", BEFORE) == link()


def test_a_signature_stands_there_once() -> None:
    target = SIGNER.target(link())
    query = target.partition("?")[2]
    for double in (f"{target}&{query}", f"{target}&signature=", f"{target}&signature=x"):
        assert refused(double) == 403
    for none in (target.partition("?")[0], target.replace("?signature=", "?Signature="), target.replace("?", "&")):
        assert refused(none) in (403, 404)


def test_no_character_may_be_escaped() -> None:
    path = SIGNER.target(link())
    for place in range(len(PREFIX), len(path)):
        for escaped in (f"%{ord(path[place]):02x}", f"%25{ord(path[place]):02x}"):
            assert refused(path[:place] + escaped + path[place + 1 :]) in (403, 404)


def test_a_retired_key_still_opens_and_a_removed_one_does_not() -> None:
    path = SIGNER.target(link())
    assert Signer(ring("k2", "k1")).read(path, "GET", BEFORE) == link()
    assert refused(path, signer=Signer(ring("k2"))) == 403


def test_another_key_under_the_same_name_opens_nothing() -> None:
    assert refused(SIGNER.target(link()), signer=Signer(Keyring("k1", {"k1": b"y" * 32}))) == 403


def test_the_key_of_another_purpose_signs_nothing_here() -> None:
    """Who could make tokens for mails or calendars with the same secret could make no address."""
    import hashlib
    import hmac

    kid, said, mac = parts(SIGNER.target(link()))
    for secret in (ring().key("k1"), ring().derived("k1", "another purpose")):
        digest = hmac.new(secret, f"{kid}.{said}".encode(), hashlib.sha256).digest()
        forged = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert forged != mac
        assert refused(f"{PREFIX}{kid}.{said}?signature={forged}") == 403


@pytest.mark.parametrize(
    "said", [{}, [], ["GET"], 1, ["GET", "k", "t", 1, "inline", END, 1], ["DELETE", "k", "t", 1, "inline", END]]
)
def test_even_what_is_signed_must_be_a_link(said: Any) -> None:
    text = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    assert refused(f"{PREFIX}k1.{text}?signature={SIGNER._mac('k1', text)}") == 403
