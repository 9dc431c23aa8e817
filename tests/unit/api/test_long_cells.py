"""A file may hold anything: no cell is read that is longer than any field, and others have their turn meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inventory.imports import of_properties, of_units
from api.inventory.imports.amounts import decimal_signs, minor_units
from api.inventory.imports.columns import MOST_WORDS, beds, paragraphs, status, whole, words
from api.inventory.imports.dates import iso_date, orders
from api.inventory.imports.decisions import A_TURN, AT_A_TIME, decide_each
from api.inventory.imports.rules import LONGEST_CELL, Line, lines_of, written
from api.stays.booking_imports import service as of_bookings

LONG = ['"', ",", "x,", "*,", "a:1,", ":", " ", "-", "x", "1", "1,", "1.", "1'", "1x", "\r", "\n", "T1:11", "1 ", "é"]


@pytest.mark.parametrize("kind", [of_properties.KIND, of_units.KIND, of_bookings.KIND])
@pytest.mark.parametrize("filling", LONG)
def test_nobody_reads_a_cell_that_is_longer_than_any_field(kind: of_units.Kind, filling: str) -> None:
    cell = f"1{filling * 120_000}"[:120_000] + "1"
    for column in kind.columns:
        rows = [["reference"], [cell]] if column == "reference" else [[column, "reference"], [cell, "R"]]
        [line] = lines_of(written(rows), kind.columns)
        assert (line.overlong, column in line.cells) == ((column,), False)
        [decision] = asyncio.run(decide_each([line], lambda line: line.number, unread))
        assert [(one.column, one.code) for one in decision.errors] == [(column, "string_too_long")]


def unread(line: Line) -> tuple[None, None]:
    raise AssertionError(f"line {line.number} was read")


@pytest.mark.parametrize("length", [131_073, 1_000_000])
def test_a_cell_of_any_length_is_a_fault_of_its_line_and_not_of_the_file(length: int) -> None:
    (line,) = lines_of(f"reference,name\nr1,{'x' * length}\n", ["reference", "name"])
    assert (line.overlong, line.cells) == (("name",), {"reference": "r1"})


@given(st.text(st.sampled_from(",: x1"), max_size=LONGEST_CELL))
def test_a_list_has_few_words_however_long_its_cell_is(cell: str) -> None:
    assert len(words(cell)) <= MOST_WORDS + 1 and len(beds(cell)) <= MOST_WORDS + 1


@pytest.mark.parametrize("filling", [one for one in LONG if one != '"'])
def test_the_time_to_read_a_cell_grows_with_its_length_and_not_with_its_square(filling: str) -> None:
    def cpu(length: int, times: int) -> float:
        cell = f"1{filling * length}"[:length] + "1"
        begun = time.thread_time()
        for _ in range(times):
            signs, known = decimal_signs([cell]), orders([cell])
            minor_units(cell, "EUR", signs), iso_date(cell, known)
            words(cell), beds(cell), whole(cell), status(cell), paragraphs(cell)
        return time.thread_time() - begun

    short = min(cpu(200, 100) for _ in range(3))
    assert cpu(LONGEST_CELL, 1) < 30 * short  # as many characters; were it the square, a hundred times as much


def test_others_have_their_turn_while_a_file_is_judged() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(A_TURN / 2)

    async def judge() -> None:
        waiting = asyncio.create_task(other())
        await decide_each([Line(n, {"reference": str(n)}) for n in range(1_000)], lambda line: line.number, seen)
        waiting.cancel()

    def seen(line: Line) -> tuple[None, None]:
        return None, None

    asyncio.run(judge())
    assert turns >= 1_000 // AT_A_TIME and A_TURN > 0.002
