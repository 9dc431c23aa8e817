"""What a push reads and what it leaves."""

import msgspec

CALDAV = "caldav"
WEBHOOK = "webhook"
ENDING = "ending"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A unit whose nights changed, and the message that says so."""

    unit_id: str
    outbox_id: str
    request_id: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit's calendar is brought to. `revision` is what is to be there, `pushed_revision` what is.

    `known`: the tenant has shown who they are, so that pushes take no turns of the host. `claimed_until`: until when it
    is in somebody's hands.
    """

    id: str
    tenant_id: str
    unit_id: str
    kind: str
    host: str
    sealed: str
    status: str
    revision: int
    pushed_revision: int
    failures: int
    claimed_until: int
    time_zone: str
    known: bool

    @property
    def is_behind(self) -> bool:
        """Whether there is something to bring over."""
        return self.pushed_revision < self.revision and self.status in ("active", ENDING)


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook secret; one that was replaced signs along until `until` (ms)."""

    secret: str
    until: int | None = None


class Sealed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored encrypted: the address and how we are known there."""

    url: str
    username: str = ""
    password: str = ""
    secrets: list[Secret] = []

    def __repr__(self) -> str:
        return "Sealed(…)"


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that we put into a collection, and the state that its server gave it."""

    uid: str
    end_date: str
    content_hash: str
    etag: str | None = None


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """An entry to write over the state `etag`, or as a new one."""

    uid: str
    end_date: str
    content_hash: str
    body: str
    etag: str | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done in a collection. `forgotten` are over: they stay, and are nobody's concern any more."""

    puts: list[Put]
    removals: list[Pushed]
    forgotten: list[str]


class Progress(msgspec.Struct, kw_only=True):
    """What was done of a plan, whatever became of the rest."""

    put: list[Pushed] = []
    gone: list[str] = []
    more: bool = False
