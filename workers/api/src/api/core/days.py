"""Which day it is at a property: pure, with the instant as an argument."""

from zoneinfo import ZoneInfo

from propflow.clock import day_of


def today_in(time_zone: str, now: int) -> str:
    """The local date of the instant `now` (ms) in an IANA zone."""
    return day_of(now, ZoneInfo(time_zone))
