"""Which day it is at a property: pure, with the instant as an argument."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def today_in(time_zone: str, now: int) -> str:
    """The local date of the instant `now` (ms) in an IANA zone."""
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(time_zone)).date().isoformat()
