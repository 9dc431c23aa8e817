"""Whose owners had all been disabled before tenants could be suspended is suspended with the migration."""

import sqlite3

import pytest
from support.schema import migrate, migrated

from api.operations.operators.suspensions_repository import NO_OWNER, adopted, resume_adopted
from propflow.bindings.d1 import Statement

GONE, THERE, NOBODY, MIXED = "ten_gone", "ten_there", "ten_nobody", "ten_mixed"
OWNERS = {GONE: ("usr_off", "usr_off_too"), THERE: ("usr_on",), NOBODY: (), MIXED: ("usr_off", "usr_on")}


@pytest.fixture
def core() -> sqlite3.Connection:
    """Each tenant has a test space and an admin who can sign in."""
    schema = migrated("core", until="0035")
    for user_id, disabled_at in (("usr_off", 1), ("usr_off_too", 1), ("usr_on", None), ("usr_admin", None)):
        schema.execute(
            "INSERT INTO users (id, email, name, disabled_at, created_at, updated_at) VALUES (?1, ?1, 'N', ?2, 0, 0)",
            (user_id, disabled_at),
        )
    for tenant, owners in OWNERS.items():
        schema.execute(
            "INSERT INTO tenants (id, name, plan, created_at, updated_at) VALUES (?, 'T', 'business', 0, 0)", (tenant,)
        )
        schema.execute(
            "INSERT INTO tenants (id, name, mode, live_id, created_at, updated_at)"
            " VALUES (?1 || '_test', 'T', 'test', ?1, 0, 0)", (tenant,),
        )  # fmt: skip
        for user_id in (*owners, "usr_admin"):
            schema.execute(
                "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?, ?, ?, 0, 0)",
                (tenant, user_id, "owner" if user_id in owners else "admin"),
            )
    return migrate(schema, "core", since="0035")


def suspended(core: sqlite3.Connection) -> dict[str, str]:
    rows = core.execute("SELECT id, suspended_reason FROM tenants WHERE suspended_at > 0 ORDER BY id")
    return {str(row[0]): str(row[1]) for row in rows}


def run(core: sqlite3.Connection, statement: Statement) -> sqlite3.Cursor:
    return core.execute(statement.sql, statement.params)


def test_who_has_owners_and_none_who_can_sign_in_is_suspended_with_the_test_space(core: sqlite3.Connection) -> None:
    assert suspended(core) == {GONE: NO_OWNER, f"{GONE}_test": NO_OWNER}


def test_whoever_enables_an_owner_resumes_it(core: sqlite3.Connection) -> None:
    assert len(run(core, adopted("usr_off")).fetchall()) == 2
    run(core, resume_adopted("usr_off", 7))
    assert suspended(core) == {}
    assert core.execute("SELECT id FROM tenants WHERE resumed_at = 7 ORDER BY id").fetchall() == [
        (GONE,), (f"{GONE}_test",),
    ]  # fmt: skip
