"""Signed addresses over HTTP: nothing but what was signed works, whoever tries it."""

import asyncio
import time
from typing import Any

import httpx
import msgspec
import pytest
from support.files import announce_picture, call, here, link_of, lying, path_of, picture, send, signer, stored_picture
from support.people import Manager
from support.suite import Suite

REFUSED = {403, 404}
FLIPS = "Aa0-_.~%/=&\u00e9"  # one of each class; every character at every place is tried in tests/unit


@pytest.fixture
def stored(suite: Suite, alice: Manager) -> dict[str, Any]:
    """A picture that is ready, and the address that it was sent to."""
    made = announce_picture(alice.api, picture(), property_id=alice.property_id)
    assert send(suite, made, picture()).status_code == 201
    found = alice.api.get(f"/v1/media/{made['id']}").json()
    return {**found, "upload": made["upload"]}


def signed(suite: Suite, url: str, **changes: Any) -> str:
    """The same address with changes, signed by us."""
    return suite.url + signer().target(msgspec.structs.replace(link_of(url), **changes))


def test_a_flipped_character_opens_nothing(suite: Suite, stored: dict[str, Any]) -> None:
    target = path_of(stored["url"])
    places = [*range(1, 14), *range(14, len(target), 7), len(target) - 1]
    tried = [target[:place] + other + target[place + 1 :]
             for place in places for other in FLIPS if other != target[place]]  # fmt: skip
    answers = asyncio.run(_statuses(suite.url, tried))
    print(f"\n{len(tried)} flipped addresses: {sorted(set(answers))}")
    assert len(tried) > 300
    assert [one for one, status in zip(tried, answers, strict=True) if status not in {401, 403, 404}] == []
    within = [status for one, status in zip(tried, answers, strict=True) if one.startswith("/files/")]
    assert set(within) <= REFUSED


async def _statuses(base: str, targets: list[str]) -> list[int]:
    gate = asyncio.Semaphore(8)

    async with httpx.AsyncClient(base_url=base, timeout=60) as client:

        async def one(target: str) -> int:
            async with gate:
                return (await client.get(target)).status_code

        return list(await asyncio.gather(*[one(target) for target in targets]))


def test_an_address_works_for_its_method_only(suite: Suite, stored: dict[str, Any]) -> None:
    read, upload = here(suite, stored["url"]), here(suite, stored["upload"]["url"])
    for method in ("PUT", "POST", "DELETE", "PATCH", "OPTIONS"):
        assert call(method, read, content=picture()).status_code in REFUSED
    for method in ("GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS"):
        assert call(method, upload).status_code in REFUSED
    assert call("GET", read).content == picture()


def test_an_address_ends(suite: Suite, stored: dict[str, Any]) -> None:
    now = int(time.time() * 1000)
    assert call("GET", signed(suite, stored["url"], ends_at=now + 60_000)).status_code == 200
    over = call("GET", signed(suite, stored["url"], ends_at=now - 1))
    assert (over.status_code, over.json()["code"]) == (403, "link_expired")
    for life in (1_500, 15_000, 120_000):  # a busy machine may answer the first only after its end
        soon = int(time.time() * 1000) + life
        brief = signed(suite, stored["url"], ends_at=soon)
        before = call("GET", brief)
        if int(time.time() * 1000) < soon:
            break
    assert before.status_code == 200
    while int(time.time() * 1000) < soon:
        time.sleep(0.05)
    assert call("GET", brief).status_code == 403
    headers = {"Content-Type": "image/png"}
    late = call("PUT", signed(suite, stored["upload"]["url"], ends_at=now - 1), content=picture(), headers=headers)
    assert late.status_code == 403


def test_a_longer_life_needs_another_signature(suite: Suite, stored: dict[str, Any]) -> None:
    longer = path_of(signed(suite, stored["url"], ends_at=link_of(stored["url"]).ends_at + 1))
    own = path_of(stored["url"])
    mixed = f"{longer.partition('?')[0]}?{own.partition('?')[2]}"
    assert call("GET", suite.url + mixed).status_code == 403


def test_no_trick_with_the_path_opens_anything(suite: Suite, stored: dict[str, Any]) -> None:
    target = path_of(stored["url"])
    address, said = target.removeprefix("/files/"), link_of(stored["url"]).key
    tricks = [
        f"/files/..%2f{address}", f"/files/%2e%2e%2f{address}", f"/files/%252e%252e%252f{address}",
        f"/files//{address}",
        f"/files/{said}", f"/files/../{said}", f"/files/..%2f..%2f{said}", f"/files/{said.replace('/', '%2f')}",
        f"/files/{address.replace('.', '%2e', 1)}", f"/files/{address.replace('.', '%252e', 1)}",
        f"/files%2f{address}", f"/Files/{address}", f"/files/{address}%00", f"/files/{address}/../..", "/files/",
        "/files",
        "/files/.?signature=", "/files/k1.?signature=", f"/files/{'A' * 4000}.{'A' * 2000}",
    ]  # fmt: skip
    answers = {trick: call("GET", suite.url + trick).status_code for trick in tricks}
    assert {trick: status for trick, status in answers.items() if status not in REFUSED} == {}


def test_a_key_of_another_tenant_is_nowhere_even_when_we_signed_it(suite: Suite, alice: Manager, bob: Manager) -> None:
    own = stored_picture(suite, alice.api, picture(), property_id=alice.property_id)
    theirs = stored_picture(suite, bob.api, picture(2_000), property_id=bob.property_id)
    mine, other = link_of(own["url"]).key, link_of(theirs["url"]).key
    for key in (mine.replace(alice.tenant["id"], bob.tenant["id"]), other.replace(bob.tenant["id"], alice.tenant["id"]),
                mine.replace("/media/", "/documents/"), mine.replace("/media/", "/id_documents/")):  # fmt: skip
        assert call("GET", signed(suite, own["url"], key=key)).status_code == 404


def test_what_was_signed_to_be_shown_is_saved_when_it_is_no_picture(suite: Suite, alice: Manager) -> None:
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id)
    for content_type in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"):
        read = call("GET", signed(suite, stored["url"], content_type=content_type, disposition="inline"))
        assert read.headers["content-disposition"].startswith("attachment;")
        assert read.headers["x-content-type-options"] == "nosniff"


def test_sizes_in_the_query_are_for_others_and_change_nothing(suite: Suite, stored: dict[str, Any]) -> None:
    read = call("GET", here(suite, stored["url"]) + "&width=400&height=300&format=webp")
    assert (read.status_code, read.content) == (200, picture())


def test_an_address_to_upload_to_used_again_changes_nothing(suite: Suite, alice: Manager) -> None:
    first, second = picture(500), picture(500)[:-1] + b"!"
    made = announce_picture(alice.api, first, property_id=alice.property_id)
    once = send(suite, made, first)
    again = send(suite, made, second)
    assert (once.status_code, again.status_code) == (201, 200)
    assert once.headers["etag"] == again.headers["etag"]
    assert list(lying(suite, alice.tenant["id"]).values()) == [first]
