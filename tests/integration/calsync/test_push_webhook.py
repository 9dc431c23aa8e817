"""Availability told to an endpoint: signed, the same id in every attempt, and only 2xx is success."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration.calsync.pushing import Pushing
from standardwebhooks.webhooks import Webhook
from support.people import ok
from support.receiver import Receiver
from support.settling import settle


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def host(receiver: Receiver) -> str:
    return receiver.host


def test_the_reference_library_verifies_what_is_sent(pushing: Pushing, receiver: Receiver) -> None:
    made = pushing.webhook(f"http://{receiver.host}/verified")
    pushing.booking("2027-05-01", "2027-05-04")
    pushing.booking("2027-05-04", "2027-05-06")
    wanted = [{"start": "2027-05-01", "end": "2027-05-06"}]  # where they part is nobody's business

    def told() -> dict[str, Any]:
        return dict(json.loads(receiver.at("/verified")[-1].body))

    # The first message may go before the second booking is there, and nothing is left to tell until that is known.
    pushing.settled(made["id"], lambda row: not row["behind"] and told()["data"]["taken"] == wanted)
    for one in receiver.at("/verified"):
        Webhook(made["secret"]).verify(one.body, one.headers)
    assert told()["type"] == "unit.availability_changed"
    assert told()["data"]["unit_id"] == pushing.unit_id and told()["data"]["complete"] is True
    assert made["secret"].startswith("whsec_")
    assert "secret" not in pushing.target(made["id"])


def test_a_failed_message_comes_again_under_its_id(pushing: Pushing, receiver: Receiver) -> None:
    receiver.answers["/again"] = 500
    target = pushing.webhook(f"http://{receiver.host}/again")["id"]
    pushing.settled(target, lambda row: row["failures"] == 1)
    receiver.answers["/again"] = 302
    pushing.later(6)
    failed = pushing.settled(target, lambda row: row["failures"] == 2)
    assert "answered 302" in failed["error"]
    receiver.answers["/again"] = 204
    pushing.later(40)
    pushing.settled(target)
    ids = [one.headers["webhook-id"] for one in receiver.at("/again")]
    assert len(ids) == 3 and len(set(ids)) == 1
    assert receiver.at("/elsewhere") == []


def test_an_endpoint_that_is_gone_is_disabled_until_somebody_says_otherwise(
    pushing: Pushing, receiver: Receiver
) -> None:
    receiver.answers["/gone"] = 410
    target = pushing.webhook(f"http://{receiver.host}/gone")["id"]
    pushing.settled(target, lambda row: row["status"] == "disabled")
    pushing.booking("2027-05-01", "2027-05-04")
    settle(pushing.suite, pushing.manager.tenant["id"])  # or its message would be one more at the end
    pushing.later(3_000)
    assert len(receiver.at("/gone")) == 1
    receiver.answers["/gone"] = 200
    pushing.change(target, status="active")
    pushing.settled(target)
    assert len(receiver.at("/gone")) == 2


def test_nobody_reads_what_an_endpoint_has_to_say(pushing: Pushing, receiver: Receiver) -> None:
    receiver.answers["/talks"], receiver.bodies["/talks"] = 200, b"x" * 1_000_000
    target = pushing.webhook(f"http://{receiver.host}/talks")["id"]
    assert pushing.settled(target)["failures"] == 0
    assert len(receiver.at("/talks")) == 1


def test_a_new_secret_signs_beside_the_old_one(pushing: Pushing, receiver: Receiver) -> None:
    made = pushing.webhook(f"http://{receiver.host}/rotated")
    pushing.settled(made["id"])
    new = ok(pushing.manager.api.post(f"/v1/push_targets/{made['id']}/rotate_secret"), 200)
    pushing.booking("2027-05-01", "2027-05-04")
    pushing.settled(made["id"], lambda row: not row["behind"] and len(receiver.at("/rotated")) == 2)
    last = receiver.at("/rotated")[-1]
    assert len(last.headers["webhook-signature"].split()) == 2
    for secret in (made["secret"], new["secret"]):
        Webhook(secret).verify(last.body, last.headers)


def test_a_secret_stands_in_the_first_answer_only(pushing: Pushing, receiver: Receiver) -> None:
    body = {"unit_id": pushing.unit_id, "kind": "webhook", "url": f"http://{receiver.host}/once"}
    answers = [pushing.manager.api.post("/v1/push_targets", body, key="once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].json()["secret"] and answers[1].json()["secret"] is None


def test_a_unit_has_a_bounded_number_of_targets(pushing: Pushing, receiver: Receiver) -> None:
    for number in range(10):
        pushing.webhook(f"http://{receiver.host}/many-{number}")
    body = {"unit_id": pushing.unit_id, "kind": "webhook", "url": f"http://{receiver.host}/many"}
    answer = pushing.manager.api.post("/v1/push_targets", body)
    assert answer.status_code == 409 and answer.json()["code"] == "too_many_push_targets"


def test_credentials_belong_to_caldav(pushing: Pushing, receiver: Receiver) -> None:
    url = f"http://{receiver.host}/none"
    for body in ({"kind": "webhook", "username": "u", "password": "p"}, {"kind": "caldav"}, {"kind": "fax"}):
        answer = pushing.manager.api.post("/v1/push_targets", {"unit_id": pushing.unit_id, "url": url} | body)
        assert answer.status_code == 422, answer.text
    assert receiver.at("/none") == []
