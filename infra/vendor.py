"""Install what each Worker carries: its locked wheels for Pyodide, into workers/<worker>/python_modules.

Usage: python infra/vendor.py [--with-shared] [--quiet] [worker …]
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


def main() -> None:
    """Install for the Workers named, or for all that have a lock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workers", nargs="*", default=sorted(p.parent.name for p in ROOT.glob("workers/*/*.lock")))
    parser.add_argument("--with-shared", action="store_true", help="copy shared/ in as well: needed by a deploy only")
    parser.add_argument("--quiet", action="store_true", help="say nothing of a Worker that has everything")
    options = parser.parse_args()
    (ROOT / ".build").mkdir(exist_ok=True)
    with (ROOT / ".build/vendor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started at once wait for each other; the second finds all done
        for worker in options.workers:
            directory = ROOT / "workers" / worker
            if not (directory / "requirements.lock").is_file():
                parser.error(f"{directory.relative_to(ROOT)} has no requirements.lock")
            done = vendor(directory, options.with_shared)
            if done != UNCHANGED or not options.quiet:
                print(f"{worker}: {done}", flush=True)


def vendor(directory: Path, with_shared: bool) -> str:
    """Bring one Worker's python_modules up to date and say what was done."""
    lock, modules = directory / "requirements.lock", directory / "python_modules"
    digest = hashlib.sha256(lock.read_bytes() + " ".join(TARGET).encode()).hexdigest()
    marker = modules / MARKER
    done = UNCHANGED
    if not marker.is_file() or marker.read_text() != digest:
        marker.unlink(missing_ok=True)  # first, so that whatever is interrupted here does not look whole
        shutil.rmtree(modules, ignore_errors=True)
        install(lock, modules)
        strip(modules)
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


def strip(modules: Path) -> None:
    """Remove what no Worker can use: commands and byte code of another Python."""
    shutil.rmtree(modules / "bin", ignore_errors=True)
    for cache in sorted(modules.rglob("__pycache__")):
        shutil.rmtree(cache)


if __name__ == "__main__":
    main()
