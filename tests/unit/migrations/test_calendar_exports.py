"""Keys that opened the addresses of calendars open them under the new name, and nothing else changes."""

from __future__ import annotations

import json

from support.schema import migrate, migrated

KEY = """
INSERT INTO api_keys (tenant_id, key_hash, id, name, hint, scopes, created_by, created_at)
VALUES ('ten_1', ?1, ?1, 'n', 'h', ?2, 'usr_1', 0)"""
SCOPES = {
    "both": (["units:read", "exports:read", "exports:write"],
             ["units:read", "calendar_exports:read", "calendar_exports:write"]),
    "neither": (["bookings:write", "units:read"], ["bookings:write", "units:read"]),
}  # fmt: skip


def test_scopes_of_calendar_exports_get_their_new_name() -> None:
    core = migrated("core", until="0041")
    core.execute("PRAGMA foreign_keys = OFF")
    for key, (before, _) in SCOPES.items():
        core.execute(KEY, (key, json.dumps(before, separators=(",", ":"))))
    migrate(core, "core", since="0041")
    found = {key: json.loads(scopes) for key, scopes in core.execute("SELECT id, scopes FROM api_keys")}
    assert found == {key: after for key, (_, after) in SCOPES.items()}
