"""What an export shows to whom. Pure.

Holds are left out, where no channel has sold their nights: they end after minutes, a reader comes back after hours,
and a night that a lapsed hold keeps shut there is a night lost. A confirmed booking is in the export within seconds.
"""

import re
from collections.abc import Iterable

import msgspec

from calsync.ical.models import Entry
from propflow import clock
from propflow.handover import MOVED

UID_DOMAIN = "propflow360.com"
# `{occupancy}`, of a split stay `~{first night}`, of a part of a combined unit `:{unit}`, and which installation it is.
_UID = re.compile(rf"(occ_[0-9a-z]{{26}})[~:0-9a-z_-]*@(?:[0-9a-z-]+\.)?{re.escape(UID_DOMAIN)}", re.ASCII)
RESERVED = frozenset({"booking", "lease"})
TITLES = ("Reserved", "Blocked")  # all that we ever write: no name, no reason

# One channel goes by several names, as the reader of an export and as the host of a calendar.
FAMILIES = {
    "bookingcom": "booking",
    "expediapartnercentral": "expedia",
    **dict.fromkeys(("homeaway", "abritel", "fewo-direkt", "fewodirekt", "bookabach", "stayz"), "vrbo"),
}


# So that a body stays below a mebibyte. A unit alone has fewer nights before the horizon; one of many parts may not.
MOST_ENTRIES = 4_000
YEARS_AHEAD = 4  # channels sell two years at most


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A live occupancy. `stay_id` names the channel's stay which it is one of several ranges of."""

    id: str
    start: str
    end: str
    kind: str
    source: str
    created_at: int
    updated_at: int
    stay_id: str | None = None

    @property
    def whole(self) -> str:
        """The id of all that it is a part of: of its stay, or its own."""
        return self.stay_id or self.id

    @property
    def title(self) -> str:
        """What the entry is called."""
        return TITLES[self.kind not in RESERVED]


def occupancy_of(uid: str) -> str | None:
    """The id of the occupancy that a UID of ours, of whichever installation, names; None for any other UID."""
    match = _UID.fullmatch(uid)
    return match and match[1]


def horizon(today: str) -> str:
    """The day on which exports end: the first of a year, so that it does not change them every day."""
    return f"{int(today[:4]) + YEARS_AHEAD}-01-01"


def bounded(taken: list[Taken], until: str, most: int = MOST_ENTRIES) -> list[Taken]:
    """What begins before `until`, ended there. Of what is too much nothing is left open: the last covers the rest."""
    if len(taken) > most:
        last = msgspec.structs.replace(taken[most - 1], end=until, kind="rest", source="rest")
        taken = [*taken[: most - 1], last]
    return [one if one.end <= until else msgspec.structs.replace(one, end=until) for one in taken]


def sequence(one: Taken) -> int:
    """0 for what never changed, and more after each change: the seconds between the first and the last version.

    A reader compares it with what it has seen, so it must grow and need not count (RFC 5545, 3.8.7.4).
    """
    return max(0, -(-(one.updated_at - one.created_at) // clock.SECOND))


def entries(taken: Iterable[Taken], channel: str, installation: str) -> list[Entry]:
    """What a channel is shown: all that is taken but for its own stays, which it knows."""
    taken = [*taken]
    own = {source for source in {one.source for one in taken} if is_own(channel, source)}
    return [
        Entry(
            uid=f"{one.id}@{installation}.{UID_DOMAIN}", start=one.start, end=one.end, summary=one.title,
            changed_at=one.updated_at, sequence=sequence(one),
        )
        for one in taken
        if one.source not in own
    ]  # fmt: skip


def is_own(channel: str, source: str) -> bool:
    """Whether a stay came from the channel: `ical:www.airbnb.co.uk` is airbnb's, and so is `airbnb`."""
    kind, _, host = source.partition(":")
    names = _names(host) if kind == "ical" else {source}
    return family(channel) in {family(name) for name in names}


def moved_from(source: str, host: str) -> bool:
    """Whether it is a stay that the channel behind `host` sold for another unit, from which somebody moved it."""
    kind, _, other = source.removeprefix(MOVED).partition(":")
    families = [{family(name) for name in _names(one)} for one in (host, other)]
    return source.startswith(MOVED) and kind == "ical" and not families[0].isdisjoint(families[1])


def family(name: str) -> str:
    """`booking_com` is booking, `abritel` is vrbo."""
    name = name.replace("_", "-").removesuffix("-com")
    return FAMILIES.get(name, name)


def _names(host: str) -> set[str]:
    """The parts of a host name that can be a channel's: not its ending, nor its service."""
    return set(host.split(".")[:-1]) - {"www", "ical", "calendar", "calendars", "admin", "com", "co"}
