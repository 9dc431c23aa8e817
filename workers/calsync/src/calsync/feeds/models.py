"""What is known of a feed, and what a run decides."""

import msgspec

from calsync.ical.models import UNVERSIONED, Version
from propflow.handover import Nights, Placement

IMPORTED = "imported"  # its nights are taken
CONFLICT = "conflict"  # they are somebody else's, and a person decides
WAITING = "waiting"  # they are a booking's that is the same stay, or another entry's of the feed that has vanished
REMOVED = "removed"
REPLACED = "replaced"  # the same entry goes on under another UID
SETTING = "setting"  # closed by a setting of the channel: no nights
ECHO = "echo"  # what we exported comes back: no nights
IGNORED = "ignored"  # a person said so: no nights

# What a person may say of an event, as long as it has these nights; see migration of `feed_events`.
KEEP = "keep"
CANCEL = "cancel"
IMPORT = "import"
APART = "apart"

UNHEARD = "unheard"  # why one that is one stay with a booking is missing: its calendar was not heard, or may be silent
OLDER_VERSION = "older_version"  # why an entry is missing: what is listed of it is older than what is known


class Silence(msgspec.Struct, frozen=True):
    """Since when a calendar has been empty although stays to come were known, and how many readings said so."""

    since: int | None = None
    readings: int = 0


NO_SILENCE = Silence()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed with what a run of it needs. `run_status` is None when the run does not exist.

    `words` counts what people decided about its entries; `clock_at` is the present of a test space, null the real one.
    `unread` counts what could not be read of its calendar. `busy_until` is the end of what takes the unit's last night
    that is over; `alerts` names what people were told and believe to go on. `suspended`: its tenant is, so the
    schedule does not read it.
    """

    unit_id: str
    host: str
    url_sealed: str
    status: str
    etag: str | None
    content_hash: str | None
    failures: int
    last_attempt_at: int | None
    empty_since: int | None
    empty_readings: int
    words: int
    time_zone: str
    clock_at: int | None
    run_status: str | None
    version: int = 1
    changed_at: int | None = None
    busy_until: str | None = None
    last_success_at: int | None = None
    error: str | None = None
    unread: int = 0
    alerts: str = ""
    suspended: bool = False

    @property
    def silence(self) -> Silence:
        """How long the calendar had been suddenly empty before this run."""
        return Silence(self.empty_since, self.empty_readings)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the feed last said about one of its events, and what a person said about that (`word`).

    `entry_version` (JSON) is the version of the entry that said so. `ranges` (JSON) are those that it keeps closed now:
    all that it wants, or what of them nobody else has, or what a person said. `said_on` is the property's date on which
    the feed first said so; `mass`: it vanished together with others; `moved_to`: the unit to which somebody moved it.
    `booking_id`: the booking that it is one stay with, and `booked` (JSON) the nights that this has where it lives.
    """

    uid: str
    start: str
    end: str
    kind: str
    state: str
    occupancy_id: str
    missing_since: int | None = None
    mass: bool = False
    reason: str | None = None
    word: str | None = None
    said_on: str | None = None
    ranges: str = "[]"
    entry_version: str = '[0,"",""]'
    moved_to: str | None = None
    booking_id: str | None = None
    booked: str | None = None

    @property
    def version(self) -> Version:
        """Its version."""
        version: Version = msgspec.json.decode(self.entry_version, type=Version)
        return version

    @property
    def nights(self) -> list[Nights]:
        """The ranges that it keeps closed, in their order."""
        return msgspec.json.decode(self.ranges, type=list[Nights])

    @property
    def held(self) -> bool:
        """Whether it keeps any night closed."""
        return self.ranges != "[]"

    def is_booked(self, start: str, end: str) -> bool:
        """Whether the booking that it is one stay with has exactly these nights."""
        return self.booked is not None and msgspec.json.decode(self.booked, type=Nights) == (start, end)

    @property
    def rests_as_one(self) -> bool:
        """Whether it is one stay with a booking that has its nights: there is nothing to decide."""
        return self.state == WAITING and self.is_booked(self.start, self.end)


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that we have taken and that the channel reads in our export; `since` is when they last changed.

    `own`: they are the feed's own stay, which the channel is told back when it reads an export for everybody. `moved`:
    the channel sold them for another unit, and may have moved its guest here as well. `told`: there is an export for
    everybody; without one it is only possible, because nobody knows which channel this is. `title` is what we wrote.
    """

    occupancy_id: str
    start: str
    end: str
    since: int = 0
    own: bool = False
    moved: bool = False
    told: bool = False
    title: str = ""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """What the feed says now about one event.

    `state` None: the database decides between imported, where it has got all of its nights, and `otherwise`.
    `change` and `reason` are what is written of it; nothing is for a fact without `change`, nor when the state is what
    it `was` with the same nights. `before` are the nights that it had, `before_uid` the UID that it went by.
    """

    uid: str
    start: str
    end: str
    kind: str
    state: str | None
    occupancy_id: str
    conflict_id: str
    decision_id: str
    said_on: str
    change: str
    reason: str
    otherwise: str = CONFLICT
    missing_since: int | None = None
    mass: bool = False
    word: str | None = None
    entry_version: Version = UNVERSIONED
    moved_to: str | None = None
    booking_id: str | None = None
    was: str | None = None
    before: tuple[str, str] | None = None
    before_uid: str | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one successful fetch changes. `releases` are the ids of stays that want no nights any more.

    `had` holds the nights of the stays that move or are released, `moved` the units of those that live elsewhere.
    `held`: an emptiness is doubted; `mass` events have vanished together and wait for a person, or a day; of `outdated`
    ones only a version is listed that is older than the known one. `unlisted`: a booking's stay is gone.
    """

    facts: list[Fact]
    placements: list[Placement]
    releases: list[str]
    seen: int
    ignored: int
    removed: int
    held: bool
    mass: int = 0
    outdated: int = 0
    had: dict[str, list[Nights]] = {}
    moved: dict[str, str] = {}
    unlisted: bool = False

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to write but that it was read."""
        return not (self.facts or self.placements or self.releases or self.held or self.mass)
