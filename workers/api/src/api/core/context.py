"""What a use case is given: who asks, when, and the bindings it may use."""

from collections.abc import Awaitable, Callable

import msgspec

from api.core.settings import Settings
from propflow.bindings.d1 import Database
from propflow.bindings.env import Env
from propflow.bindings.kv import KeyValue
from propflow.bindings.objects import ObjectNamespace
from propflow.bindings.queues import Queue
from propflow.bindings.r2 import Bucket
from propflow.bindings.services import Service
from propflow.json_text import json_text
from propflow.outbox import Destination
from propflow.settings import kept

RESTRICTED = "restricted"  # under which the scope of a request says that its caller sees some properties only


class Bindings:
    """The api Worker's bindings and what it needs to finish work after the answer."""

    def __init__(self, env: Env, background: Callable[[Awaitable[None]], None]) -> None:
        self._env = env
        self.background = background
        self.settings = kept(Settings, env)
        self.core: Database = env.database("DB_CORE")

    @property
    def audit(self) -> Database:
        return self._env.database("DB_AUDIT")

    @property
    def queues(self) -> dict[Destination, Queue]:
        return {
            Destination.NOTIFICATIONS: self._env.queue("Q_NOTIFICATIONS"),
            Destination.BILLING: self._env.queue("Q_BILLING"),
            Destination.CALSYNC: self._env.queue("Q_CALSYNC"),
            Destination.AUTOMATION: self._env.queue("Q_AUTOMATION"),
        }

    @property
    def config(self) -> KeyValue:
        return self._env.key_value("KV_CONFIG")

    @property
    def cache(self) -> KeyValue:
        return self._env.key_value("KV_CACHE")

    @property
    def exports(self) -> Bucket:
        return self._env.bucket("R2_EXPORTS")

    def files(self, file_id: str) -> Bucket:
        """The bucket of a picture or of a document."""
        return self._env.bucket("R2_MEDIA" if file_id.startswith("med_") else "R2_DOCS")

    @property
    def unit_locks(self) -> ObjectNamespace:
        return self._env.objects("DO_UNIT_LOCK")

    @property
    def rate_limits(self) -> ObjectNamespace:
        return self._env.objects("DO_RATE_LIMIT")

    @property
    def rooms(self) -> ObjectNamespace:
        return self._env.objects("DO_PRESENCE")

    @property
    def billing(self) -> Service:
        return self._env.service("SVC_BILLING")

    @property
    def calsync(self) -> Service:
        return self._env.service("SVC_CALSYNC")

    @property
    def notify(self) -> Service:
        return self._env.service("SVC_NOTIFY")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, within one tenant: a person (`usr_…`, with a role) or an API key (`key_…`, with scopes).

    `credential` is the SHA-256 of the token or key, `credential_id` its public name. `property_ids` is None for who
    sees all properties. A test space is a tenant of its own, with `mode` test and perhaps a clock (`clock_at`, ms).
    """

    tenant_id: str
    principal_id: str
    credential: str
    credential_id: str
    role: str | None = None
    scopes: frozenset[str] = frozenset()
    property_ids: tuple[str, ...] | None = None
    mode: str = "live"
    clock_at: int | None = None
    plan: str = "free"
    features: tuple[str, ...] = ()

    @property
    def is_key(self) -> bool:
        return self.role is None

    @property
    def properties(self) -> str | None:
        """The restriction for a statement: null, or the JSON list of the properties that may be seen."""
        return None if self.property_ids is None else json_text(self.property_ids)

    def sees(self, property_id: str) -> bool:
        """Whether a property, and what belongs to it, exists for the caller."""
        return self.property_ids is None or property_id in self.property_ids


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An idempotency key: `key_hash` covers method, route and key, `fingerprint` the request.

    `former` are the fingerprints that the same request had with earlier keys of ours, and without one.
    `expired` says that a row older than 72 hours still stands under it and must go first.
    """

    key_hash: str
    fingerprint: str
    former: tuple[str, ...] = ()
    expired: bool = False


class Anonymous(msgspec.Struct, frozen=True, kw_only=True):
    """A request by nobody yet: sign-up, log-in, health. `ip` and `device` are the client's address and User-Agent.

    `actor` is what the audit calls an operator; nobody else has one here. `known_as` are the tokens by which a device
    shows that somebody has signed in from it.
    """

    bindings: Bindings
    request_id: str
    now: int
    ip: str
    device: str = ""
    actor: str = "nobody"
    known_as: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """A request within a tenant. Instants are milliseconds.

    `now` is what time it is for the tenant: stays, prices, leases and events reckon with it. It is the test clock of a
    test space that has one, and then stands still. `real_now` is for who may come in and how often, for how long an
    answer is remembered, for messages and for ids, which would not sort by creation while a clock stands still.
    """

    bindings: Bindings
    caller: Caller
    request_id: str
    now: int
    real_now: int
    ip: str = ""
    device: str = ""
    known_as: str = ""
    key: Key | None = None

    @property
    def tenant_id(self) -> str:
        return self.caller.tenant_id

    @property
    def is_clocked(self) -> bool:
        """Whether a test clock stands in for the time."""
        return self.caller.clock_at is not None

    def without_key(self) -> "Context":
        """The same request, for a part whose answer must not be stored."""
        return msgspec.structs.replace(self, key=None)
