"""The stand-in answers as ClickSend does, also where that surprises."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from support.standin_client import StandIn

AUTH = ("user", "key")


def sms(to: str = "+34600000001", body: str = "Welcome", **more: Any) -> dict[str, Any]:
    return {"to": to, "body": body, "source": "propflow", "from": "PropFlow360", "custom_string": "ref-1"} | more


def send(http: httpx.Client, *messages: dict[str, Any]) -> httpx.Response:
    return http.post("/clicksend/v3/sms/send", json={"messages": messages}, auth=AUTH)


def search(http: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = http.get("/clicksend/v3/sms/history", params=params, auth=AUTH)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_a_message_is_queued(server: StandIn, http: httpx.Client) -> None:
    body = send(http, sms()).json()
    assert (body["http_code"], body["response_code"]) == (200, "SUCCESS")
    assert (body["data"]["total_count"], body["data"]["queued_count"]) == (1, 1)
    (message,) = body["data"]["messages"]
    assert (message["status"], message["custom_string"]) == ("SUCCESS", "ref-1")
    assert message["message_id"] == message["message_id"].upper()
    (kept,) = server.sms(to="+34600000001")
    assert (kept["body"], kept["message_id"]) == ("Welcome", message["message_id"])


def test_there_is_no_idempotency(server: StandIn, http: httpx.Client) -> None:
    send(http, sms())
    send(http, sms())
    assert len(server.sms()) == 2


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (sms(to="+000"), "INVALID_RECIPIENT"),
        (sms(to="612345678"), "INVALID_RECIPIENT"),
        (sms(body=" "), "EMPTY_MESSAGE"),
        (sms(**{"from": "A name that is too long"}), "INVALID_SENDER_ID"),
    ],
)
def test_a_wrong_message_is_refused_inside_a_200(
    server: StandIn, http: httpx.Client, message: dict[str, Any], status: str
) -> None:
    answer = send(http, message, sms(to="+34600000002"))
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert [message["status"] for message in data["messages"]] == [status, "SUCCESS"]
    assert data["queued_count"] == 1
    assert data["messages"][0]["message_id"]
    assert [kept["to"] for kept in server.sms()] == ["+34600000002"]


def test_basic_auth_is_required(server: StandIn, http: httpx.Client) -> None:
    wrong = ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic %%"}, {"Authorization": "Basic dXNlcjo="})
    for headers in wrong:
        for method, path in (("POST", "send"), ("GET", "history")):
            answer = http.request(method, f"/clicksend/v3/sms/{path}", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["response_code"] == "UNAUTHORIZED"
    assert server.sms() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"messages": []}', b'{"messages": ["x"]}', b'{"messages": 1}'])
def test_a_wrong_body_is_a_400(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/clicksend/v3/sms/send", content=body, auth=AUTH)
    assert (answer.status_code, answer.json()["response_code"]) == (400, "BAD_REQUEST")


def test_history_comes_in_pages_oldest_first(http: httpx.Client) -> None:
    send(http, *[sms(body=f"n{number}") for number in range(32)])
    first, last = search(http), search(http, page=3)
    assert (first["total"], first["per_page"], first["current_page"], first["last_page"]) == (32, 15, 1, 3)
    assert [row["body"] for row in first["data"]] == [f"n{number}" for number in range(15)]
    assert [row["body"] for row in last["data"]] == ["n30", "n31"]
    newest = search(http, order_by="date:desc", limit=20)["data"]
    assert newest[0]["body"] == "n31"
    assert len(newest) == 20


def test_history_finds_by_recipient_and_id_but_not_by_custom_string(http: httpx.Client) -> None:
    sent = send(http, sms(), sms(to="+34600000002", custom_string="ref-2")).json()["data"]["messages"]
    assert [row["custom_string"] for row in search(http, q="to:+34600000002")["data"]] == ["ref-2"]
    assert search(http, q=f"message_id:{sent[0]['message_id']}")["total"] == 1
    assert search(http, q="custom_string:ref-2")["total"] == 2
    assert search(http, q="to:+34600000009") | {"data": []} == {
        "total": 0,
        "per_page": 15,
        "current_page": 1,
        "last_page": 0,
        "data": [],
    }


def test_history_of_a_time(http: httpx.Client) -> None:
    send(http, sms())
    now = int(time.time())
    assert search(http, date_from=now - 60, date_to=now + 60)["total"] == 1
    assert search(http, date_from=now + 60)["total"] == search(http, date_to=now - 60)["total"] == 0


def test_history_refuses_limits_outside_of_its_bounds(http: httpx.Client) -> None:
    for limit in ("14", "101", "x"):
        assert http.get("/clicksend/v3/sms/history", params={"limit": limit}, auth=AUTH).status_code == 400


def test_a_custom_string_keeps_50_characters(server: StandIn, http: httpx.Client) -> None:
    (message,) = send(http, sms(custom_string="x" * 60)).json()["data"]["messages"]
    assert message["custom_string"] == "x" * 50
    assert server.sms()[0]["custom_string"] == "x" * 50
