"""A calendar host: serves what a test put there, with ETag and 304, redirects, or as Airbnb's export does.

`PUT /calendars/NAME.ics` takes the bytes to serve. Query: `etag=` (a fixed tag, or `none`), `redirect=URL` and
`status=` (answer with a redirect), `content_type=`, `encoding=` (a Content-Encoding), `modified=` (Last-Modified),
`bomb=` (see bombs.py). A JSON body `{"stays": [[start, end, code]], "blocks":
[[start, end]]}` is served as an Airbnb export that is stamped anew at every fetch, as the real one is.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from aiohttp import web

from support.airbnb import airbnb_calendar
from support.standins import bombs
from support.standins.store import STORE, Record


def failure(status: int, retry_after: int | None = None) -> web.Response:
    """A plain error, as a web server in front of a calendar gives it."""
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.Response(status=status, text="Too Many Requests" if status == 429 else "Error", headers=headers)


async def put_calendar(request: web.Request) -> web.Response:
    """Set what is served under this name."""
    body = await request.read()
    query = request.query
    calendar: Record = {
        "etag": query.get("etag"),
        "redirect": query.get("redirect"),
        "status": int(query.get("status", "302")),
        "content_type": query.get("content_type", "text/calendar; charset=utf-8"),
        "encoding": query.get("encoding"),
        "modified": query.get("modified"),
        "bomb": query.get("bomb"),
    }
    if request.content_type == "application/json":
        plan = json.loads(body)
        calendar["plan"] = {"stays": plan.get("stays", []), "blocks": plan.get("blocks", [])}
        airbnb_calendar(**calendar["plan"])  # a wrong date must fail here, not at the fetch
    else:
        calendar["body"] = body.decode("latin-1")
    request.app[STORE].put_calendar(request.match_info["name"], calendar)
    return web.json_response({"url": str(request.url.with_query(None))}, status=201)


async def get_calendar(request: web.Request) -> web.StreamResponse:
    """Serve it; 304 when the client has it already."""
    calendar = request.app[STORE].calendars.get(request.match_info["name"])
    if calendar is None:
        return web.Response(status=404, text="No such calendar")
    if calendar["redirect"]:
        return web.Response(status=calendar["status"], headers={"Location": calendar["redirect"]})
    if calendar.get("bomb"):
        return await bombs.serve(request, calendar["bomb"])
    body = _body(calendar)
    headers = {"Content-Type": calendar["content_type"]}
    if calendar.get("encoding"):
        headers["Content-Encoding"] = calendar["encoding"]
    if calendar.get("modified"):
        headers["Last-Modified"] = calendar["modified"]
        if request.headers.get("If-Modified-Since") == calendar["modified"]:
            return web.Response(status=304, headers=headers)
    if calendar["etag"] != "none":
        tag = calendar["etag"] or hashlib.sha256(body).hexdigest()[:32]
        headers["ETag"] = f'"{tag}"'
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


async def delete_calendar(request: web.Request) -> web.Response:
    """Gone, as a listing that was deleted."""
    known = request.app[STORE].drop_calendar(request.match_info["name"])
    return web.Response(status=204 if known else 404)


def _body(calendar: Record) -> bytes:
    if "plan" in calendar:
        return airbnb_calendar(**calendar["plan"], stamp=datetime.now(UTC))
    return str(calendar["body"]).encode("latin-1")
