"""People, links and invitations written straight into the database, and the mails that are asked for about them."""

from __future__ import annotations

import json
import secrets
import time
import tomllib
from dataclasses import dataclass, field
from typing import Any

from support.process import ROOT
from support.rows import Fact, row_id
from support.suite import Row, Suite

from propflow import one_time
from propflow.keyring import Keyring
from propflow.one_time import Purpose

MANIFEST = tomllib.loads((ROOT / "infra/manifest.toml").read_text())
KEYS = Keyring.parse(MANIFEST["local"]["secrets"]["JWT_SIGNING_KEY"])
HOUR = 3_600_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Person:
    """A user whom no other test knows."""

    suite: Suite
    name: str = "Ada Byron"
    disabled: bool = False
    verified: bool = False
    id: str = field(default_factory=lambda: row_id("usr"))
    email: str = field(default_factory=lambda: f"ada-{secrets.token_hex(6)}@example.net")

    def __post_init__(self) -> None:
        now = now_ms()
        self.suite.d1(
            "INSERT INTO users (id, email, name, email_verified_at, disabled_at, created_at, updated_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            self.id, self.email, self.name, now if self.verified else None, now if self.disabled else None, now,
        )  # fmt: skip

    def link(self, purpose: Purpose, **chosen: Any) -> str:
        """A link that opens, unless chosen otherwise; its id."""
        now, link_id = now_ms(), chosen.pop("id", row_id("lnk"))
        row = {
            "id": link_id, "purpose": purpose, "user_id": self.id, "email": self.email,
            "token_hash": one_time.token_hash(token(purpose, link_id)), "key_id": KEYS.current,
            "expires_at": now + HOUR, "used_at": None, "created_at": now,
        } | chosen  # fmt: skip
        insert(self.suite, "one_time_tokens", row)
        return str(link_id)

    def mail(self, mail: str, object_id: str = "") -> Fact:
        """What the api Worker commits when this person is to get a mail."""
        return ask(self.suite, self.id, mail, object_id or self.id)


def token(purpose: Purpose, object_id: str, revision: int = 1) -> str:
    """What the link of a mail must hold."""
    return one_time.token(KEYS, KEYS.current, purpose, object_id, revision)


def invitation(suite: Suite, tenant_id: str, **chosen: Any) -> Row:
    """An invitation to a tenant, pending unless chosen otherwise."""
    now, invitation_id, revision = now_ms(), row_id("inv"), chosen.get("revision", 1)
    row = {
        "tenant_id": tenant_id, "id": invitation_id, "email": f"bob-{secrets.token_hex(6)}@example.net",
        "role": "manager", "status": "pending", "revision": 1,
        "token_hash": one_time.token_hash(token("invitation", invitation_id, revision)), "key_id": KEYS.current,
        "invited_by": row_id("usr"), "expires_at": now + HOUR, "created_at": now, "updated_at": now,
    } | chosen  # fmt: skip
    insert(suite, "invitations", row)
    return row


def ask(suite: Suite, tenant_id: str, mail: str, object_id: str) -> Fact:
    """The outbox row of a mail, and its message."""
    now, outbox_id = now_ms(), row_id("obx")
    message = {
        "type": "account.mail_requested", "tenant_id": tenant_id, "outbox_id": outbox_id, "request_id": "req_test",
        "mail": mail, "object_id": object_id,
    }  # fmt: skip
    row = {
        "tenant_id": tenant_id, "id": outbox_id, "type": "account.mail_requested", "message": json.dumps(message),
        "waiting": 1, "next_attempt_at": now + HOUR, "created_at": now,
    }  # fmt: skip
    insert(suite, "outbox", row)
    return Fact(tenant_id, outbox_id, str(row["message"]))


def insert(suite: Suite, table: str, row: Row) -> None:
    """Write one row."""
    marks = ", ".join(f"?{number}" for number in range(1, len(row) + 1))
    suite.d1(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())


def delivery(suite: Suite, fact: Fact) -> Row:
    """The one delivery of a mail."""
    [row] = suite.d1("SELECT * FROM deliveries WHERE tenant_id = ?1 AND outbox_id = ?2", fact.tenant_id, fact.id)
    return row


def waiting(suite: Suite, fact: Fact) -> int:
    """What the outbox row still waits for."""
    sql = "SELECT waiting FROM outbox WHERE tenant_id = ?1 AND id = ?2"
    return int(suite.d1(sql, fact.tenant_id, fact.id)[0]["waiting"])
