"""A preview decides as the import does: by what we have exported to the channel, and from the space's present on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calsync.feeds import reading
from calsync.previews.service import preview
from calsync.providers.ical.fetch import Fetched
from calsync.settings import Settings
from propflow.clock import DAY, to_rfc3339
from propflow.models import FeedPreview, FeedPreviewRequest
from tests.unit.calsync.core_database import TENANT, UNIT, Core
from tests.unit.calsync.test_crashes import InMemory

NOW = 1_900_000_000_000  # 2030: the clock of a test space
SETTINGS = Settings(ENV="production", API_BASE_URL="https://api.example", SESSION_ENC_KEY="")


def day(offset: int) -> str:
    return to_rfc3339(NOW + offset * DAY)[:10]


def seen(monkeypatch: pytest.MonkeyPatch, core: Core, *lines: str) -> FeedPreview:
    """What a preview says of a calendar with one entry."""
    body = "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", *lines, "END:VEVENT", "END:VCALENDAR", ""))

    async def fetch(*_: Any) -> Fetched:
        return Fetched(body=body.encode(), etag=None)

    monkeypatch.setattr(reading, "fetch", fetch)
    asked = FeedPreviewRequest(tenant_id=TENANT, unit_id=UNIT, url="https://www.airbnb.com/a.ics", now=NOW)
    return asyncio.run(preview(InMemory(core), SETTINGS, asked))


def closed(start: str, end: str) -> tuple[str, str, str]:
    return f"DTSTART:{start.replace('-', '')}", f"DTEND:{end.replace('-', '')}", "SUMMARY:Not available"


def test_what_the_channel_tells_back_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core()
    core.occupy("occ_1", day(30), day(33))
    echo = closed(day(30), day(33))
    assert [one.outcome for one in seen(monkeypatch, core, *echo).entries] == ["conflict"], "nobody reads our nights"
    core.run(
        "INSERT INTO calendar_exports (tenant_id, id, unit_id, channel, token_hash, key_id, created_at)"
        " VALUES (?, 'exp_1', ?, 'airbnb', 't', 'k', 0)",
        TENANT, UNIT,
    )  # fmt: skip
    [entry] = seen(monkeypatch, core, *echo).entries
    assert (entry.outcome, entry.reason) == ("ignore", "It takes no nights.")


def test_what_repeats_is_expanded_from_the_day_on_which_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, Core(), *closed(day(1), day(2)), "RRULE:FREQ=MONTHLY;COUNT=3")
    assert (found.creates, found.seen) == (3, 3)
