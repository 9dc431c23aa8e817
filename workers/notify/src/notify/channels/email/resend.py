"""Resend: https://resend.com/docs/api-reference/emails/send-email

A repeated Idempotency-Key answers with the first email's id and sends nothing, for 24 hours:
https://resend.com/docs/dashboard/emails/idempotency-keys
What each error means: https://resend.com/docs/api-reference/errors
"""

import msgspec

from notify.channels.base import PROVIDER_TIMEOUT
from notify.channels.contents import Email
from notify.errors import Uncertain
from propflow import clock
from propflow.bindings import http
from propflow.bindings.http import HttpAnswer, HttpFailed
from propflow.errors import Permanent, Transient
from propflow.json_text import json_text

KEY_LIFE = 23 * clock.HOUR  # an hour less than Resend keeps it


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    sender: str = msgspec.field(name="from")
    to: list[str]
    subject: str
    text: str
    html: str


class _Accepted(msgspec.Struct, frozen=True):
    id: str


class _Refused(msgspec.Struct, frozen=True):
    name: str = "no reason given"
    message: str = ""


class Resend:
    """Sends one email per call."""

    def __init__(self, base_url: str, key: str, sender: str) -> None:
        self.url = f"{base_url.rstrip('/')}/emails"
        self._key = key
        self._sender = sender

    async def send(self, content: Email, key: str) -> str:
        """Hand the email over. Returns Resend's id of it."""
        request = _Request(
            sender=self._sender, to=[content.to], subject=content.subject, text=content.text, html=content.html
        )
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        body = json_text(request)
        try:
            answer = await http.call("POST", self.url, headers=headers, body=body, timeout_ms=PROVIDER_TIMEOUT)
        except HttpFailed as error:
            raise Uncertain(f"Resend: {error}") from error
        return read(answer)

    async def find_earlier(self, content: Email, key: str, since: int, now: int) -> str | None:
        """None while Resend remembers the key: the same request again is then harmless."""
        if now - since < KEY_LIFE:
            return None
        raise Permanent("it may have been sent a day ago, and Resend cannot tell any more; send it by hand if needed")


def read(answer: HttpAnswer) -> str:
    """Resend's answer as the email's id, or as the failure that it stands for."""
    if answer.status == 200:
        try:
            return msgspec.json.decode(answer.body, type=_Accepted).id
        except msgspec.MsgspecError:
            raise Uncertain("Resend answered 200 without an id") from None
    try:
        refused = msgspec.json.decode(answer.body, type=_Refused)
    except msgspec.MsgspecError:
        refused = _Refused()
    reason = f"Resend answered {answer.status} {refused.name}"
    match answer.status, refused.name:
        case 409, "invalid_idempotent_request":
            # The key came with other words before: that email was taken, and it is the one that counts.
            return ""
        case 409, _:
            raise Uncertain(f"{reason}: an earlier attempt is still under way")
        # 404 and 405 say that EMAIL_API_URL is not Resend's: nothing is wrong with the email.
        case ((401 | 403 | 404 | 405 | 429), _):
            raise Transient(reason, answer.retry_after)
        case (_, "invalid_from_address"):
            raise Transient(reason)
        case (status, _) if 400 <= status < 500 and status != 408:
            raise Permanent(f"{reason}: {refused.message}")
    raise Uncertain(reason, answer.retry_after)
