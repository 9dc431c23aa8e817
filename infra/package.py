"""What a deploy would upload, made by `wrangler deploy --dry-run` from a copy, so that the tree is left as it is.

The copy holds what pywrangler puts into python_modules at a deploy: the locked wheels and the shared package.
The dry run needs no account, runs no Python and asks nobody whether the resources exist.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.manifest import LOCAL
from infra.tools import ROOT, WORKERS, WRANGLER, Refused, Runner

STAGE = ROOT / ".build/package"
SHARED = ROOT / "shared/src/propflow"
TOTAL = re.compile(r"Total Upload: ([\d.]+) KiB / gzip: ([\d.]+) KiB")
NOT_OURS = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", SHARED.name)


@dataclass(frozen=True)
class Package:
    """The size of an upload and the files it holds."""

    total_kib: float
    gzip_kib: float
    files: frozenset[str]


def stage(worker: str, under: Path = STAGE) -> Path:
    """Copy a Worker with everything it carries."""
    source, target = WORKERS / worker, under / worker
    if not (source / "python_modules").is_dir():
        raise Refused(f"workers/{worker}/python_modules is not there: run `make setup`.")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copytree(source / "src", target / "src", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copytree(source / "python_modules", target / "python_modules", ignore=NOT_OURS)
    shared = target / "python_modules" / SHARED.name
    shutil.copytree(SHARED, shared, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copy(source / "wrangler.jsonc", target)
    shutil.copy(source / "pyproject.toml", target)
    return target


def dry_run(folder: Path, env: str) -> Package:
    """Let wrangler pack a staged Worker for an environment; `local` is the top level."""
    out = folder / "out" / env
    shutil.rmtree(out, ignore_errors=True)
    chosen = "" if env == LOCAL else env
    said = Runner().read([WRANGLER, "deploy", f"--env={chosen}", "--dry-run", "--outdir", str(out)], folder)
    found = TOTAL.search(said)
    if found is None:
        raise Refused(f"wrangler named no size for {folder.name}:\n{said}")
    files = frozenset(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    return Package(float(found[1]), float(found[2]), files)
