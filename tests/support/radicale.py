"""A real CalDAV server (Radicale) in a process of its own, with one user and as many calendars as a test wants."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import httpx
from icalendar import Calendar

from support.process import Process, free_port, until_free
from support.waiting import eventually

USER, PASSWORD = "casa", "a-caldav-password"
CONFIG = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {home}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {home}/collections
[logging]
level = warning
"""


class Radicale:
    """One server; `stop` and `start` again keep what it has."""

    def __init__(self, home: Path) -> None:
        self._port = free_port()  # nobody's connection is given it while the server is away
        self.host = f"127.0.0.1:{self._port}"
        self._home = home
        (home / "users").write_text(f"{USER}:{PASSWORD}\n")
        (home / "config").write_text(CONFIG.format(port=self._port, home=home))
        self._process: Process | None = None
        self.http = httpx.Client(base_url=f"http://{self.host}", auth=(USER, PASSWORD), timeout=60)

    def start(self) -> Radicale:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "radicale", "--config", str(self._home / "config")]
        self._process = Process("Radicale", command, self._home / "log")
        eventually(self._answers, 120, what="Radicale to answer")
        return self

    def _answers(self) -> bool:
        try:
            return self.http.get("/").status_code < 500
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process = None
            until_free(self._port)

    def new_calendar(self) -> str:
        """The address of a new, empty calendar."""
        path = f"/{USER}/{secrets.token_hex(6)}/"
        assert self.http.request("MKCALENDAR", path).status_code == 201
        return f"http://{self.host}{path}"

    def entries(self, calendar: str) -> dict[str, tuple[str, str, str]]:
        """What lies in a calendar: by UID its first day, its end and its title."""
        answer = self.http.get(calendar)
        assert answer.status_code == 200, answer.text
        return {
            str(event["UID"]): (
                event["DTSTART"].dt.isoformat(), event["DTEND"].dt.isoformat(), str(event["SUMMARY"])
            )
            for event in Calendar.from_ical(answer.text).walk("VEVENT")
        }  # fmt: skip

    def write(self, calendar: str, name: str, uid: str, start: str, end: str) -> None:
        """An entry by somebody else's hand."""
        days = "".join(
            f"{key};VALUE=DATE:{day.replace('-', '')}\r\n" for key, day in (("DTSTART", start), ("DTEND", end))
        )
        event = f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n{days}SUMMARY:Dentist\r\nEND:VEVENT\r\n"
        body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//else//EN\r\n{event}END:VCALENDAR\r\n"
        answer = self.http.put(f"{calendar}{name}.ics", content=body, headers={"content-type": "text/calendar"})
        assert answer.status_code in (201, 204), answer.text

    def remove(self, calendar: str, name: str) -> None:
        """An entry taken away by somebody else's hand."""
        assert self.http.delete(f"{calendar}{name}.ics").status_code in (200, 204)
