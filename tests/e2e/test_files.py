"""Pictures and documents: announce, send, read, change."""

import pytest
from support.client import Api
from support.files import (
    announce_document,
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
from support.waiting import eventually

PAPER = b"%PDF-1.7 a contract"
ABSENT = "0" * 26


def test_a_picture_is_announced_sent_and_read(suite: Suite, alice: Manager) -> None:
    content = picture(300_000)
    unit_id = alice.new_unit()
    made = announce_picture(alice.api, content, unit_id=unit_id, title="The lake", position=3)
    assert (made["status"], made["url"], made["upload"]["method"]) == ("pending", None, "PUT")
    answer = send(suite, made, content)
    assert (answer.status_code, answer.content) == (201, b"")
    found = ok(alice.api.get(f"/v1/media/{made['id']}"), 200)
    assert (found["status"], found["title"], found["position"], found["unit_id"]) == ("ready", "The lake", 3, unit_id)
    read = call("GET", here(suite, found["url"]))
    assert (read.status_code, read.content) == (200, content)
    assert read.headers["etag"] == answer.headers["etag"]
    told = {name: read.headers[name] for name in ("content-type", "content-length", "content-disposition")}
    assert told == {
        "content-type": "image/png",
        "content-length": "300000",
        "content-disposition": "inline; filename=\"view.png\"; filename*=UTF-8''view.png",
    }
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert read.headers["cache-control"].startswith("private, max-age=")
    cost = "statements=1, batches=1, rows_read=2, rows_written=0"  # the file, and whether its tenant is suspended
    assert read.headers["propflow-cost"].startswith(cost)


def test_an_address_stays_the_same_for_a_while_so_that_browsers_know_it(suite: Suite, alice: Manager) -> None:
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id)
    addresses = {ok(alice.api.get(f"/v1/media/{stored['id']}"), 200)["url"] for _ in range(3)}
    assert len(addresses | {stored["url"]}) <= 2  # the hour may just have struck


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf", "image/png", "text/plain"])
def test_a_document_is_never_shown_but_saved(suite: Suite, alice: Manager, content_type: str) -> None:
    content = picture(100) if content_type == "image/png" else b"<svg onload=alert(1)><script>alert(1)</script>"
    stored = stored_document(suite, alice.api, content, property_id=alice.property_id, content_type=content_type,
                             file_name="naïve.html")  # fmt: skip
    read = call("GET", here(suite, stored["url"]))
    assert (read.content, read.headers["content-type"]) == (content, content_type)
    expected = "attachment; filename=\"na_ve.html\"; filename*=UTF-8''na%C3%AFve.html"
    assert read.headers["content-disposition"] == expected
    assert read.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in read.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../secret.png", "secret.png"), ("gpj.\u202egnp.exe", "gpj.gnp.exe"), ("شقة.png", "شقة.png"), ("..", "file")],
)
def test_a_name_is_told_and_is_no_part_of_the_key(suite: Suite, alice: Manager, sent: str, kept: str) -> None:
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id, file_name=sent)
    assert stored["file_name"] == kept
    assert list(lying(suite, alice.tenant["id"])) == [f"tenants/{alice.tenant['id']}/media/{stored['id']}"]


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 300, "", "a\nb.png"])
def test_a_name_that_is_none_is_refused(alice: Manager, name: str) -> None:
    body = {"property_id": alice.property_id, "kind": "photo", "content_type": "image/png", "size": 1}
    answer = alice.api.post("/v1/media", body | {"file_name": name})
    assert (answer.status_code, answer.json()["errors"][0]["param"]) == (422, "file_name")


