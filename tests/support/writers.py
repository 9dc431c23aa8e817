"""Which Worker writes which table, by the SQL in our own source.

A statement of `propflow` counts for each Worker that uses what makes it, and not for who only imports a type beside it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from support.sources import ROOT, WORKERS, of_worker, shared

WRITES = re.compile(
    r"\b(?:(?:INSERT|REPLACE)(?: OR [A-Z]+)?\s+INTO|UPDATE(?: OR [A-Z]+)?|DELETE\s+FROM)\s+(?!SET\b)([\w{}]+)"
)


class Defined(msgspec.Struct):
    """What a name of `propflow` writes itself, and the names that it leans on."""

    writes: set[str]
    leans: set[str]


def written(tree: ast.AST) -> set[str]:
    """The tables that texts of this code write; one whose name is put together has a `{}` in it."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    return {table for node in ast.walk(tree) if id(node) not in told for table in WRITES.findall(_text(node))}


def by_table() -> dict[str, set[str]]:
    """Each table that Python writes, with the Workers whose statements do."""
    defined = dict(_of_shared())
    found: dict[str, set[str]] = defaultdict(set)
    for worker in WORKERS:
        for file in of_worker(worker):
            tree = ast.parse(file.read_text())
            for table in written(tree) | _reached(set(_mentioned(tree, _imported(tree), "")), defined):
                found[table].add(worker)
    return found


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _of_shared() -> Iterator[tuple[str, Defined]]:
    for file in shared():
        module = ".".join(file.relative_to(ROOT / "shared/src").with_suffix("").parts)
        tree = ast.parse(file.read_text())
        imported = _imported(tree)
        for node in tree.body:
            made = Defined(written(node), set(_mentioned(node, imported, module)))
            for name in _names(node):
                yield f"{module}.{name}", made


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]


def _imported(tree: ast.AST) -> dict[str, str]:
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {one.asname or one.name: f"{node.module}.{one.name}" for node in froms for one in node.names}


def _mentioned(tree: ast.AST, imported: dict[str, str], module: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield imported.get(node.id, f"{module}.{node.id}")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{imported.get(node.value.id)}.{node.attr}"


def _reached(names: set[str], defined: dict[str, Defined]) -> set[str]:
    """What these names write, or what they lean on."""
    seen: set[str] = set()
    while names:
        seen |= names
        names = {lean for name in names if name in defined for lean in defined[name].leans} - seen
    return {table for name in seen if name in defined for table in defined[name].writes}
