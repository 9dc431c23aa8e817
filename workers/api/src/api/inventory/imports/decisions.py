"""What is to be done with each line of a file, before any of it is done."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from api.access.precedence import give_way
from api.core.commit import Fact
from api.core.context import Context
from api.inventory.imports.columns import Reader
from api.inventory.imports.encodings import LOST
from api.inventory.imports.errors import Faults, lost_character, missing, repeated, too_long, too_many_cells
from api.inventory.imports.rules import KEY, LONGEST_CELL, Line
from api.inventory.imports.views import ImportLine, LineError
from propflow.bindings.d1 import ConstraintFailed, Statement
from propflow.errors import AppError

Check = Callable[[dict[str, Any]], dict[str, Any]]
AT_A_TIME = 50  # lines, after which whoever else the isolate serves has a turn
A_TURN = 0.015  # s: three times as long as those lines take, at least
Row = Any  # a PropertyRow, a UnitDetails or a Sold


class Overtaken(Exception):
    """Somebody has done meanwhile what a line asks for: all is to be decided again."""


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of the JSON routes: fields in, fields out; Faults when something is wrong with them."""

    create: Check
    change: Check


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A new row has only `after`; one that changes or stays has both."""

    line: int
    before: Row = None
    after: Row = None
    errors: list[LineError] = []

    @property
    def action(self) -> Literal["create", "update", "unchanged", "error"]:
        if self.errors:
            return "error"
        if self.before is None:
            return "create"
        return "unchanged" if self.after is self.before else "update"

    def view(self, dry_run: bool) -> ImportLine:
        """As the API shows it."""
        known = self.before if dry_run else self.after
        return ImportLine(
            line=self.line, action=self.action, id=None if known is None else known.id, errors=self.errors
        )


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What can be imported: its columns with an example, how its lines are decided, written and told.

    `races` are the constraints by which the database says that somebody was faster: then all is decided again.
    """

    name: str
    columns: Mapping[str, Reader]
    example: Mapping[str, str]
    decide: Callable[[Context, list[Line], Checks], Awaitable[list[Decision]]]
    insert: Callable[[str, Iterable[Row]], list[Statement]]
    change: Callable[[str, Iterable[Row], int], list[Statement]]
    facts: Callable[[Context, list[Decision]], list[Fact]]
    races: frozenset[str]
    refusal: Callable[[Context, ConstraintFailed], Awaitable[Exception]]


def told_each(
    created: Callable[[Context, Row], Fact], updated: Callable[[Context, Row, Row], Fact]
) -> Callable[[Context, list[Decision]], list[Fact]]:
    """The facts of a kind of which each thing is told as if it had been done by itself."""

    def facts(ctx: Context, decisions: list[Decision]) -> list[Fact]:
        return [
            created(ctx, one.after) if one.before is None else updated(ctx, one.before, one.after) for one in decisions
        ]

    return facts


async def decide_each(
    lines: Iterable[Line], key_of: Callable[[Line], Any], judge: Callable[[Line], tuple[Row, Row]]
) -> list[Decision]:
    """One decision per line. `judge` gives the row before and after, or raises what is wrong with the line."""
    seen: dict[Any, int] = {}

    def decided(line: Line) -> Decision:
        if line.surplus:
            raise too_many_cells()
        if line.overlong:
            raise too_long(line.overlong, LONGEST_CELL)
        for column, cell in line.cells.items():
            if LOST in cell:
                raise lost_character(column)
        if KEY not in line.cells:
            raise missing(KEY)
        first = seen.setdefault(key_of(line), line.number)
        if first != line.number:
            raise repeated(first)
        before, after = judge(line)
        return Decision(line=line.number, before=before, after=after)

    def caught(line: Line) -> Decision:
        try:
            return decided(line)
        except Faults as faults:
            return Decision(line=line.number, errors=faults.errors)
        except AppError as refused:
            error = LineError(column=refused.param, code=refused.code, detail=refused.detail)
            return Decision(line=line.number, errors=[error])

    decisions = []
    for line in lines:
        decisions.append(caught(line))
        if len(decisions) % AT_A_TIME == 0:
            await asyncio.sleep(A_TURN)
            await give_way()
    return decisions