def test_documents_belong_to_bookings_and_leases_too(suite: Suite, alice: Manager) -> None:
    unit_id = alice.new_unit()
    booking = alice.booking(unit_id, "2027-03-01", "2027-03-03")["id"]
    lease = ok(alice.api.create_lease(unit_id, "2028-01-01", "2028-07-01"))["id"]
    owners = {"property_id": alice.property_id, "unit_id": unit_id, "booking_id": booking, "lease_id": lease}
    made = {name: announce_document(alice.api, PAPER, **{name: value})["id"] for name, value in owners.items()}
    for name, value in owners.items():
        listed = ok(alice.api.get("/v1/documents", **{name: value}), 200)["data"]
        assert [(one["id"], one[name], one["url"]) for one in listed] == [(made[name], value, None)]
    assert len(ok(alice.api.get("/v1/documents"), 200)["data"]) == 4
    assert ok(alice.api.get("/v1/media"), 200)["data"] == []
    assert alice.api.get(f"/v1/media/{made['unit_id']}").status_code == 404


@pytest.mark.parametrize("name", ["property_id", "unit_id", "booking_id", "lease_id"])
def test_what_a_document_belongs_to_must_be_there(alice: Manager, name: str) -> None:
    prefix = {"property_id": "prop", "unit_id": "unit", "booking_id": "bkg", "lease_id": "lse"}[name]
    body = {"kind": "other", "file_name": "f", "content_type": "text/plain", "size": 1}
    answer = alice.api.post("/v1/documents", body | {name: f"{prefix}_{ABSENT}"})
    assert (answer.status_code, answer.json()["param"]) == (404, name)


def test_a_list_is_narrowed_and_shows_where_ready_pictures_are(suite: Suite, alice: Manager) -> None:
    home = {"property_id": alice.property_id}
    ready = stored_picture(suite, alice.api, picture(), **home)
    waiting = announce_picture(alice.api, picture(), kind="floor_plan", **home)
    listed = ok(alice.api.get("/v1/media", **home), 200)["data"]
    assert [(one["id"], one["url"] is None) for one in listed] == [(ready["id"], False), (waiting["id"], True)]
    assert [one["id"] for one in ok(alice.api.get("/v1/media", status="ready"), 200)["data"]] == [ready["id"]]
    assert [one["id"] for one in ok(alice.api.get("/v1/media", kind="floor_plan"), 200)["data"]] == [waiting["id"]]
    first = ok(alice.api.get("/v1/media", limit=1), 200)
    second = ok(alice.api.get("/v1/media", limit=1, after=first["next_cursor"]), 200)
    assert [one["id"] for one in first["data"] + second["data"]] == [ready["id"], waiting["id"]]
    assert alice.api.get("/v1/media", after=f"doc_{ABSENT}").status_code == 400


def test_title_kind_and_position_change_with_the_version_that_was_seen(suite: Suite, alice: Manager) -> None:
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id, title="Pool")
    path = f"/v1/media/{stored['id']}"
    assert alice.api.request("PATCH", path, json={"position": 2}).status_code == 428
    seen = {"If-Match": f'"{stored["version"]}"'}
    change = {"position": 2, "kind": "floor_plan", "title": None}
    changed = ok(alice.api.request("PATCH", path, json=change, headers=seen), 200)
    assert (changed["position"], changed["kind"], changed["title"]) == (2, "floor_plan", None)
    assert alice.api.request("PATCH", path, json={"position": 3}, headers=seen).status_code == 412
    happened = ok(alice.api.get("/v1/events", object_id=stored["id"]), 200)["data"]
    assert [one["type"] for one in happened] == ["media.created", "media.uploaded", "media.changed"]
    assert happened[2]["changed"] == {"kind": "floor_plan", "position": 2, "title": None}
    assert happened[2]["previous"] == {"kind": "photo", "position": 0, "title": None}


def test_an_announcement_is_made_once_however_often_it_is_sent(suite: Suite, alice: Manager) -> None:
    """The address is a secret, so it is not kept with the answer: who lost it reads the file."""
    body = {"property_id": alice.property_id, "kind": "photo", "file_name": "f", "content_type": "image/png", "size": 9}
    first, again = (alice.api.post("/v1/media", body, key="once") for _ in range(2))
    assert again.json() == first.json() | {"upload": None}
    [listed] = ok(alice.api.get("/v1/media"), 200)["data"]
    found = ok(alice.api.get(f"/v1/media/{listed['id']}"), 200)
    assert (listed["upload"], found["upload"]) == (None, first.json()["upload"])
    assert send(suite, found, picture(9)).status_code == 201
    assert ok(alice.api.get(f"/v1/media/{listed['id']}"), 200)["upload"] is None


