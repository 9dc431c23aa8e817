"""What operators see: ids and reasons, no personal data."""

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    queue: str
    tenant_id: str | None
    outbox_id: str | None
    body: str
    reason: str
    attempts: int
    created_at: str
    replayed_at: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person may sign in."""

    id: str
    disabled: bool


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a tenant is suspended; `reads`: its people may read and export what is theirs meanwhile."""

    id: str
    suspended_at: str | None
    reason: str | None
    reads: bool


class UpkeepRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one job of the upkeep did. `error` is null when it succeeded."""

    id: str
    job: str
    rows: int
    error: str | None
    started_at: str
    finished_at: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A row at fault. `seen_at` is the begin of the last pass that saw it; `resolved_at`: a pass did not any more."""

    kind: str
    tenant_id: str
    object_id: str
    detail: str
    found_at: str
    seen_at: str
    resolved_at: str | None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at. `times` counts how often it was noticed, `told_at` is when a mail told of it."""

    kind: str
    subject: str
    tenant_id: str | None
    detail: str
    times: int
    first_at: str
    last_at: str
    told_at: str | None
    resolved_at: str | None


class DaySize(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes at the end of a day (UTC), or so far."""

    day: str
    bytes: int


class DatabaseSize(msgspec.Struct, frozen=True, kw_only=True):
    """`bytes` now, of `limit` that a database can have."""

    database: str
    bytes: int
    limit: int
    days: list[DaySize]


class TenantGrowth(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that a tenant's requests wrote in seven days, indexes included, and the bytes that it has kept: long answers
    for its Idempotency-Keys, and files. What queues and feeds write for it is not counted.
    """

    tenant_id: str
    rows_written: int
    answer_bytes: int
    storage_bytes: int


class Storage(msgspec.Struct, frozen=True, kw_only=True):
    """`tenants` begins with who wrote most."""

    databases: list[DatabaseSize]
    tenants: list[TenantGrowth]
