"""What of a calendar matters, as a hash, and what of it a person should read. Pure."""

import hashlib
from collections import Counter

import msgspec

from calsync.feeds.kinds import kind_of, may_repeat
from calsync.ical.models import Reading
from propflow.json_text import json_text

VERSION = "5"  # change it when the same calendar is to be decided upon anew
HELD = (
    "The calendar is empty although stays to come were known. Nothing was removed; they stay until it says more"
    " or has been empty for a day."
)
MASS = (
    "{count} entries vanished together. Their nights stay closed for a day, in which somebody may accept or keep them."
)

OUTDATED = (
    "Entries that are listed in an older version than the one that was read before: {count}. What was read before"
    " counts; an older version is believed once nothing else has been listed for a day."
)
MOST_OF_A_KIND = 10  # problems that are told one by one


def content_hash(reading: Reading) -> str:
    """Equal for calendars that say the same, whatever their order and their stamps: Airbnb stamps anew each time."""
    said = sorted(
        (one.uid, one.start, one.end, kind_of(one), may_repeat(one), one.version[:2]) for one in reading.events
    )
    skipped = sorted((one.uid or "", one.code) for one in reading.problems)
    absent = sorted((uid, version[:2]) for uid, version in reading.cancellations.items())
    return hashlib.sha256(
        msgspec.json.encode([VERSION, said, skipped, reading.cancelled, reading.free, absent])
    ).hexdigest()


def tagged(etag: str | None, time_zone: str) -> str | None:
    """An ETag with what its calendar was read by: the same calendar means other nights in another zone."""
    return None if etag is None else f"{VERSION}|{time_zone}|{etag}"


def tag(stored: str | None, time_zone: str) -> str | None:
    """The ETag to ask with, if today's rules and zone are those by which its calendar was read."""
    prefix = f"{VERSION}|{time_zone}|"
    return stored.removeprefix(prefix) if stored and stored.startswith(prefix) else None


def problem_texts(reading: Reading, held: bool = False, mass: int = 0, outdated: int = 0) -> str:
    """The problems of a run as JSON sentences; `mass` entries have vanished together, `outdated` ones are stale."""
    texts = [HELD] if held else []
    texts += [MASS.format(count=mass)] if mass else []
    texts += [OUTDATED.format(count=outdated)] if outdated else []
    kinds = Counter[str]()
    for one in sorted(reading.problems, key=lambda one: not one.lost):
        kinds[one.code] += 1
        if kinds[one.code] <= MOST_OF_A_KIND:
            texts.append(f"{one.uid}: {one.detail}" if one.uid else one.detail)
    texts += [f"… and {count - MOST_OF_A_KIND} more like this: {code}" for code, count in kinds.items()
              if count > MOST_OF_A_KIND]  # fmt: skip
    return json_text(texts)
