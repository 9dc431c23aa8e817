"""A domain that was just begun passes the checks, and its tests fail until somebody has said what holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import new_domain
from infra.tools import ROOT, Refused

SOURCES = ["shared/src", *(f"workers/{worker}/src" for worker in ("api", "notify", "billing", "calsync"))]
COPIED = ["pyproject.toml", *SOURCES, "migrations", "tests/support"]
CHECKS = [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("lint-imports", "--no-cache")]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with a domain in two of its areas."""
    root = tmp_path_factory.mktemp("project")
    for path in COPIED:
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / path, root / path)
    (root / "tests/unit/api").mkdir(parents=True)
    new_domain.write(root, "stays", "parking_lots")
    new_domain.write(root, "people", "diaries")
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    paths = ":".join(str(root / path) for path in (*SOURCES, "tests"))
    env = {"PYTHONPATH": paths, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("check", CHECKS)
def test_it_passes_the_checks_of_style_and_of_layers(copy: Path, check: tuple[str, ...]) -> None:
    done = run(copy, *check)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]


def test_it_is_a_part_of_the_application_and_adds_no_route(copy: Path) -> None:
    done = run(copy, sys.executable, "-c", (
        "import api.stays.parking_lots.service, api.people.diaries.schemas\n"
        "from api.app import DOMAINS, build\n"
        "print(*[one.__name__ for one in DOMAINS[-2:]], len(build().openapi()['paths']))"
    ))  # fmt: skip
    from api.app import build

    paths = len(build().openapi()["paths"])
    assert done.stdout.split() == ["api.stays.parking_lots", "api.people.diaries", str(paths)], done.stderr


def test_its_tests_fail_until_they_are_filled_in(copy: Path) -> None:
    done = run(copy, "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", "tests/unit/api")
    assert "6 failed" in done.stdout, done.stdout[-2_000:]


@pytest.mark.parametrize(
    ("area", "name", "said"),
    [
        ("", "tasks", "AREA="), ("nowhere", "tasks", "no area nowhere"), ("core", "tasks", "no area core"),
        ("people", "", "plural"), ("people", "Tasks", "plural"), ("people", "task", "plural"),
        ("people", "../x/tasks", "plural"), ("people", "members", "there already"),
    ],
)  # fmt: skip
def test_what_cannot_be_begun_is_refused(area: str, name: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        new_domain.write(ROOT, area, name)


def test_words_are_made_of_the_name() -> None:
    words = new_domain.words_of("money", "owner_statements")
    assert (words["Thing"], words["thing"], words["words"]) == ("OwnerStatement", "owner_statement", "owner statement")
