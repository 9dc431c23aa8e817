"""Puts the stand-in together and runs it until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from support.standins import calendars, clicksend, control, google, page, resend, webhooks
from support.standins.faults import FAILURES, FAULTS, Failure, Faults, faulty
from support.standins.store import STORE, Store

BODY_LIMIT = 40 * 1024 * 1024


def build(state: Path | None = None) -> web.Application:
    """The application, with an empty store or the one that the journal at `state` remembers."""
    app = web.Application(middlewares=[faulty], client_max_size=BODY_LIMIT)
    app[STORE] = Store(state)
    app[FAULTS] = Faults()
    app[google.GOOGLE] = google.Google()
    failures: dict[str, Failure] = {
        "resend": resend.failure,
        "clicksend": clicksend.failure,
        "calendar": calendars.failure,
        "google": google.failure,
    }
    app[FAILURES] = failures
    app.add_routes(
        [
            web.get("/", page.front_page),
            web.post("/resend/emails", resend.send_email, name="resend.send"),
            web.post("/clicksend/v3/sms/send", clicksend.send_sms, name="clicksend.send"),
            web.get("/clicksend/v3/sms/history", clicksend.history, name="clicksend.history"),
            web.get("/calendars/{name}.ics", calendars.get_calendar, name="calendar.get"),
            web.put("/calendars/{name}.ics", calendars.put_calendar),
            web.delete("/calendars/{name}.ics", calendars.delete_calendar),
            web.post("/webhooks/{name}", webhooks.receive),
            web.get("/google/.well-known/openid-configuration", google.discovery),
            web.get("/google/oauth2/v3/certs", google.keys, name="google.keys"),
            web.get("/google/o/oauth2/v2/auth", google.authorize, name="google.auth"),
            web.post("/google/token", google.token, name="google.token"),
            web.post("/_control/google/user", google.choose),
            web.post("/_control/google/rotate", google.rotate),
            web.post("/_control/google/token", google.make_token),
            web.post("/_control/faults", control.set_faults),
            web.get("/_control/faults", control.list_faults),
            web.delete("/_control/faults", control.clear_faults),
            web.get("/_control/received", control.received),
            web.delete("/_control/received", control.clear_received),
            web.get("/_control/version", control.version),
        ]
    )
    return app


async def serve(port: int, state: Path | None) -> None:
    """Listen on loopback until SIGTERM or SIGINT; one that is ignored already stays so (see sheltered.sh)."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(name) is signal.SIG_IGN:
            continue
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(build(state), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        print(f"standin: http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    about = "Stand-in for Resend, ClickSend, Google and a calendar host."
    parser = argparse.ArgumentParser(prog="standin.py", description=about)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any that is free")
    parser.add_argument("--state", type=Path, help="file that keeps what was received across restarts")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(serve(options.port, options.state))
    except OSError as error:
        print(f"standin: cannot listen on 127.0.0.1:{options.port}: {error.strerror}", flush=True)
        return 1
    return 0
