"""The stand-in as tests see it: start it, make it fail, ask what it received."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from support.airbnb import Day
from support.process import ROOT, Process, free_port, until_free

Record = dict[str, Any]


class StandIn:
    """A stand-in server of its own in a subprocess. With `state` it remembers across `kill` and `start`."""

    def __init__(self, port: int = 0, state: Path | None = None, log: Path | None = None) -> None:
        self._port, self._state = port or free_port(), state
        self._log = log or Path(tempfile.mkdtemp(prefix="propflow-standin-")) / "standin.log"
        self._process: Process | None = None
        self._http: httpx.Client | None = None

    def start(self) -> StandIn:
        """Start the server and wait until it listens; a second start uses the same port."""
        command = [sys.executable, str(ROOT / "tests/support/standin.py"), "--port", str(self._port)]
        if self._state is not None:
            command += ["--state", str(self._state)]
        self._process = Process("the stand-in", command, self._log)
        self._port = int(self._process.wait_for(r"standin: http://127\.0\.0\.1:(\d+)", 120).group(1))
        self._http = httpx.Client(base_url=self.url, timeout=120)
        return self

    def stop(self) -> None:
        """A clean end."""
        if self._process is not None:
            self._close().stop()

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power."""
        if self._process is not None:
            self._close().kill()
            until_free(self._port)

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`, as CALENDAR_HOSTS_ALLOWED wants it."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The address of the front page and of all services."""
        return f"http://{self.host}"

    def received(self, to: str | None = None) -> Record:
        """`{emails, sms, calls, calendars}`, oldest first; with `to` only the messages to one recipient."""
        answer: Record = self._ask("GET", "/_control/received", params={"to": to} if to else {}).json()
        return answer

    def emails(self, to: str | None = None) -> list[Record]:
        """The emails accepted."""
        return list(self.received(to)["emails"])

    def sms(self, to: str | None = None) -> list[Record]:
        """The SMS accepted."""
        return list(self.received(to)["sms"])

    def calls(self, service: str, operation: str | None = None) -> list[Record]:
        """Every attempt at a service, failed ones too: `{service, operation, at, fault, path, status}`."""
        calls = [call for call in self.received()["calls"] if call["service"] == service]
        return [call for call in calls if operation in (None, call["operation"])]

    def readings(self, name: str) -> list[Record]:
        """Every attempt to read one calendar; others are read by themselves at the same time."""
        return [call for call in self.calls("calendar") if call["path"] == f"/calendars/{name}.ics"]

    def clear(self) -> None:
        """Forget what was received."""
        self._ask("DELETE", "/_control/received")

    def fault(
        self,
        service: str,
        mode: str,
        count: int | None = None,
        retry_after: int | None = None,
        operation: str | None = None,
        to: str | None = None,
    ) -> None:
        """Let the next `count` calls (None: all until cleared) to the service fail in this way.

        With `to` only those that send something to this address or number, or read the calendar of this name: other
        messages and readings may be on their way.
        """
        fault = {"service": service, "mode": mode, "count": count, "retry_after": retry_after}
        self.faults([fault | {"operation": operation, "to": to}])

    def faults(self, faults: Sequence[Record]) -> None:
        """Several faults, one after the other; replaces the waiting ones of the services named."""
        self._ask("POST", "/_control/faults", json=list(faults))

    def waiting_faults(self) -> list[Record]:
        """The faults that no call has used up."""
        return list(self._ask("GET", "/_control/faults").json())

    def clear_faults(self) -> None:
        """Everything works again."""
        self._ask("DELETE", "/_control/faults")

    def put_calendar(self, name: str, body: bytes, **query: str) -> str:
        """Serve these bytes as NAME.ics and return the URL; query: etag, redirect, status, content_type."""
        headers = {"Content-Type": "text/calendar"}
        answer = self._ask("PUT", f"/calendars/{name}.ics", content=body, params=query, headers=headers)
        return str(answer.json()["url"])

    def put_airbnb(self, name: str, stays: Iterable[Sequence[Day]] = (), blocks: Iterable[Sequence[Day]] = ()) -> str:
        """Serve an Airbnb export with these `(start, end, code)` stays and `(start, end)` blocks; returns the URL."""
        plan = {"stays": [list(map(str, stay)) for stay in stays], "blocks": [list(map(str, b)) for b in blocks]}
        return str(self._ask("PUT", f"/calendars/{name}.ics", json=plan).json()["url"])

    def drop_calendar(self, name: str) -> None:
        """The calendar answers 404 from now on."""
        self._ask("DELETE", f"/calendars/{name}.ics")

    def google_user(self, **claims: Any) -> None:
        """Whoever comes to Google from now on is this person; `denies=True` makes them refuse."""
        self._ask("POST", "/_control/google/user", json=claims)

    def google_token(self, *, header: Record | str | None = None, claims: Record | str, key: str = "current") -> str:
        """Any id token: over good parts, or the text itself; `key` as in standins/google_keys.py."""
        asked = {"header": {} if header is None else header, "claims": claims, "key": key}
        return str(self._ask("POST", "/_control/google/token", json=asked).json()["id_token"])

    def google_rotate(self, *more_keys: Record) -> None:
        """Google signs with a new key and lists the old one no longer; `more_keys` are listed besides."""
        self._ask("POST", "/_control/google/rotate", json={"more_keys": more_keys})

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        assert self._http is not None, "the stand-in is not started"
        answer = self._http.request(method, path, **options)
        assert answer.is_success, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer

    def _close(self) -> Process:
        assert self._process is not None and self._http is not None
        process, self._process = self._process, None
        self._http.close()
        return process
