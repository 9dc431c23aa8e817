"""ClickSend's `POST /v3/sms/send` and `GET /v3/sms/history`: https://developers.clicksend.com/docs/messaging/sms.

Same, also where it surprises: there is no idempotency key; a refused message is a status inside an HTTP 200; prices
are strings; a rejected message has an id too; `custom_string` keeps 50 characters; the history filters by one
`q=field:value` with the fields of FILTERS only. `custom_string` is not among them: a search by another field is
undocumented there and finds everything here, so a client must search by `to` and compare `custom_string` itself.
Simpler: numbers must be E.164, a sent message is in the history at once, identical texts are not throttled.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from typing import Any

from aiohttp import web

from support.standins.store import STORE, Record

NUMBER = re.compile(r"^\+[1-9]\d{6,14}$")
SENDER = re.compile(r"^(?:[A-Za-z0-9 ]{1,11}|\+?\d{3,15})?$")
CUSTOM_STRING_KEPT = 50
MESSAGES_PER_CALL = 1000
FILTERS = ("status", "to", "from", "subaccount_id", "message_id")
NUMBERS = {"page": "1", "limit": "15", "date_from": "0", "date_to": "9999999999"}
PRICE = 0.07
CURRENCY = {
    "currency_name_short": "EUR",
    "currency_prefix_d": "€",
    "currency_prefix_c": "c",
    "currency_name_long": "Euros",
}


def failure(status: int, retry_after: int | None = None) -> web.Response:
    """The body of ClickSend's own 429 and 500."""
    code = "HTTP_TOO_MANY_REQUESTS" if status == 429 else "INTERNAL_SERVER_ERROR"
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return _answer(status, code, "Too many attempts." if status == 429 else "Internal server error.", headers=headers)


async def send_sms(request: web.Request) -> web.Response:
    """Queue each message of the call that is valid; the others are listed with the reason as their status."""
    user = _user(request)
    if user is None:
        return _unauthorized()
    try:
        messages = json.loads(await request.read())["messages"]
    except (ValueError, KeyError, TypeError):
        return _answer(400, "BAD_REQUEST", "The messages field is required.")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages) or not messages:
        return _answer(400, "BAD_REQUEST", "The messages field must be an array of messages.")
    if len(messages) > MESSAGES_PER_CALL:
        return _answer(400, "BAD_REQUEST", f"At most {MESSAGES_PER_CALL} messages can be sent in one call.")
    results = [_take(request, user, message) for message in messages]
    queued = sum(1 for result in results if result["status"] == "SUCCESS")
    data = {
        "total_price": round(PRICE * queued, 4),
        "total_count": len(results),
        "queued_count": queued,
        "messages": results,
        "_currency": CURRENCY,
        "blocked_count": 0,
    }
    return _answer(200, "SUCCESS", "Messages queued for delivery.", data)


async def history(request: web.Request) -> web.Response:
    """The messages queued so far, oldest first unless `order_by=date:desc`, in pages."""
    if _user(request) is None:
        return _unauthorized()
    try:
        asked = {name: int(request.query.get(name, default)) for name, default in NUMBERS.items()}
    except ValueError:
        return _answer(400, "BAD_REQUEST", f"{', '.join(NUMBERS)} must be integers.")
    page, limit = asked["page"], asked["limit"]
    if page < 1 or not 15 <= limit <= 100:
        return _answer(400, "BAD_REQUEST", "The page must be at least 1 and the limit between 15 and 100.")
    rows = [
        row
        for row in map(_history_row, request.app[STORE].sms)
        if asked["date_from"] <= row["date"] <= asked["date_to"] and _matches(row, request.query.get("q", ""))
    ]
    if request.query.get("order_by") == "date:desc":
        rows.reverse()
    data = {
        "total": len(rows),
        "per_page": limit,
        "current_page": page,
        "last_page": -(-len(rows) // limit),
        "data": rows[(page - 1) * limit : page * limit],
    }
    return _answer(200, "SUCCESS", "Here are your messages.", data)


def _take(request: web.Request, user: str, message: dict[str, Any]) -> Record:
    text = {field: str(message.get(field) or "") for field in ("to", "body", "from", "custom_string")}
    text["custom_string"] = text["custom_string"][:CUSTOM_STRING_KEPT]
    base: Record = {**text, "schedule": message.get("schedule") or "", "message_id": str(uuid.uuid4()).upper()}
    base["is_shared_system_number"] = not text["from"]
    reason = _reason_to_refuse(text)
    if reason is not None:
        return {**base, "status": reason}
    parts = max(1, -(-len(text["body"]) // 160))
    extra = {"source": message.get("source"), "user": user, "message_parts": parts}
    kept = request.app[STORE].add("sms", {**base, **extra})
    seconds = kept["at_ms"] // 1000
    details = {"direction": "out", "date": seconds, "schedule": base["schedule"] or seconds, "message_parts": parts}
    price = {"message_price": f"{PRICE * parts:.4f}", "from_email": None, "list_id": None, "contact_id": None}
    account = {"user_id": 1, "subaccount_id": 1, "country": "", "carrier": ""}
    return {**base, **details, **price, **account, "status": "SUCCESS"}


def _reason_to_refuse(message: dict[str, str]) -> str | None:
    if not NUMBER.match(message["to"]):
        return "INVALID_RECIPIENT"
    if not message["body"].strip():
        return "EMPTY_MESSAGE"
    if not SENDER.match(message["from"]):
        return "INVALID_SENDER_ID"
    return None


def _history_row(kept: Record) -> Record:
    shared = ("to", "body", "from", "message_id", "message_parts", "custom_string")
    seconds = kept["at_ms"] // 1000
    outcome = {"status": "Completed", "status_code": None, "status_text": None, "error_code": None, "error_text": None}
    account = {"user_id": 1, "subaccount_id": 1, "contact_id": None, "list_id": None, "from_email": None}
    person = {"first_name": None, "last_name": None, "country": "", "carrier": "", "_api_username": kept["user"]}
    dates = {"direction": "out", "date": seconds, "schedule": str(seconds)}
    price = {"message_price": f"{PRICE * kept['message_parts']:.4f}"}
    return {**{field: kept[field] for field in shared}, **dates, **price, **outcome, **account, **person}


def _matches(row: Record, query: str) -> bool:
    field, colon, value = query.partition(":")
    if not colon or field.lower() not in FILTERS:
        return True
    return value.lower() in str(row[field.lower()]).lower()


def _user(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, key = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user if scheme.lower() == "basic" and user and key else None


def _unauthorized() -> web.Response:
    return _answer(401, "UNAUTHORIZED", "Authorization failed.")


def _answer(
    status: int, code: str, message: str, data: object = None, headers: dict[str, str] | None = None
) -> web.Response:
    body = {"http_code": status, "response_code": code, "response_msg": message, "data": data}
    return web.json_response(body, status=status, headers=headers)
