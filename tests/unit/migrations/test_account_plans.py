"""An address leads to people by probes of an index, however many have signed up with it."""

import sqlite3

import pytest
from support.schema import migrated

from api.people.identity import repository as accounts
from api.people.mail_links import repository as links
from propflow.bindings.d1 import Statement

SCHEMA = migrated("core")
EMAIL = "grace@example.net"


@pytest.mark.parametrize("statement", [accounts.by_email(EMAIL), *accounts.slots(EMAIL)])
def test_who_is_meant_by_an_address_is_never_sorted_for(statement: Statement) -> None:
    rows = SCHEMA.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params).fetchall()
    people = [row[3] for row in rows if " users" in row[3] or " u " in row[3]]
    assert people and not [step for step in people if step.startswith("SCAN")], people
    assert any("(email=?)" in step for step in people), people
    sorts = [row[3] for row in rows if "TEMP B-TREE" in row[3]]
    assert len(sorts) <= ("memberships" in statement.sql), "a person's memberships alone are sorted"


def test_the_mails_to_an_address_are_counted_without_looking_at_who_signed_up_with_it() -> None:
    statement = links.mailed(EMAIL, "verify_email", 0)
    steps = SCHEMA.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params).fetchall()
    assert [row[3] for row in steps] == [
        "SEARCH one_time_tokens USING COVERING INDEX one_time_tokens_by_email (email=? AND purpose=? AND created_at>?)"
    ]


def test_the_oldest_who_has_not_verified_an_address_is_meant_and_nobody_who_came_later() -> None:
    schema = migrated("core")
    for number, verified in ((3, None), (1, None), (2, None)):
        schema.execute(
            "INSERT INTO users (id, email, name, email_verified_at, created_at, updated_at) VALUES (?, ?, '', ?, ?, 1)",
            (f"usr_{number}", EMAIL, verified, number),
        )
    assert _meant(schema) == ["usr_1", None, "usr_1"]
    schema.execute("UPDATE users SET email_verified_at = 9 WHERE id = 'usr_3'")
    assert _meant(schema) == ["usr_3", "usr_3", "usr_1"]


def _meant(schema: sqlite3.Connection) -> list[str | None]:
    verified, _, oldest, _ = accounts.slots(EMAIL)
    found = [schema.execute(one.sql, one.params).fetchone() for one in (accounts.by_email(EMAIL), verified, oldest)]
    return [None if one is None else one[0] for one in found]
