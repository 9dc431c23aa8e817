"""Health as the API shows it."""

import msgspec


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` when every Worker answered, else `degraded`; `workers` maps each name to `ok` or `unreachable`."""

    status: str
    workers: dict[str, str]
