"""Install what each Worker carries: its locked wheels for Pyodide, into workers/<worker>/python_modules.

Usage: python infra/vendor.py [--with-shared] [--quiet] [--trim] [worker …]
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "shared/src/propflow"
MARKER = ".lock-sha256"
UNCHANGED = "unchanged"
# Pyodide 314 is CPython 3.14 built with Emscripten; packages without a compiled part have the ABI "none".
TARGET = (
    "--python-version=3.14",
    "--implementation=cp",
    "--abi=cp314",
    "--abi=abi3",
    "--abi=none",
    "--platform=pyemscripten_2026_0_wasm32",
)
# Imported by nothing that runs in a Worker: commands, byte code of another Python, the first version of pydantic inside
# the second one, plug-ins of mypy and pytest, another event loop, types for type checkers, and what installers keep
# about a package. Its METADATA stays, because its version is asked for at run time.
UNUSED = (
    "bin",
    "**/__pycache__",
    "**/*.pyi",
    "*.dist-info/RECORD",
    "*.dist-info/licenses",
    "anyio/_backends/_trio.py",
    "anyio/pytest_plugin.py",
    "fastapi/testclient.py",
    "pydantic/mypy.py",
    "pydantic/v1",
    "starlette/testclient.py",
)


def main() -> None:
    """Install for the Workers named, or for all that have a lock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workers", nargs="*", default=sorted(p.parent.name for p in ROOT.glob("workers/*/*.lock")))
    parser.add_argument("--with-shared", action="store_true", help="copy shared/ in as well: needed by a deploy only")
    parser.add_argument("--quiet", action="store_true", help="say nothing of a Worker that has everything")
    parser.add_argument("--trim", action="store_true", help="install nothing; trim what pywrangler has installed")
    options = parser.parse_args()
    (ROOT / ".build").mkdir(exist_ok=True)
    with (ROOT / ".build/vendor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started at once wait for each other; the second finds all done
        for worker in options.workers:
            directory = ROOT / "workers" / worker
            if not (directory / "requirements.lock").is_file():
                parser.error(f"{directory.relative_to(ROOT)} has no requirements.lock")
            if options.trim:
                done = f"{trim(directory / 'python_modules') // 1024} KiB left out"
            else:
                done = vendor(directory, options.with_shared)
            if done != UNCHANGED or not options.quiet:
                print(f"{worker}: {done}", flush=True)


def vendor(directory: Path, with_shared: bool) -> str:
    """Bring one Worker's python_modules up to date and say what was done."""
    lock, modules = directory / "requirements.lock", directory / "python_modules"
    digest = hashlib.sha256(lock.read_bytes() + " ".join([*TARGET, *UNUSED]).encode()).hexdigest()
    marker = modules / MARKER
    done = UNCHANGED
    if not marker.is_file() or marker.read_text() != digest:
        marker.unlink(missing_ok=True)  # first, so that whatever is interrupted here does not look whole
        shutil.rmtree(modules, ignore_errors=True)
        install(lock, modules)
        trim(modules)
        marker.write_text(digest)
        done = "installed " + ", ".join(sorted(p.name.removesuffix(".dist-info") for p in modules.glob("*.dist-info")))
    copy = modules / SHARED.name
    shutil.rmtree(copy, ignore_errors=True)
    if with_shared:
        shutil.copytree(SHARED, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        done += ", with shared code"
    return done


def install(lock: Path, modules: Path) -> None:
    """pip installs exactly what the lock names; no dependency is resolved and nothing is compiled."""
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile", *TARGET]
    quiet = ["--quiet", "--disable-pip-version-check", "--target", str(modules), "-r", str(lock)]
    finished = subprocess.run([sys.executable, "-m", "pip", "install", *options, *quiet], check=False)
    if finished.returncode:
        sys.exit(f"pip could not install {lock.relative_to(ROOT)}; its message is above")


def trim(modules: Path) -> int:
    """Remove what no Worker runs, so that it is not uploaded, and return how many bytes that was."""
    removed = 0
    for found in [path for pattern in UNUSED for path in sorted(modules.glob(pattern))]:
        removed += sum(path.stat().st_size for path in [found, *found.rglob("*")] if path.is_file())
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink()
    return removed


if __name__ == "__main__":
    main()