def opened(api: Api, document_id: str) -> list[str]:
    found = ok(api.get("/v1/audit_events", object_id=document_id, action="document.opened"), 200)["data"]
    return [one["actor"] for one in found]


def test_an_identity_document_lies_apart_is_audited_and_kept_for_a_month(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), "2027-03-01", "2027-03-03")["id"]
    made = announce_document(alice.api, PAPER, booking_id=booking, kind="id_document")
    assert send(suite, made, PAPER).status_code == 201
    path = f"/v1/documents/{made['id']}"
    assert ok(alice.api.get("/v1/documents"), 200)["data"][0]["url"] is None
    assert opened(alice.api, made["id"]) == []
    found = ok(alice.api.get(path), 200)
    eventually(lambda: opened(alice.api, made["id"]) == [alice.user["id"]], what="the entry of the audit")
    assert call("GET", here(suite, found["url"])).content == PAPER
    assert list(lying(suite, alice.tenant["id"])) == [f"tenants/{alice.tenant['id']}/id_documents/{made['id']}"]
    [row] = suite.d1("SELECT due_at - updated_at AS kept FROM files WHERE id = ?", made["id"])
    assert row["kept"] == 30 * 86_400_000
    assert found["delete_at"] > found["created_at"]
    seen = {"If-Match": f'"{found["version"]}"'}
    refused = alice.api.request("PATCH", path, json={"kind": "contract"}, headers=seen)
    assert (refused.status_code, refused.json()["code"]) == (422, "kind_fixed")
    other = stored_document(suite, alice.api, PAPER, booking_id=booking)
    assert other["delete_at"] is None
    seen = {"If-Match": f'"{other["version"]}"'}
    refused = alice.api.request("PATCH", f"/v1/documents/{other['id']}", json={"kind": "id_document"}, headers=seen)
    assert (refused.status_code, refused.json()["param"]) == (422, "kind")


def test_a_test_space_has_files_of_its_own(suite: Suite, alice: Manager) -> None:
    spaces = [alice.api.with_token(ok(alice.api.create_api_key(mode, mode=mode))["key"]) for mode in ("live", "test")]
    homes = [ok(api.create_property("Casa"))["id"] for api in spaces]
    stored = [stored_picture(suite, api, picture(), property_id=home) for api, home in zip(spaces, homes, strict=True)]
    assert call("GET", here(suite, stored[1]["url"])).content == picture()
    for api, theirs, home in zip(spaces, reversed(stored), reversed(homes), strict=True):
        assert api.get(f"/v1/media/{theirs['id']}").status_code == 404
        assert ok(api.get("/v1/media", property_id=home), 200)["data"] == []
    [row] = suite.d1("SELECT tenant_id FROM files WHERE id = ?", stored[1]["id"])
    assert row["tenant_id"] != alice.tenant["id"]
    assert list(lying(suite, row["tenant_id"])) == [f"tenants/{row['tenant_id']}/media/{stored[1]['id']}"]


def test_no_log_holds_an_address(suite: Suite, alice: Manager) -> None:
    content = picture()
    made = announce_picture(alice.api, content, property_id=alice.property_id)
    send(suite, made, b"no picture" + content[10:])
    send(suite, made, content)
    found = ok(alice.api.get(f"/v1/media/{made['id']}"), 200)
    call("GET", here(suite, found["url"]))
    call("GET", here(suite, found["url"]) + "x")
    log = suite.output()
    for url in (made["upload"]["url"], found["url"]):
        said, signature = url.rpartition("/")[2].split("?signature=")
        assert said not in log and signature not in log
