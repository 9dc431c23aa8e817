"""What the answers of Resend and ClickSend mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notify.channels.email import resend
from notify.channels.sms import clicksend
from notify.errors import Uncertain
from propflow.bindings.http import HttpAnswer
from propflow.errors import Permanent, Transient


def answer(status: int, body: Any = None, **headers: str) -> HttpAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(
        status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}, body=content
    )


def refusal(status: int, name: str) -> HttpAnswer:
    return answer(status, {"statusCode": status, "name": name, "message": "Because."})


def sms(status: str, message_id: str | None = "M1") -> HttpAnswer:
    return answer(200, {"http_code": 200, "data": {"messages": [{"status": status, "message_id": message_id}]}})


RESEND = [
    (refusal(400, "validation_error"), Permanent),
    (refusal(401, "missing_api_key"), Transient),
    (refusal(403, "invalid_api_key"), Transient),
    (refusal(403, "validation_error"), Transient),
    (refusal(404, "not_found"), Transient),
    (answer(404, b"<html>Not Found</html>"), Transient),
    (refusal(405, "method_not_allowed"), Transient),
    (refusal(409, "concurrent_idempotent_requests"), Uncertain),
    (refusal(422, "invalid_from_address"), Transient),
    (refusal(422, "missing_required_field"), Permanent),
    (refusal(429, "rate_limit_exceeded"), Transient),
    (refusal(429, "daily_quota_exceeded"), Transient),
    (refusal(500, "application_error"), Uncertain),
    (answer(502, b"<html>Bad Gateway</html>"), Uncertain),
    (answer(200, b"<html>Welcome</html>"), Uncertain),
    (answer(200, {"name": "no id"}), Uncertain),
    (answer(302, b""), Uncertain),
]

CLICKSEND = [
    (sms("INVALID_RECIPIENT"), Permanent),
    (sms("EMPTY_MESSAGE"), Permanent),
    (sms("INVALID_RECIPIENT", None), Permanent),
    (sms("INSUFFICIENT_CREDIT", None), Transient),
    (sms("INSUFFICIENT_CREDIT"), Transient),
    (sms("INVALID_SENDER_ID"), Transient),
    (sms("THROTTLED"), Uncertain),
    (sms("INTERNAL_ERROR"), Uncertain),
    (answer(400, {"response_code": "BAD_REQUEST"}), Transient),
    (answer(400, b"<html>Bad Request</html>"), Transient),
    (answer(400, {"response_code": "INVALID_RECIPIENT"}), Permanent),
    (answer(400, {"data": {"messages": [{"status": "INVALID_RECIPIENT", "message_id": "M1"}]}}), Permanent),
    (answer(400, {"response_code": "THROTTLED"}), Uncertain),
    (answer(404, {"response_code": "NOT_FOUND"}), Transient),
    (answer(405, b"<html>Method Not Allowed</html>"), Transient),
    (answer(401, {"response_code": "UNAUTHORIZED"}), Transient),
    (answer(403, {"response_code": "FORBIDDEN"}), Transient),
    (answer(429, {"response_code": "TOO_MANY_REQUESTS"}), Transient),
    (answer(500, {"response_code": "INTERNAL_SERVER_ERROR"}), Uncertain),
    (answer(200, b"<html>Bad Gateway</html>"), Uncertain),
    (answer(200, {"data": {"messages": []}}), Uncertain),
]


@pytest.mark.parametrize(("given", "kind"), RESEND)
def test_resend_failures(given: HttpAnswer, kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        resend.read(given)
    assert type(raised.value) is kind


@pytest.mark.parametrize(("given", "kind"), CLICKSEND)
def test_clicksend_failures(given: HttpAnswer, kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        clicksend.read(given)
    assert type(raised.value) is kind


def test_what_was_taken_has_an_id() -> None:
    assert resend.read(answer(200, {"id": "e1"})) == "e1"
    assert clicksend.read(sms("SUCCESS")) == "M1"
    assert clicksend.read(sms("SUCCESS", None)) == ""


@pytest.mark.parametrize("base", ["https://host.example", "https://host.example/"])
def test_a_slash_at_the_end_of_the_base_url_changes_nothing(base: str) -> None:
    assert resend.Resend(base, "key", "Homes <homes@example.net>").url == "https://host.example/emails"
    assert clicksend.ClickSend(base, "user:key", "Homes").url == "https://host.example/v3/sms"


def test_a_key_that_came_with_other_words_was_sent_then() -> None:
    assert resend.read(refusal(409, "invalid_idempotent_request")) == ""


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("", None)]
)
def test_retry_after_is_read_where_it_is_seconds(header: str, seconds: int | None) -> None:
    for read in (resend.read, clicksend.read):
        with pytest.raises(Transient) as raised:
            read(answer(429, {}, retry_after=header))
        assert raised.value.retry_after == seconds


def test_a_history_that_cannot_be_read_decides_nothing() -> None:
    for given in (answer(500), answer(401), answer(200, b"<html>")):
        with pytest.raises(Uncertain):
            clicksend.read_history(given)


def test_the_history_is_read_without_what_it_has_more() -> None:
    row = {"message_id": "M1", "custom_string": "obx_1:sms", "to": "+34600123456", "status": "Sent"}
    refused = row | {"message_id": None, "status": "Failed"}
    page = clicksend.read_history(answer(200, {"data": {"data": [row, refused], "last_page": 3, "total": 201}}))
    assert (page.data[0].custom_string, page.last_page) == ("obx_1:sms", 3)
