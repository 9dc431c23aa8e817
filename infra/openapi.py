"""Writes docs/openapi.json from the api Worker's routes; `--check` fails when the file is stale."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "openapi.json"
SOURCES = (ROOT / "shared" / "src", ROOT / "workers" / "api" / "src")


def render() -> str:
    """The document as the running API serves it at /openapi.json."""
    sys.path[:0] = [str(path) for path in SOURCES]
    from api.app import build

    return json.dumps(build().openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check."""
    text = render()
    if "--check" in sys.argv:
        if not FILE.exists() or FILE.read_text() != text:
            print("docs/openapi.json is stale: run `make openapi` and commit it.", file=sys.stderr)
            return 1
        return 0
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
