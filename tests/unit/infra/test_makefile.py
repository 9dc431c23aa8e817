"""`make setup` installs what is missing, once, and nothing else; whatever was interrupted is done again.

The Makefile runs in a folder whose name holds a space, with a Python that only notes what it is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from infra.tools import ROOT

SCRIPT = "#!/bin/sh\n"
NOTE = SCRIPT + 'echo "$(basename "$0") $*" >> done.log\n'
NPM = NOTE + "mkdir -p node_modules && touch node_modules/.package-lock.json\ntest ! -e broken\n"
PYTHON = (
    SCRIPT + 'if [ "$1 $2" = "-m venv" ]; then mkdir -p .venv/bin && cp -p tools/* .venv/bin/; fi\ntest ! -e broken\n'
)
PIP = "python -m pip install --quiet --require-hashes -r requirements/dev.txt"
NODE = "python infra/node.py"
NPM_CI = "npm ci --silent --no-fund --no-audit --no-progress"
VENDOR = "python infra/vendor.py --quiet"

PYTEST = "pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder"


class Project:
    """A folder with the Makefile, its lock files and stubs of the tools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("requirements/dev.txt", "infra/node.py", "package-lock.json"):
            self.write(name, "")
            os.utime(folder / name, (1, 1))
        shutil.copy(ROOT / "Makefile", folder)
        for name, text in {"tools/python": NOTE, "tools/npm": NPM, "tools/pytest": NOTE, "python3": PYTHON}.items():
            self.write(name, text).chmod(0o755)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def make(self, *arguments: str) -> tuple[list[str], subprocess.CompletedProcess[str]]:
        """What was run, and how make ended."""
        log = self.write("done.log", "")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTEST"))}
        command = ["make", "PYTHON=./python3", *arguments]
        ended = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        return log.read_text().splitlines(), ended


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    return Project(folder)


@pytest.mark.parametrize("jobs", ["-j1", "-j4"])
def test_everything_is_installed_once(project: Project, jobs: str) -> None:
    done, ended = project.make(jobs, "test", "PYTEST=-x")
    assert (done, ended.returncode) == ([PIP, NODE, NPM_CI, VENDOR, f"{PYTEST} -x"], 0), ended.stderr
    assert project.make(jobs, "test")[0] == [VENDOR, PYTEST]


@pytest.mark.parametrize(
    ("gone", "again"), [("node_modules", [NPM_CI, VENDOR]), (".venv", [PIP, NODE, VENDOR]), ("nothing", [VENDOR])]
)
def test_what_was_deleted_is_installed_again(project: Project, gone: str, again: list[str]) -> None:
    project.make("setup")
    shutil.rmtree(project.folder / gone, ignore_errors=gone == "nothing")
    assert project.make("setup")[0] == again


def touch_later(project: Project, lock: str) -> None:
    """Make a lock newer than what was installed from it, also where the clock of the file system is coarse."""
    before = time.time() - 5
    for marker in (".venv/.installed", "node_modules/.package-lock.json"):
        os.utime(project.folder / marker, (before, before))
    (project.folder / lock).touch()


@pytest.mark.parametrize(
    ("lock", "again"), [("package-lock.json", [NPM_CI, VENDOR]), ("requirements/dev.txt", [PIP, NODE, VENDOR])]
)
def test_a_new_lock_is_installed(project: Project, lock: str, again: list[str]) -> None:
    project.make("setup")
    touch_later(project, lock)
    assert project.make("setup")[0] == again


def test_an_install_that_failed_half_way_is_done_again(project: Project) -> None:
    project.make("setup")
    broken = project.write("broken", "")
    touch_later(project, "package-lock.json")
    assert project.make("setup")[1].returncode != 0
    broken.unlink()
    assert project.make("setup")[0] == [NPM_CI, VENDOR]
    assert project.make("setup")[0] == [VENDOR]


def test_a_python_without_venv_is_told_in_one_sentence(project: Project) -> None:
    project.write("broken", "")
    project.write("python3", PYTHON.replace("if ", 'case "$*" in *version_info*) exit;; esac\nif ', 1))
    _, ended = project.make("setup")
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert ended.returncode != 0
    assert len(said) == 1
    assert "apt install python3-venv" in said[0]


def test_every_phony_target_has_a_rule() -> None:
    database = subprocess.run(["make", "-qp", "help"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    phony = next(line for line in database.splitlines() if line.startswith(".PHONY:")).split()[1:]
    rules = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    assert sorted(set(phony) - rules) == []
