"""A test space with a clock of its own, as a program with a test key sees it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support.client import Api
from support.people import Manager, ok
from support.verbs import Json, money


def instant(text: str) -> datetime:
    """An RFC 3339 instant."""
    return datetime.fromisoformat(text)


def text(at: datetime) -> str:
    """The instant as the API shows it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def away_from_midnight(zone: str = "Europe/Madrid", seconds: float = 120) -> None:
    """Wait for the next day where this one is about to end, for who counts days from today more than once."""
    here = datetime.now(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    left = (datetime(here.year, here.month, here.day) + timedelta(days=1) - here).total_seconds()
    if left < seconds:
        time.sleep(left + 1)


class Space:
    """One property with one unit; its clock stands still as soon as it is put somewhere."""

    def __init__(self, manager: Manager, time_zone: str = "Europe/Zurich", **unit: Any) -> None:
        self.key = str(ok(manager.api.create_api_key("test", mode="test"))["key"])
        self.api: Api = manager.api.with_token(self.key)
        home = self.api.post("/v1/properties", {"name": "Casa", "time_zone": time_zone, "currency": "EUR"})
        self.home = str(ok(home)["id"])
        self.unit = self.new_unit(**unit)

    def new_unit(self, **more: Any) -> str:
        """Another unit of the property."""
        return str(ok(self.api.create_unit(self.home, "Apartment", 4, money(12_000), **more))["id"])

    def at(self, at: datetime) -> Json:
        """Put the clock to an instant."""
        return ok(self.api.request("PUT", "/v1/test_clock", json={"frozen_time": text(at)}), 200)

    def now(self) -> datetime:
        """What time it is for the space."""
        return instant(ok(self.api.get("/v1/test_clock"), 200)["now"])

    def freeze(self) -> datetime:
        """Stop the clock a minute from now, at a full second."""
        at = (self.now() + timedelta(minutes=1)).replace(microsecond=0)
        self.at(at)
        return at

    def events(self, object_id: str) -> list[Json]:
        """What happened to an object, oldest first."""
        return list(ok(self.api.get("/v1/events", object_id=object_id), 200)["data"])
