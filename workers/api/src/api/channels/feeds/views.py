"""Feeds and their runs as the API shows them. The secret address is never shown, only its host."""

import msgspec


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """What the last run that has ended found."""

    id: str
    status: str
    seen: int
    created: int
    updated: int
    removed: int
    conflicts: int
    ignored: int
    problems: int


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is masked. `state` is healthy, degraded (the last reading failed, or something of the calendar could not be
    read), failing (several failed in a row), stale (none succeeded for 12 hours) or paused. `unread` counts what could
    not be read, so that nights may be open which were sold; the `problems` of the last run say what it is.
    `last_success_at` is at most an hour behind while the calendar says the same. `next_due_at` is null where nothing is
    read by itself."""

    id: str
    unit_id: str
    name: str
    host: str
    url: str
    status: str
    state: str
    error: str | None
    failures: int
    unread: int
    last_attempt_at: str | None
    last_success_at: str | None
    stale_since: str | None
    next_due_at: str | None
    last_run: LastRun | None
    created_at: str
    updated_at: str


class FeedRunStarted(msgspec.Struct, frozen=True, kw_only=True):
    """`run` is there when the request waited and the run has ended."""

    run_id: str
    run: "FeedRun | None" = None


class FeedRun(msgspec.Struct, frozen=True, kw_only=True):
    """`problems` are sentences about the calendar: what of it could not be read and why, then what else is unusual. Of
    each kind at most ten are listed. `status` is succeeded where something changed or could not be read, unchanged,
    failed or queued."""

    id: str
    status: str
    seen: int
    created: int
    updated: int
    removed: int
    conflicts: int
    ignored: int
    problems: list[str]
    error: str | None
    created_at: str
    finished_at: str | None
