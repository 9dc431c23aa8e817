"""A tenant keeps an owner who can sign in: somebody disabled is none."""

import sqlite3

import pytest
from support.schema import migrated

STEP_DOWN = "UPDATE memberships SET role = 'admin' WHERE user_id = 'usr_1'"
LEAVE = "DELETE FROM memberships WHERE user_id = 'usr_1'"


def two_owners(*, disabled: bool) -> sqlite3.Connection:
    schema = migrated("core")
    schema.execute("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('ten_1', 'T', 0, 0)")
    schema.execute(
        "INSERT INTO subscriptions (tenant_id, id, plan, status, started_at)"
        " VALUES ('ten_1', 'sub_1', 'business', 'active', 0)"
    )
    for user_id, disabled_at in (("usr_1", None), ("usr_2", 1 if disabled else None)):
        schema.execute(
            "INSERT INTO users (id, email, name, disabled_at, created_at, updated_at) VALUES (?1, ?1, 'N', ?2, 0, 0)",
            (user_id, disabled_at),
        )
        schema.execute(
            "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'owner', 0, 0)",
            (user_id,),
        )
    return schema


@pytest.mark.parametrize("change", [STEP_DOWN, LEAVE])
def test_an_owner_stays_while_the_only_other_one_is_disabled(change: str) -> None:
    schema = two_owners(disabled=True)
    with pytest.raises(sqlite3.IntegrityError, match="last_owner"):
        schema.execute(change)
    schema.execute("UPDATE users SET disabled_at = NULL")
    assert schema.execute(change).rowcount == 1


def test_who_is_disabled_can_be_removed() -> None:
    schema = two_owners(disabled=True)
    assert schema.execute("DELETE FROM memberships WHERE user_id = 'usr_2'").rowcount == 1
