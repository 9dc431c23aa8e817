"""An entry of the audit as admins see it."""

from typing import Any

import msgspec


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is a user (`usr_…`), an API key (`key_…`), `system`, or who runs PropFlow360 (`operator`).

    `changes` holds what changed, never a secret.
    """

    id: str
    at: str
    actor: str
    action: str
    object_id: str
    changes: dict[str, Any]
    request_id: str
    ip: str
