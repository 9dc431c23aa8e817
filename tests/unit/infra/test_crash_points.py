"""Every call that leaves Python is a crash point, or the test of crashes would pass over a new one in silence.

infra/local/host/points.mjs watches what a class is given (its bindings and its storage) and `fetch`. What JavaScript is
awaited besides must change nothing outside.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILES = [
    *(ROOT / "shared/src/propflow/bindings").glob("*.py"),
    *(ROOT / "workers").glob("*/src/entry.py"),
    *(ROOT / "workers").glob("*/src/*/objects/*.py"),
]
WATCHED = re.compile(
    r"self\._raw\.|getattr\((self\._raw|stub), method\)\(|self\.ctx\.storage\.|fetch\(|_asked\(self\._raw\.|call$"
)
# The rest of an answer that was watched, and what was sent to us.
READS = re.compile(r"reader\.(read|readAtLeast|cancel)\(|(found|request)\.arrayBuffer\(|response\.body\.cancel\(")
WRITES = re.compile(r"writer\.(write|close)\(")  # into the pipe whose other end is in a call that is watched
COMPUTES = re.compile(r"crypto\.subtle\.")
OURS = re.compile(  # Python, which comes back to one of these
    r"self\.batch\(|self\._core\.|self\._calls\.|self\._\w+\(|_\w+\(|rpc\.|doors\.|consumer\.|upkeep\.|ical\.|files\."
    r"|realtime\.|precedence\.|reading\.|runs\.|exports\.|previews\.|pushes\.|commit_import\(|watchers\.|asyncio\.|adapter\.fetch\(app,"
    r"|pass_over\("
)


def awaits(source: str) -> list[str]:
    """What is awaited, in words."""
    return [ast.unparse(node.value) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Await)]


def unwatched(source: str) -> list[str]:
    known = (WATCHED, READS, WRITES, COMPUTES, OURS)
    return [one for one in awaits(source) if not any(kind.match(one) for kind in known)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_awaited_of_javascript_is_a_crash_point(path: Path) -> None:
    assert unwatched(path.read_text()) == [], "let infra/local/host/points.mjs watch it, then name it here"


def test_a_new_way_out_of_python_is_noticed() -> None:
    assert unwatched("async def f(self):\n    await self._raw.batch(1)\n    await self._pipe.send(2)\n") == [
        "self._pipe.send(2)"
    ]
    assert unwatched("async def f():\n    await WebSocket.connect()\n") == ["WebSocket.connect()"]


def test_the_bindings_are_reached_through_what_is_watched_only() -> None:
    """`Env` takes each from the environment that a class is given, so none comes from elsewhere."""
    source = (ROOT / "shared/src/propflow/bindings/env.py").read_text()
    made = re.findall(r"return (\w+)\(self\._raw\(name\)\)", source)
    assert sorted(made) == ["Bucket", "Database", "KeyValue", "ObjectNamespace", "Queue", "Service"]
