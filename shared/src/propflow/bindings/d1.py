"""D1: statements in, typed rows out; one batch is one transaction.

    unit, hold = await db.batch([sql("SELECT … WHERE tenant_id = ?1 AND id = ?2", tenant, unit_id), …])
    unit.one(Unit)

Rows cross the boundary as one JSON text and are decoded straight into Structs.
https://developers.cloudflare.com/d1/worker-api/d1-database/#batch
"""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from propflow.bindings import meter
from propflow.errors import Unavailable

T = TypeVar("T")
Value = str | int | float | bool | None

# A statement that is wrong, or larger than the database takes, is so at every attempt.
_DEFECT = re.compile(r"SQLITE_ERROR|D1_TYPE_ERROR|SQLITE_TOOBIG|string or blob too big")
_CONSTRAINT = re.compile(
    r"D1_ERROR: (?:UNIQUE constraint failed: (?P<unique>[\w., ]+?)|(?P<other>.+?)): SQLITE_CONSTRAINT"
)


class Statement(msgspec.Struct, frozen=True):
    """One SQL statement and its parameters (`?1`, `?2`, …)."""

    sql: str
    params: tuple[Value, ...] = ()


def sql(text: str, *params: Value) -> Statement:
    """Numbers are bound as REAL: write CAST(?1 AS INTEGER) in arithmetic, concatenation and JSON."""
    return Statement(text, params)


class Meta(msgspec.Struct, frozen=True):
    """`size_after` is the size of the whole database in bytes."""

    changes: int = 0
    rows_read: int = 0
    rows_written: int = 0
    size_after: int = 0


class Result(msgspec.Struct, frozen=True):
    """What one statement of a batch did."""

    results: msgspec.Raw = msgspec.Raw(b"[]")
    meta: Meta = Meta()

    def rows(self, kind: type[T]) -> list[T]:
        """All rows, each as `kind` (a Struct whose fields are the columns)."""
        # D1 has no booleans: lax decoding reads 0 and 1 as False and True.
        return msgspec.json.decode(self.results, type=list[kind], strict=False)  # type: ignore[valid-type]

    def one(self, kind: type[T]) -> T | None:
        """The first row, or None."""
        found = self.rows(kind)
        return found[0] if found else None

    @property
    def changed(self) -> bool:
        """Whether the guarded statement found what it was guarding."""
        return self.meta.changes > 0


class ConstraintFailed(Exception):
    """The database said no and the whole batch was rolled back.

    `name` is the trigger's word (`unit_overlap`), `unique:` and the table (`unique:idempotency_keys`), or
    SQLite's own text.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class GuardFailed(ConstraintFailed):
    """Somebody else was faster: a guarded statement (`propflow.guards`) did not find what it guards."""


_GUARD = "guard_failed"  # the word of the trigger on `require_change`


def refusal(name: str) -> ConstraintFailed:
    """The exception of what the database refused by this name, also where the name came in a reply."""
    return GuardFailed(name) if name == _GUARD else ConstraintFailed(name)


_RESULTS = msgspec.json.Decoder(list[Result])


class Database:
    """One D1 database."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        """Run the statements in order as one transaction.

        Raises ConstraintFailed when a constraint or trigger refused it (GuardFailed when somebody else was faster),
        Unavailable when D1 could not be reached (whether the batch was applied is then unknown: retry with the same
        ids).
        """
        from js import JSON
        from pyodide.ffi import JsException, to_js

        try:
            made = {text: self._raw.prepare(text) for text in {one.sql for one in statements}}  # each text crosses once
            prepared = [made[one.sql].bind(*_for_js(one.params)) for one in statements]
            text = JSON.stringify(await self._raw.batch(to_js(prepared)))
        except JsException as error:
            raise translate(str(error)) from error
        results = _RESULTS.decode(text)
        _count(results)
        return results

    async def run(self, statement: Statement) -> Result:
        """Run one statement."""
        return (await self.batch([statement]))[0]


def _for_js(params: tuple[Value, ...]) -> list[Any]:
    from pyodide.ffi import jsnull

    return [jsnull if value is None else value for value in params]


def _count(results: list[Result]) -> None:
    spent = meter.current()
    spent.batches += 1
    spent.subrequests += 1
    spent.statements += len(results)
    for result in results:
        spent.rows_read += result.meta.rows_read
        spent.rows_written += result.meta.rows_written


def translate(message: str) -> Exception:
    """Turn D1's error text into ConstraintFailed, Unavailable, or a RuntimeError for what is our own defect."""
    refused = _CONSTRAINT.search(message)
    if refused and refused["unique"]:
        return refusal("unique:" + refused["unique"].split(".")[0])
    if refused:
        return refusal(refused["other"])
    if _DEFECT.search(message):
        return RuntimeError(message)
    return Unavailable("database_unavailable", "The database did not answer. Try again in a moment.", retry_after=1)
