"""API keys as the API shows them."""

import msgspec


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`hint` is the end of the key. `replaces_id` is the key that this one came after."""

    id: str
    name: str
    mode: str
    scopes: list[str]
    networks: list[str] | None
    hint: str
    created_by: str
    replaces_id: str | None
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    last_ip: str | None
    created_at: str


class NewApiKey(ApiKey, frozen=True, kw_only=True):
    """`key` is shown once. A replay of the request (same Idempotency-Key) has null there, and `notice` says why."""

    key: str | None
    notice: str | None
