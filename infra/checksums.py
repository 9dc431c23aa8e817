"""Records the SHA-256 of each migration: a merged file never changes, a new one is added by `make checksums`."""

import hashlib
import json
import sys
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
FILE = MIGRATIONS / "checksums.json"


def actual() -> dict[str, str]:
    """The digest of each migration file, by `core/0001_….sql`."""
    files = sorted(MIGRATIONS.glob("*/*.sql"))
    return {str(path.relative_to(MIGRATIONS)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def recorded() -> dict[str, str]:
    """The digests of the files that were merged."""
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Recorded files that are gone or different."""
    return [name for name, digest in before.items() if now.get(name) != digest]


def main() -> int:
    """Add the new files; refuse when a recorded one was changed (`--rewrite`: record all anew, before a release)."""
    broken = changed(recorded(), actual())
    if broken and "--rewrite" not in sys.argv:
        print(f"These migrations were merged and must not change: {', '.join(broken)}", file=sys.stderr)
        return 1
    FILE.write_text(json.dumps(actual(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
