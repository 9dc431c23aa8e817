"""Plans and roles of a tenant, changed behind the product's back where a test is about something else."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from support.people import Manager
from support.rows import row_id
from support.suite import Suite


def put_on_plan(suite: Suite, tenant_id: str, plan: str = "business", status: str = "active") -> None:
    """Begin another subscription."""
    now = time.time_ns() // 1_000_000
    suite.d1_batch([
        ("UPDATE subscriptions SET ended_at = ?2 WHERE tenant_id = ?1 AND ended_at IS NULL", [tenant_id, now]),
        (
            "INSERT INTO subscriptions (tenant_id, id, plan, status, started_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            [tenant_id, row_id("sub"), plan, status, now],
        ),
    ])  # fmt: skip


def verify_owners(suite: Suite, tenant_id: str) -> None:
    """Whoever owns the tenant has shown that their address is theirs."""
    sql = """UPDATE users SET email_verified_at = ?2 WHERE email_verified_at IS NULL
      AND id IN (SELECT user_id FROM memberships WHERE tenant_id = ?1 AND role = 'owner')"""
    suite.d1(sql, tenant_id, time.time_ns() // 1_000_000)


def prove(suite: Suite, tenant_id: str, plan: str = "business") -> None:
    """It may write to anybody, also by SMS: an owner is verified, and the plan is paid."""
    put_on_plan(suite, tenant_id, plan)
    verify_owners(suite, tenant_id)


def add_owner(suite: Suite, tenant_id: str) -> str:
    """Somebody else who owns the tenant, too, so that roles may change; returns their user id."""
    user, now = row_id("usr"), time.time_ns() // 1_000_000
    put_on_plan(suite, tenant_id)
    suite.d1_batch([
        (
            "INSERT INTO users (id, email, name, created_at, updated_at)"
            " VALUES (?1, ?1 || '@example.net', 'O', ?2, ?2)",
            [user, now],
        ),
        (
            "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)"
            " VALUES (?1, ?2, 'owner', ?3, ?3)",
            [tenant_id, user, now],
        ),
    ])  # fmt: skip
    return user


def become(suite: Suite, person: Manager, role: str, property_ids: Sequence[str] | None = None) -> None:
    """Another role for somebody who signed up, with the session they have; the tenant gets another owner."""
    owners = suite.d1(
        "SELECT COUNT(*) AS n FROM memberships WHERE tenant_id = ?1 AND role = 'owner' AND user_id <> ?2",
        person.tenant["id"], person.user["id"],
    )  # fmt: skip
    if not owners[0]["n"]:
        add_owner(suite, person.tenant["id"])
    suite.d1(
        "UPDATE memberships SET role = ?3, property_ids = ?4 WHERE tenant_id = ?1 AND user_id = ?2",
        person.tenant["id"], person.user["id"], role, None if property_ids is None else json.dumps(list(property_ids)),
    )  # fmt: skip
