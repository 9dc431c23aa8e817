"""Who is still running in a process group. Processes that have ended and only wait to be collected do not count."""

from __future__ import annotations

import subprocess
from pathlib import Path

PROC = Path("/proc")


def members(group: int) -> list[str]:
    """`PID NAME` of each process of the group that runs."""
    return _from_proc(group) if (PROC / "self/stat").exists() else _from_ps(group)


def _from_proc(group: int) -> list[str]:
    found = []
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # pid (name) state parent group …; the name may hold spaces and brackets.
            before, _, after = (folder / "stat").read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        state, _parent, its_group = after.split()[:3]
        if int(its_group) == group and state not in "ZX":
            found.append(f"{folder.name} {before.partition('(')[2]}")
    return found


def _from_ps(group: int) -> list[str]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat=,comm="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    return [f"{pid} {name}" for pid, its_group, state, name in rows if int(its_group) == group and state[0] != "Z"]
