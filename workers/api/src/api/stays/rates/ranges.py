"""Lists of ranges: pure. No two ranges of a unit name the same night."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from api.stays.rates.errors import empty_range, empty_rate, rates_overlap, stay_bounds_crossed, wrong_currency
from api.stays.rates.seasons import Season


def season_of(item: dict[str, Any], currency: str, param: str) -> Season:
    """A range as it was sent. Raises Unprocessable naming the field below `param`."""
    rate = item["nightly_rate"]
    if item["end"] <= item["start"]:
        raise empty_range(f"{param}.end")
    if rate is not None and rate["currency"] != currency:
        raise wrong_currency(currency, f"{param}.nightly_rate.currency")
    if None not in (item["min_stay"], item["max_stay"]) and item["max_stay"] < item["min_stay"]:
        raise stay_bounds_crossed(f"{param}.max_stay")
    return Season(
        item["start"], item["end"], None if rate is None else rate["amount"], item["min_stay"], item["max_stay"],
        item["closed_to_arrival"], item["closed_to_departure"],
    )  # fmt: skip


def says(season: Season) -> tuple[object, ...]:
    """What a range says, whatever its nights."""
    return msgspec.structs.astuple(season)[2:]


def is_empty(season: Season) -> bool:
    """Whether a range says nothing at all."""
    return says(season) == says(Season("", ""))


def whole_list(items: Sequence[dict[str, Any]], currency: str) -> list[Season]:
    """A unit's list as it was sent, in order of time. Raises Unprocessable naming two ranges that overlap."""
    seasons = [season_of(item, currency, f"rates.{index}") for index, item in enumerate(items)]
    for index, season in enumerate(seasons):
        if is_empty(season):
            raise empty_rate(f"rates.{index}")
    ordered = sorted(range(len(seasons)), key=lambda index: seasons[index].start)
    for before, after in pairwise(ordered):
        if seasons[before].end > seasons[after].start:
            raise rates_overlap(min(before, after), max(before, after))
    return [seasons[index] for index in ordered]


def laid_over(seasons: Sequence[Season], new: Season) -> list[Season]:
    """The list with the nights of `new` saying what it says, its neighbours cut and joined where they say the same."""
    kept = [part for season in seasons for part in _without(season, new.start, new.end)]
    if not is_empty(new):
        kept.append(new)
    joined: list[Season] = []
    for season in sorted(kept, key=lambda one: one.start):
        if joined and joined[-1].end == season.start and says(joined[-1]) == says(season):
            joined[-1] = msgspec.structs.replace(joined[-1], end=season.end)
        else:
            joined.append(season)
    return joined


def _without(season: Season, start: str, end: str) -> list[Season]:
    """What is left of a range outside of these nights."""
    left = msgspec.structs.replace(season, end=min(season.end, start))
    right = msgspec.structs.replace(season, start=max(season.start, end))
    return [part for part in (left, right) if part.start < part.end]
