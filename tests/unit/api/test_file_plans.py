"""The statements about files read what they ask for by an index, in its order, and no more."""

import sqlite3

import pytest
from support.schema import migrated, with_unit

from api.files.store import repository
from api.files.store.repository import Filters
from propflow.bindings.d1 import Statement

OWNED = [("property_id", "files_by_property"), ("unit_id", "files_by_unit"), ("booking_id", "files_by_booking"),
         ("lease_id", "files_by_lease")]  # fmt: skip


@pytest.fixture
def core() -> sqlite3.Connection:
    return with_unit(migrated("core"))


def plan(core: sqlite3.Connection, statement: Statement) -> list[str]:
    """The steps about the table itself, without those of a restriction."""
    rows = core.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params)
    return [str(row[3]) for row in rows if " f " in f"{row[3]} " or "TEMP" in row[3] or "files" in row[3]]


@pytest.mark.parametrize(("column", "index"), OWNED)
def test_what_belongs_to_one_is_found_by_it(core: sqlite3.Connection, column: str, index: str) -> None:
    filters = Filters(**{column: "x"})
    [step] = plan(core, repository.list_after("ten_1", None, filters, "doc", "", 50))
    assert step.startswith(f"SEARCH f USING INDEX {index} (tenant_id=? AND {column}=? AND id>? AND id<?)"), step


def test_a_collection_lies_together(core: sqlite3.Connection) -> None:
    [step] = plan(core, repository.list_after("ten_1", None, Filters(), "med", "", 50))
    assert step == "SEARCH f USING PRIMARY KEY (tenant_id=? AND id>? AND id<?)"


@pytest.mark.parametrize("deleted", [True, False])
def test_upkeep_looks_only_at_what_is_due(core: sqlite3.Connection, deleted: bool) -> None:
    [step] = plan(core, repository.due(1, deleted, 100))
    assert step.startswith("SEARCH f USING INDEX files_due (due_at<?)")


def test_deleting_and_removing_go_by_the_key(core: sqlite3.Connection) -> None:
    statements = [repository.delete_all("ten_1", [], 1, 1)[0], *repository.removed([], 1)]
    for statement in statements:
        assert all("SCAN files" not in step for step in plan(core, statement)), plan(core, statement)
