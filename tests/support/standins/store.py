"""What the stand-in has received, in memory and, when asked, in a journal that survives its restart."""

from __future__ import annotations

import json
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

Record = dict[str, Any]

CALLS_KEPT = 20_000
"""Every request is noted, so that a test can count attempts; older ones are dropped from memory past this number."""


def now_ms() -> int:
    """The time of the stand-in in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """Emails and SMS accepted, the calendars put here, and the calls that were made."""

    def __init__(self, journal: Path | None = None) -> None:
        self.emails: list[Record] = []
        self.email_of_key: dict[str, Record] = {}
        self.sms: list[Record] = []
        self.calendars: dict[str, Record] = {}
        self.calls: deque[Record] = deque(maxlen=CALLS_KEPT)
        self.version = 0
        self._journal = journal
        if journal is not None and journal.exists():
            self._replay(journal)

    def add(self, kind: str, record: Record) -> Record:
        """Keep an accepted email or SMS and stamp it with the time of acceptance."""
        at = now_ms()
        stamped = {**record, "at": iso(at), "at_ms": at}
        self._note(kind, stamped)
        return stamped

    def put_calendar(self, name: str, calendar: Record) -> None:
        """Keep (or replace) the calendar served under this name."""
        self._note("calendar", {"name": name, **calendar})

    def drop_calendar(self, name: str) -> bool:
        """Forget a calendar; says whether there was one."""
        known = name in self.calendars
        if known:
            self._note("calendar_dropped", {"name": name})
        return known

    def clear(self) -> None:
        """Forget messages and calls. Calendars stay: they are what a test put here, not what it received."""
        self._note("cleared", {})

    def _note(self, kind: str, record: Record) -> None:
        self._apply(kind, record)
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"kind": kind, "record": record}) + "\n")

    def _apply(self, kind: str, record: Record) -> None:
        self.version += 1
        if kind == "email":
            self.emails.append(record)
            if record["scope"] is not None:
                self.email_of_key[record["scope"]] = record
        elif kind == "sms":
            self.sms.append(record)
        elif kind == "calendar":
            self.calendars[record["name"]] = record
        elif kind == "calendar_dropped":
            self.calendars.pop(record["name"], None)
        elif kind == "cleared":
            self.emails.clear()
            self.email_of_key.clear()
            self.sms.clear()
            self.calls.clear()
        else:
            raise ValueError(f"unknown record in the journal: {kind}")

    def _replay(self, journal: Path) -> None:
        for number, line in enumerate(journal.read_text(encoding="utf-8").splitlines(), 1):
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                # A SIGKILL can cut the line being written; that message was never answered.
                print(f"standin: line {number} of {journal.name} is cut off and was left out", flush=True)
                continue
            self._apply(entry["kind"], entry["record"])


STORE = web.AppKey("store", Store)
