"""ClickSend: https://developers.clicksend.com/docs/messaging/sms

There is no idempotency key. `custom_string` carries the delivery's id, so that a message whose fate is unknown can be
found in the history. The history filters by `to` but not by `custom_string`, which is therefore compared here.
A refused message is a status inside an HTTP 200; a 4xx or a 5xx is about the whole call, unless it names the message.
"""

import base64
from urllib.parse import urlencode

import msgspec

from notify.channels.base import PROVIDER_TIMEOUT
from notify.channels.contents import Sms
from notify.errors import Uncertain
from propflow import clock
from propflow.bindings import http
from propflow.bindings.http import HttpAnswer, HttpFailed
from propflow.errors import Permanent, Transient
from propflow.json_text import json_text

PAGE = 100
CLOCKS_DIFFER = clock.HOUR

# Statuses of a message. Those not named here (INVALID_RECIPIENT, EMPTY_MESSAGE…) are about the message itself.
OPERATOR_MUST_ACT = (
    "MISSING_CREDENTIALS", "INVALID_CREDENTIALS", "ACCOUNT_NOT_ACTIVATED", "INSUFFICIENT_CREDIT",
    "COUNTRY_NOT_ENABLED", "INVALID_SENDER_ID", "REGISTRATION_NEEDED",
)  # fmt: skip
# What must stand in a 400 before it ends the delivery: any other is a defect of the call, which can be repaired.
NAMES_THE_MESSAGE = ("INVALID_RECIPIENT", "EMPTY_MESSAGE")
# THROTTLED says that the same text went to the same number a moment ago: it may have been an earlier attempt.
NOBODY_KNOWS = ("THROTTLED", "INTERNAL_ERROR", "SOMETHING_IS_WRONG")


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    sender: str = msgspec.field(name="from")
    to: str
    body: str
    custom_string: str
    source: str = "propflow360"


class _Result(msgspec.Struct, frozen=True):
    status: str
    message_id: str | None = None  # a refused message may have none


class _Results(msgspec.Struct, frozen=True):
    messages: list[_Result]


class _Sent(msgspec.Struct, frozen=True):
    data: _Results


class _Refused(msgspec.Struct, frozen=True):
    response_code: str = ""


class _Past(msgspec.Struct, frozen=True):
    message_id: str | None = None
    custom_string: str | None = None


class _Page(msgspec.Struct, frozen=True):
    data: list[_Past]
    last_page: int = 1


class _History(msgspec.Struct, frozen=True):
    data: _Page


class ClickSend:
    """Sends one SMS per call. The key is `username:api_key`."""

    def __init__(self, base_url: str, key: str, sender: str) -> None:
        self.url = f"{base_url.rstrip('/')}/v3/sms"
        self._sender = sender
        basic = base64.b64encode(key.encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}

    async def send(self, content: Sms, key: str) -> str:
        """Hand the SMS over. Returns ClickSend's id of it."""
        message = _Message(sender=self._sender, to=content.to, body=content.body, custom_string=key)
        body = json_text({"messages": [message]})
        return read(await self._call("POST", f"{self.url}/send", body))

    async def find_earlier(self, content: Sms, key: str, since: int, now: int) -> str | None:
        """Look for the delivery's id among what was sent to this number since then."""
        page, last = 1, 1
        while page <= last:
            query = {
                "q": f"to:{content.to}",
                "date_from": (since - CLOCKS_DIFFER) // clock.SECOND,
                "order_by": "date:desc",
                "page": page,
                "limit": PAGE,
            }
            found = read_history(await self._call("GET", f"{self.url}/history?{urlencode(query)}"))
            for past in found.data:
                if past.custom_string == key:
                    return past.message_id or ""
            page, last = page + 1, found.last_page
        return None

    async def _call(self, method: str, url: str, body: str | None = None) -> HttpAnswer:
        try:
            return await http.call(method, url, headers=self._headers, body=body, timeout_ms=PROVIDER_TIMEOUT)
        except HttpFailed as error:
            raise Uncertain(f"ClickSend: {error}") from error


def read(answer: HttpAnswer) -> str:
    """ClickSend's answer as the message's id, or as the failure that it stands for."""
    result = _result(answer.body)
    if answer.status == 200:
        if result is None:
            raise Uncertain("ClickSend answered 200 without a result")
        return _judge(result)
    reason = f"ClickSend answered {answer.status}"
    if 400 <= answer.status < 500 and answer.status != 408:
        word = result.status if result else _response_code(answer.body)
        if answer.status == 400 and word in NAMES_THE_MESSAGE:
            raise Permanent(f"{reason} {word}")
        if word in NOBODY_KNOWS:
            raise Uncertain(f"{reason} {word}", answer.retry_after)
        # The call was refused for a key, an account or an address that only the operator can repair.
        raise Transient(reason, answer.retry_after)
    raise Uncertain(reason, answer.retry_after)


def _judge(result: _Result) -> str:
    if result.status == "SUCCESS":
        return result.message_id or ""
    if result.status in OPERATOR_MUST_ACT:
        raise Transient(f"ClickSend: {result.status}")
    if result.status in NOBODY_KNOWS:
        raise Uncertain(f"ClickSend: {result.status}")
    raise Permanent(f"ClickSend refused it: {result.status}")


def _result(body: bytes) -> _Result | None:
    try:
        return msgspec.json.decode(body, type=_Sent).data.messages[0]
    except (msgspec.MsgspecError, IndexError):
        return None


def _response_code(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Refused).response_code
    except msgspec.MsgspecError:
        return ""


def read_history(answer: HttpAnswer) -> _Page:
    """One page of the history. As long as it cannot be read, the message's fate stays unknown."""
    if answer.status != 200:
        raise Uncertain(f"ClickSend's history answered {answer.status}", answer.retry_after)
    try:
        return msgspec.json.decode(answer.body, type=_History).data
    except msgspec.MsgspecError:
        raise Uncertain("ClickSend's history could not be read") from None
