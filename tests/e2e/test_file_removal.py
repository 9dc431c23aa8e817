"""Deleting: gone for everybody at once, from R2 soon after, and no object stays behind whatever happens between."""

import time

import pytest
from support.files import announce_picture, call, here, lying, picture, send, stored_document, stored_picture
from support.people import Manager, ok
from support.suite import Suite
from support.verbs import Json
from support.waiting import eventually

PAPER = b"%PDF-1.7 a passport"


def row(suite: Suite, made: Json) -> list[Json]:
    return suite.d1("SELECT status, due_at, upload_ends_at FROM files WHERE id = ?", made["id"])


def let_time_pass(suite: Suite, made: Json) -> None:
    """As if a file had been announced long ago, and were due now."""
    suite.d1("UPDATE files SET due_at = 1, upload_ends_at = 1 WHERE id = ?", made["id"])


def types(alice: Manager, made: Json) -> list[str]:
    return [one["type"] for one in ok(alice.api.get("/v1/events", object_id=made["id"]), 200)["data"]]


def test_a_deleted_file_is_gone_at_once_and_leaves_the_store(suite: Suite, alice: Manager) -> None:
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id)
    path, address = f"/v1/media/{stored['id']}", here(suite, stored["url"])
    assert alice.api.request("DELETE", path, headers={"If-Match": '"1"'}).status_code == 412
    assert alice.api.request("DELETE", path).status_code == 204
    assert alice.api.get(path).status_code == 404
    assert ok(alice.api.get("/v1/media"), 200)["data"] == []
    assert call("GET", address).status_code == 404
    assert alice.api.request("DELETE", path).status_code == 404
    eventually(lambda: lying(suite, alice.tenant["id"]) == {}, what="the object to go")
    assert types(alice, stored) == ["media.created", "media.uploaded", "media.deleted"]


def test_upkeep_removes_what_the_delete_could_not_and_then_the_row(suite: Suite, alice: Manager) -> None:
    """Here the Worker dies right after the commit: the row says deleted, the object lies there still."""
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id)
    now = int(time.time() * 1000)
    suite.d1("UPDATE files SET status = 'deleted', due_at = ?2 WHERE id = ?1", stored["id"], now)
    assert call("GET", here(suite, stored["url"])).status_code == 404
    suite.cron("api")
    assert lying(suite, alice.tenant["id"]) == {}
    [left] = row(suite, stored)
    assert (left["status"], left["due_at"]) == ("deleted", left["upload_ends_at"])  # an upload may be under way
    let_time_pass(suite, stored)
    suite.cron("api")
    assert row(suite, stored) == []


def test_what_an_upload_brings_back_after_the_delete_is_removed_in_the_end(suite: Suite, alice: Manager) -> None:
    made = announce_picture(alice.api, picture(), property_id=alice.property_id)
    assert send(suite, made, picture()).status_code == 201
    assert alice.api.request("DELETE", f"/v1/media/{made['id']}").status_code == 204
    # It removes the object after its answer: until then it could take what comes next.
    eventually(lambda: lying(suite, alice.tenant["id"]) == {}, what="the object to go")
    assert send(suite, made, picture()).status_code == 404
    # For the Worker that looked before.
    suite.d1("UPDATE files SET status = 'pending', etag = NULL WHERE id = ?", made["id"])
    assert send(suite, made, picture()).status_code == 201
    suite.d1("UPDATE files SET status = 'deleted', due_at = 1 WHERE id = ?", made["id"])
    assert len(lying(suite, alice.tenant["id"])) == 1
    let_time_pass(suite, made)
    suite.cron("api")
    assert (lying(suite, alice.tenant["id"]), row(suite, made)) == ({}, [])


def test_what_was_never_sent_is_forgotten_after_a_day(suite: Suite, alice: Manager) -> None:
    made = announce_picture(alice.api, picture(), property_id=alice.property_id)
    suite.cron("api")
    [waiting] = row(suite, made)
    assert (waiting["status"], waiting["due_at"]) == ("pending", waiting["upload_ends_at"])
    assert waiting["due_at"] - int(time.time() * 1000) > 86_000_000
    let_time_pass(suite, made)
    suite.cron("api")
    suite.cron("api")
    assert row(suite, made) == []
    assert alice.api.get(f"/v1/media/{made['id']}").status_code == 404
    assert types(alice, made) == ["media.created", "media.deleted"]


def test_an_object_that_was_stored_while_the_worker_died_is_found(suite: Suite, alice: Manager) -> None:
    """It was never acknowledged, and nobody sent it again: a day later nothing of it is left."""
    made = announce_picture(alice.api, picture(), property_id=alice.property_id)
    assert send(suite, made, picture()).status_code == 201
    suite.d1("UPDATE files SET status = 'pending', etag = NULL, due_at = 1 WHERE id = ?", made["id"])
    let_time_pass(suite, made)
    suite.cron("api")
    suite.cron("api")
    assert (lying(suite, alice.tenant["id"]), row(suite, made)) == ({}, [])


def test_an_identity_document_goes_when_its_time_has_come(suite: Suite, alice: Manager) -> None:
    stored = stored_document(suite, alice.api, PAPER, property_id=alice.property_id, kind="id_document")
    other = stored_document(suite, alice.api, PAPER, property_id=alice.property_id)
    suite.cron("api")
    assert call("GET", here(suite, stored["url"])).status_code == 200
    let_time_pass(suite, stored)
    suite.cron("api")
    suite.cron("api")
    assert call("GET", here(suite, stored["url"])).status_code == 404
    assert call("GET", here(suite, other["url"])).status_code == 200
    assert list(lying(suite, alice.tenant["id"])) == [f"tenants/{alice.tenant['id']}/documents/{other['id']}"]
    entries = ok(alice.api.get("/v1/audit_events", action="files.expired"), 200)["data"]
    assert entries == [] or entries[0]["changes"]["files"] == [stored["id"]]


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_a_stranger_neither_changes_nor_deletes(suite: Suite, alice: Manager, bob: Manager, verb: str) -> None:
    stored = stored_picture(suite, alice.api, picture(), property_id=alice.property_id)
    body = {"position": 9} if verb == "PATCH" else None
    answer = bob.api.request(verb, f"/v1/media/{stored['id']}", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 404
    assert call("GET", here(suite, stored["url"])).status_code == 200
