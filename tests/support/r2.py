"""What lies in an R2 bucket of a running suite, read from the files of the local runtime."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from support.suite import Suite


def objects(suite: Suite, prefix: str, bucket: str = "exports") -> dict[str, bytes]:
    """The objects whose keys begin with the prefix, by key."""
    root = suite.state / "v3/r2"
    blobs = root / f"propflow360-{bucket}-local" / "blobs"
    found: dict[str, bytes] = {}
    for database in _databases(root):
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
            for key, blob in rows.execute("SELECT key, blob_id FROM _mf_objects WHERE key LIKE ? || '%'", [prefix]):
                if (blobs / blob).exists():  # each bucket has a database of its own, whose name says nothing
                    found[key] = (blobs / blob).read_bytes()
    return found


@contextmanager
def swapped(suite: Suite, prefix: str, other: str, bucket: str = "exports") -> Iterator[None]:
    """While this holds, R2 gives back the content of the object `other` for what is put under the prefix."""
    root = suite.state / "v3/r2"
    blobs = root / f"propflow360-{bucket}-local" / "blobs"
    with ExitStack() as stack:
        for database in _databases(root):
            rows = stack.enter_context(closing(sqlite3.connect(database, isolation_level=None, timeout=10)))
            found = rows.execute("SELECT blob_id FROM _mf_objects WHERE key = ?", [other]).fetchone()
            if found and (blobs / found[0]).exists():
                rows.execute(
                    f"CREATE TRIGGER swapped AFTER INSERT ON _mf_objects WHEN NEW.key LIKE '{prefix}%' BEGIN"
                    f" UPDATE _mf_objects SET blob_id = '{found[0]}' WHERE key = NEW.key; END"
                )
                stack.callback(rows.execute, "DROP TRIGGER swapped")
        yield


def _databases(root: Path) -> list[Path]:
    return [one for one in root.glob("*/*.sqlite") if one.name != "metadata.sqlite"]
