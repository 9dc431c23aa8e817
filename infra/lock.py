"""Lock the packages of the developer's machine and of each Worker.

    python -m infra.lock             resolve; what is locked already stays as it is
    python -m infra.lock --upgrade   resolve anew
    python -m infra.lock --check     compare the files, without a network

Tests install workers/<w>/requirements.lock; a deploy lets pywrangler resolve pyproject.toml. They agree because direct
dependencies are pinned there and `constraint-dependencies`, written here, pins the rest.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

from infra.tools import ROOT, WORKERS, Refused, Runner, report

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)( ; [^\\]*?)? *\\?$", re.MULTILINE)
CONSTRAINTS = re.compile(r"^constraint-dependencies = \[[^\]]*\]$", re.MULTILINE)
SHARED = "propflow"  # in this tree, so it has no version to lock
OPTIONS = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]


def pins(text: str) -> dict[str, str]:
    """The locked packages, each with its version and, where it has one, its marker."""
    return {name: f"{version}{(marker or '').rstrip()}" for name, version, marker in PIN.findall(text)}


def direct(pyproject: str) -> dict[str, str | None]:
    """A Worker's own dependencies with their exact versions; None for one that is not pinned."""
    found: dict[str, str | None] = {}
    for entry in tomllib.loads(pyproject)["project"]["dependencies"]:
        name, _, version = entry.partition("==")
        found[re.split(r"[^\w.-]", name)[0]] = version or None
    return {name: version for name, version in found.items() if name != SHARED}


def constraints(pyproject: str) -> list[str]:
    """What a Worker's pyproject.toml pins beyond its own dependencies."""
    return list(tomllib.loads(pyproject)["tool"]["uv"]["constraint-dependencies"])


def wanted(pyproject: str, lock: str) -> list[str]:
    """Every locked package that is not a direct dependency."""
    own = direct(pyproject)
    return sorted(f"{name}=={version}" for name, version in pins(lock).items() if name not in own)


def constrained(pyproject: str, entries: list[str]) -> str:
    """The pyproject.toml with these constraints."""
    inside = "".join(f'    "{entry}",\n' for entry in entries)
    text, count = CONSTRAINTS.subn(f"constraint-dependencies = [{chr(10) if entries else ''}{inside}]", pyproject)
    if count != 1:
        raise Refused("a Worker's pyproject.toml must have one constraint-dependencies under [tool.uv].")
    return text


def problems(name: str, pyproject: str, lock: str) -> list[str]:
    """How a Worker's pyproject.toml and its lock disagree."""
    locked = pins(lock)
    found = [
        f"{name}: {package} must be pinned with == in pyproject.toml to {locked.get(package, 'what is locked')}."
        for package, version in direct(pyproject).items()
        if version is None or locked.get(package) != version
    ]
    if constraints(pyproject) != wanted(pyproject, lock):
        found.append(f"{name}: constraint-dependencies differ from requirements.lock.")
    return found + hygiene(f"workers/{name}/requirements.lock", lock)


def hygiene(name: str, lock: str) -> list[str]:
    """A lock holds names, versions and hashes, and no registry's address."""
    found = [f"{name} holds an address, which belongs to one machine." for _ in re.findall("://", lock)[:1]]
    bare = [
        entry.split("==")[0] for entry in re.split(r"\n(?=\S)", lock) if PIN.match(entry) and "--hash=" not in entry
    ]
    return found + [f"{name}: {package} has no hash." for package in bare]


def tools(wished: str, lock: str) -> list[str]:
    """How requirements/dev.in and dev.txt disagree."""
    locked = pins(lock)
    entries = [line.partition("==") for line in wished.splitlines() if line and not line.startswith("#")]
    return [
        f"requirements/dev.txt does not lock {name} as dev.in wants it."
        for name, _, version in entries
        if name not in locked or (version and locked[name].split(" ;")[0] != version)
    ] + hygiene("requirements/dev.txt", lock)


def check(root: Path = ROOT) -> list[str]:
    """Every disagreement."""
    found = tools((root / "requirements/dev.in").read_text(), (root / "requirements/dev.txt").read_text())
    for path in sorted((root / "workers").glob("*/pyproject.toml")):
        found += problems(path.parent.name, path.read_text(), (path.parent / "requirements.lock").read_text())
    return [f"{problem} Run `make lock`." for problem in found]


def compile_command(source: str, lock: str, python: str, *more: str) -> list[str]:
    """The resolver's command line."""
    return ["uv", "pip", "compile", source, "--universal", "--python-version", python, *more, *OPTIONS, "-o", lock]


def write(runner: Runner, upgrade: bool) -> None:
    """Resolve everything and write the locks and the constraints."""
    more = ["--upgrade"] if upgrade else []
    runner.run(compile_command("requirements/dev.in", "requirements/dev.txt", "3.11", *more))
    for worker in sorted(path.parent for path in WORKERS.glob("*/pyproject.toml")):
        lock_worker(runner, worker, more)


def lock_worker(runner: Runner, worker: Path, more: list[str]) -> None:
    """Resolve one Worker without its constraints, which are the result of the last time, and write the new ones."""
    project, lock = worker / "pyproject.toml", worker / "requirements.lock"
    before = project.read_text()
    project.write_text(constrained(before, []))
    try:
        command = compile_command("pyproject.toml", "requirements.lock", "3.14", "--no-emit-package", SHARED, *more)
        runner.run(command, worker)
    except Refused:
        project.write_text(before)
        raise
    project.write_text(constrained(before, wanted(before, lock.read_text())))


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing and fail on any difference")
    parser.add_argument("--upgrade", action="store_true", help="take newer versions of what is not pinned by hand")
    options = parser.parse_args(arguments)
    if not options.check:
        try:
            write(Runner(), options.upgrade)
        except Refused as error:
            return report([str(error)])
    return report(check())


if __name__ == "__main__":
    sys.exit(main())
