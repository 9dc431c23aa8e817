"""Sends a signed message to a customer's endpoint. Only 2xx is success; 410 ends it for good."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from calsync.providers.failures import PushFailed
from calsync.providers.webhook import signing
from propflow import clock
from propflow.bindings import http
from propflow.bindings.http import HttpFailed

TIMEOUT = 15 * clock.SECOND


async def deliver(url: str, message_id: str, body: str, secrets: Sequence[str], now: int) -> None:
    """One attempt at `now` (ms). `message_id` is the same in every attempt. Raises PushFailed."""
    host = urlsplit(url).hostname or "the endpoint"
    headers = {
        "content-type": "application/json",
        "user-agent": "PropFlow360-Webhooks/1.0 (+https://propflow360.com)",
        **signing.headers(message_id, now // 1000, body, secrets),
    }
    try:
        answer = await http.call("POST", url, headers=headers, body=body, timeout_ms=TIMEOUT, max_bytes=0)
    except HttpFailed as error:
        raise PushFailed(f"{host}: {error}.") from None
    if answer.status == 410:
        raise PushFailed(f"{host} answered 410: it wants no more messages.", final=True)
    if not 200 <= answer.status < 300:
        raise PushFailed(f"{host} answered {answer.status}.", retry_after=answer.retry_after)
