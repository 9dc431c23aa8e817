"""A table has one writing Worker, or a reason why it has several. What is named in docs/data-model.md is the truth."""

import ast
import re

import pytest
from support.schema import migrated
from support.sources import ROOT, WORKERS
from support.writers import by_table, written

SECTION = re.compile(r"^## Who writes\n(.*?)^## ", re.MULTILINE | re.DOTALL)
BY_NOBODY = {"migrations", "triggers"}  # no Worker


def rows() -> list[list[str]]:
    """The rows of the section's tables, without the heads."""
    [section] = SECTION.findall((ROOT / "docs/data-model.md").read_text())
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if "tables" not in cells]


def alone() -> list[tuple[str, str]]:
    """Each table with its one writer."""
    return [(table, cells[0]) for cells in rows() if len(cells) == 2 for table in re.findall(r"`(\w+)`", cells[1])]


def exceptions() -> list[tuple[str, list[str], str]]:
    """Each table that several write, with them and the reason."""
    several = [cells for cells in rows() if len(cells) == 3]
    return [(table, who.split(", "), why) for tables, who, why in several for table in re.findall(r"`(\w+)`", tables)]


def named() -> dict[str, set[str]]:
    one_each = {table: {writer} - BY_NOBODY for table, writer in alone()}
    return one_each | {table: set(who) for table, who, _ in exceptions()}


def tables() -> list[str]:
    """All that have rows; a view has none."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for database in ("core", "audit") for (name,) in migrated(database).execute(query)]


def test_every_table_has_a_named_writer_and_is_named_once() -> None:
    assert sorted([table for table, _ in alone()] + [table for table, _, _ in exceptions()]) == sorted(tables())


def test_every_writer_is_a_worker_or_none_at_all() -> None:
    assert {writer for _, writer in alone()} <= {*WORKERS} | BY_NOBODY


def test_whoever_is_no_exception_has_one_writer_and_an_exception_has_several_and_a_reason() -> None:
    for table, who, why in exceptions():
        assert len(set(who) & set(WORKERS)) == len(who) > 1, table
        assert len(why) > 10, table


def test_a_table_is_written_by_exactly_those_who_are_named() -> None:
    found = {table: who for table, who in by_table().items() if table != "require_change"}  # a view that keeps nothing
    assert found == {table: who for table, who in named().items() if who}


@pytest.mark.parametrize(
    "code",
    [
        'A = "INSERT INTO units (id) VALUES (?1)"',
        'A = """\nINSERT OR IGNORE INTO units (id)\nSELECT id FROM feeds"""',
        'A = "REPLACE INTO units (id) VALUES (?1)"',
        'A = "DELETE FROM units WHERE id = ?1"',
        'A = f"UPDATE units AS u SET name = {NAME} WHERE id = ?1"',
        'A = f"{HEAD} UPDATE units INDEXED BY units_by_name SET name = ?1"',
        'A = "INSERT INTO units (id) VALUES (?1) ON CONFLICT (id) DO UPDATE SET name = excluded.name"',
        'def made():\n    return sql("UPDATE " "units SET name = ?1")',
    ],
)
def test_a_statement_is_found_however_it_writes(code: str) -> None:
    assert written(ast.parse(code)) == {"units"}


@pytest.mark.parametrize(
    "code", ['A = "SELECT id FROM units"', '"""How to: DELETE FROM units"""', 'A = "Update units"', "A = 'ON DELETE'"]
)
def test_what_only_reads_or_tells_writes_nothing(code: str) -> None:
    assert written(ast.parse(code)) == set()


def test_a_table_whose_name_is_put_together_is_not_overlooked() -> None:
    assert written(ast.parse('A = f"DELETE FROM {table} WHERE id = ?1"')) == {"{}"}


def test_a_shared_statement_is_of_those_who_use_what_makes_it() -> None:
    assert by_table()["usage_counters"] == {"api", "notify"}
