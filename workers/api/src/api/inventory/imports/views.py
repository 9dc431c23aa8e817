"""What becomes of the lines of a file."""

import msgspec

from api.occupancies.views import Blocking


class LineError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a line; `column` is null when it is the line as a whole.

    `conflicts` are what stands in the way where nights are taken.
    """

    column: str | None
    code: str
    detail: str
    conflicts: list[Blocking] = []


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """`line` is the row as a spreadsheet counts it: the names of the columns are row 1.

    `action` is create, update, unchanged or error. `id` is null for what was not created.
    """

    line: int
    action: str
    id: str | None = None
    errors: list[LineError] = []


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """With `dry_run` nothing was changed and `lines` has every line; else all of the file was done, or the answer is a
    problem. Of a file with more than 100 lines `lines` has the first 100 that created or updated something, and
    `left_out` is the number of the others: a dry run of the same file lists all of them with their ids.
    """

    kind: str
    dry_run: bool
    created: int
    updated: int
    unchanged: int
    failed: int
    lines: list[ImportLine]
    left_out: int = 0
