"""Each way of failing is what it says, for as long as it says, and for that service only."""

from __future__ import annotations

import httpx
import pytest
from support.standin_client import StandIn

MAIL = {"from": "a@example.net", "to": "g@example.net", "subject": "Hi", "text": "Hi"}
TEXT = {"messages": [{"to": "+34600000001", "body": "Hi", "custom_string": "r"}]}


def email(http: httpx.Client, **options: float) -> httpx.Response:
    return http.post("/resend/emails", json=MAIL, headers={"Authorization": "Bearer re"}, **options)


def text(http: httpx.Client) -> httpx.Response:
    return http.post("/clicksend/v3/sms/send", json=TEXT, auth=("u", "k"))


def test_500_for_two_calls_then_well_again(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "500", count=2)
    assert [email(http).status_code for _ in range(3)] == [500, 500, 200]
    assert len(server.emails()) == 1
    assert [call["fault"] for call in server.calls("resend")] == ["500", "500", None]


def test_a_fault_lasts_until_cleared_and_leaves_the_others_alone(server: StandIn, http: httpx.Client) -> None:
    server.fault("clicksend", "500")
    assert [text(http).status_code for _ in range(3)] == [500] * 3
    assert email(http).status_code == 200
    server.clear_faults()
    assert text(http).status_code == 200


def test_ok_ends_a_fault(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "500")
    server.fault("resend", "ok")
    assert email(http).status_code == 200


def test_429_says_when_to_come_back(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "429", retry_after=7)
    server.fault("clicksend", "429", retry_after=9)
    answer = email(http)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["name"] == "rate_limit_exceeded"
    answer = text(http)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    assert answer.json()["response_code"] == "HTTP_TOO_MANY_REQUESTS"


def test_refuse_closes_without_an_answer_and_keeps_nothing(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "refuse", count=1)
    with pytest.raises(httpx.TransportError):
        email(http)
    assert server.emails() == []
    assert server.calls("resend")[0]["status"] is None


def test_drop_after_accept_keeps_the_message_but_never_says_so(server: StandIn, http: httpx.Client) -> None:
    server.faults(
        [{"service": service, "mode": "drop_after_accept", "count": 1} for service in ("resend", "clicksend")]
    )
    for send in (email, text):
        with pytest.raises(httpx.TransportError):
            send(http)
    assert len(server.emails()) == len(server.sms()) == 1
    assert text(http).status_code == 200
    assert len(server.sms()) == 2


def test_timeout_lets_the_client_wait(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "timeout", count=1)
    with pytest.raises(httpx.ReadTimeout):
        email(http, timeout=2)
    assert server.emails() == []
    assert email(http).status_code == 200


def test_garbage_is_a_200_that_is_no_answer(server: StandIn, http: httpx.Client) -> None:
    server.fault("clicksend", "garbage", count=1)
    answer = text(http)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert server.sms() == []


def test_faults_one_after_the_other(server: StandIn, http: httpx.Client) -> None:
    server.faults([{"service": "resend", "mode": mode, "count": 1} for mode in ("500", "ok", "429")])
    assert [email(http).status_code for _ in range(4)] == [500, 200, 429, 200]


def test_a_fault_of_one_operation(server: StandIn, http: httpx.Client) -> None:
    server.fault("clicksend", "500", operation="history")
    assert text(http).status_code == 200
    assert http.get("/clicksend/v3/sms/history", auth=("u", "k")).status_code == 500


def test_a_fault_of_what_is_sent_to_one(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "500", count=1, to="somebody.else@example.net")
    assert email(http).status_code == 200
    server.fault("resend", "500", count=1, to=MAIL["to"])
    assert [email(http).status_code for _ in range(2)] == [500, 200]


def test_calendars_fail_too(server: StandIn, http: httpx.Client) -> None:
    path = httpx.URL(server.put_calendar("flat", b"BEGIN:VCALENDAR\r\n")).path
    server.fault("calendar", "500", count=1)
    assert [http.get(path).status_code for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "resend", "mode": "501"},
        {"service": "twilio", "mode": "500"},
        {"service": "resend", "mode": "500", "count": 0},
        {"service": "resend", "mode": "500", "times": 2},
        {"mode": "500"},
        "500",
    ],
)
def test_a_wrong_fault_is_refused(http: httpx.Client, wrong: object) -> None:
    assert http.post("/_control/faults", json=wrong).status_code == 400
    assert http.get("/_control/faults").json() == []
