"""Who acts must be there still, with the role and the session that the request was judged by."""

import sqlite3

import pytest
from support.schema import migrated

from api.people.memberships import repository


@pytest.fixture
def core() -> sqlite3.Connection:
    core = migrated("core")
    core.executescript("""
        INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('ten_1', 'T', 0, 0);
        INSERT INTO users (id, email, name, created_at, updated_at)
        VALUES ('usr_1', 'a', 'A', 0, 0);
        INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)
        VALUES ('ten_1', 'usr_1', 'admin', 0, 0);
        INSERT INTO sessions (token_hash, id, tenant_id, user_id, created_at, last_seen_at, expires_at)
        VALUES ('hash', 'ses_1', 'ten_1', 'usr_1', 0, 0, 1);""")
    return core


def acts(core: sqlite3.Connection) -> bool:
    try:
        for make in (repository.standing, repository.require_caller):
            statement = make("ten_1", "usr_1", "admin", "hash")
            found = core.execute(statement.sql, statement.params).fetchall()
            assert make is repository.require_caller or found[0][0] in (0, 1)
    except sqlite3.IntegrityError as refused:
        assert str(refused) == "guard_failed"
        return False
    return True


def test_who_is_what_they_were_acts(core: sqlite3.Connection) -> None:
    assert acts(core)


@pytest.mark.parametrize(
    "lost",
    [
        "DELETE FROM memberships WHERE user_id = 'usr_1'",
        "UPDATE memberships SET role = 'manager' WHERE user_id = 'usr_1'",
        "DELETE FROM sessions",
        "UPDATE sessions SET token_hash = 'another'",
    ],
)
def test_who_lost_membership_role_or_session_does_not(core: sqlite3.Connection, lost: str) -> None:
    core.execute(lost)
    assert not acts(core)
