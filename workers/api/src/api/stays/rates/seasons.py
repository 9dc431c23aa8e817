"""Ranges of a unit as they are stored and read together with it."""

import msgspec


class Season(msgspec.Struct, frozen=True, array_like=True):
    """A row of `rates`; read as a JSON array, because a unit may have hundreds of them."""

    start: str
    end: str
    nightly_amount: int | None = None
    min_stay: int | None = None
    max_stay: int | None = None
    closed_to_arrival: bool = False
    closed_to_departure: bool = False


_SEASONS = msgspec.json.Decoder(list[Season], strict=False)  # D1 has no booleans


def decoded(text: str) -> list[Season]:
    """The ranges of a JSON list, in order of time."""
    return sorted(_SEASONS.decode(text), key=lambda season: season.start)


def decoded_one(text: str) -> Season:
    """One range from its JSON array."""
    return msgspec.json.decode(text, type=Season, strict=False)
