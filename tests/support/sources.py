"""Our own Python source, by who runs it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKERS = ("api", "billing", "calsync", "notify")


def of_worker(name: str) -> list[Path]:
    """The source of one Worker, without what it shares with others."""
    return sorted((ROOT / "workers" / name / "src").rglob("*.py"))


def shared() -> list[Path]:
    """The source of `propflow`, which every Worker may run."""
    return sorted((ROOT / "shared" / "src").rglob("*.py"))


def everywhere() -> list[Path]:
    return [*shared(), *(file for name in WORKERS for file in of_worker(name))]
