"""The stand-in answers as Resend does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.standin_client import StandIn

MAIL = {"from": "PropFlow <hello@propflow.example.net>", "to": ["g@example.net"], "subject": "Hi", "html": "<p>Hi</p>"}


def send(http: httpx.Client, mail: dict[str, Any], key: str | None = None, token: str = "re_test") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key is not None else {})
    return http.post("/resend/emails", json=mail, headers=headers)


def test_an_email_is_accepted_and_shown(server: StandIn, http: httpx.Client) -> None:
    answer = send(http, MAIL)
    assert answer.status_code == 200
    assert list(answer.json()) == ["id"]
    (email,) = server.emails(to="g@example.net")
    assert email["id"] == answer.json()["id"]
    assert (email["subject"], email["html"], email["text"]) == ("Hi", "<p>Hi</p>", None)
    assert server.emails(to="other@example.net") == []


def test_the_same_key_and_body_is_one_email(server: StandIn, http: httpx.Client) -> None:
    first, again = send(http, MAIL, "k"), send(http, MAIL, "k")
    assert first.json() == again.json()
    assert len(server.emails()) == 1
    assert [call["status"] for call in server.calls("resend")] == [200, 200]


def test_the_same_key_with_another_body_is_refused(server: StandIn, http: httpx.Client) -> None:
    send(http, MAIL, "k")
    answer = send(http, MAIL | {"subject": "Bye"}, "k")
    assert answer.status_code == 409
    assert answer.json()["name"] == "invalid_idempotent_request"
    assert len(server.emails()) == 1


def test_keys_belong_to_an_api_key(server: StandIn, http: httpx.Client) -> None:
    assert send(http, MAIL, "k", token="re_a").json() != send(http, MAIL, "k", token="re_b").json()
    assert len(server.emails()) == 2


def test_without_a_bearer_key_nothing_is_accepted(server: StandIn, http: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Basic cmU6cmU="}):
        answer = http.post("/resend/emails", json=MAIL, headers=headers)
        assert (answer.status_code, answer.json()["name"]) == (401, "missing_api_key")
    assert server.emails() == []


@pytest.mark.parametrize(
    ("change", "status", "name", "message"),
    [
        ({"to": []}, 422, "missing_required_field", "Missing `to` field."),
        ({"from": ""}, 422, "missing_required_field", "Missing `from` field."),
        ({"subject": None}, 422, "missing_required_field", "Missing `subject` field."),
        ({"html": ""}, 422, "validation_error", "Missing `html` or `text` field."),
        ({"to": "nobody"}, 422, "validation_error", "Invalid `to` field."),
        ({"to": ["g@example.net\r\nBcc: x@example.net"]}, 422, "validation_error", "Invalid `to` field."),
        ({"from": "Casa <no>"}, 422, "validation_error", "Invalid `from` field."),
        ({"to": ["g@example.net"] * 51}, 422, "validation_error", "more than 50"),
        ({"subject": "a\nb"}, 422, "validation_error", "not allowed in the `subject`"),
    ],
)
def test_a_wrong_field_is_refused(
    server: StandIn, http: httpx.Client, change: dict[str, Any], status: int, name: str, message: str
) -> None:
    answer = send(http, MAIL | change)
    body = answer.json()
    assert (answer.status_code, body["statusCode"], body["name"]) == (status, status, name)
    assert message in body["message"]
    assert server.emails() == []


def test_a_key_that_is_too_long_and_a_body_that_is_not_json_are_refused(http: httpx.Client) -> None:
    assert send(http, MAIL, "k" * 257).json()["name"] == "invalid_idempotency_key"
    assert send(http, MAIL, "k" * 256).status_code == 200
    answer = http.post("/resend/emails", content=b"{", headers={"Authorization": "Bearer re"})
    assert answer.status_code == 400
