"""Which classes a main module exports: read from its source, and equal to what running it gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.process import ROOT

from .conftest import Host, Refused

WORKERS = "from workers import DurableObject, WorkerEntrypoint, WorkflowEntrypoint\n"


def read(folder: Path, main: str, **modules: str) -> dict[str, dict[str, list[str]]]:
    """What the reader says about a main module beside other modules (`__` in a name is a folder)."""
    (folder / "entry.py").write_text(WORKERS + main)
    for name, source in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(WORKERS + source)
    command = [sys.executable, str(ROOT / "infra/local/classes.py"), str(folder / "entry.py")]
    found: dict[str, dict[str, list[str]]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def test_4_each_kind_is_found_with_its_public_methods(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
class Default(WorkerEntrypoint):
    async def fetch(self, request): ...
    def _helper(self): ...
    @staticmethod
    def static(): ...
    @property
    def prop(self): ...
class Room(DurableObject):
    def alarm(self): ...
class Flow(WorkflowEntrypoint):
    async def run(self, event, step): ...
class Other: ...
""",
    )
    assert found == {
        "workerEntrypoints": {"Default": ["fetch"]},
        "durableObjects": {"Room": ["alarm"]},
        "workflowEntrypoints": {"Flow": ["run"]},
    }


def test_4_an_imported_class_is_exported_too(tmp_path: Path) -> None:
    found = read(
        tmp_path, "from app.rooms import Room as R", app__rooms="class Room(DurableObject):\n    def hold(self): ..."
    )
    assert found["durableObjects"] == {"Room": ["hold"]}, "under its own name, not the variable's"


def test_4_a_visible_base_class_is_exported_and_its_methods_are_inherited(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "import app.base\nclass A(app.base.Base):\n    def b(self): ...",
        app__base="class Base(WorkerEntrypoint):\n    def a(self): ...",
    )
    assert found["workerEntrypoints"] == {"A": ["a", "b"]}
    found = read(tmp_path, "from app.base import Base\nclass A(Base): ...")
    assert found["workerEntrypoints"] == {"A": ["a"], "Base": ["a"]}


def test_4_all_decides_when_it_is_there(tmp_path: Path) -> None:
    found = read(tmp_path, "__all__ = ['_A']\nclass _A(WorkerEntrypoint): ...\nclass B(WorkerEntrypoint): ...")
    assert found["workerEntrypoints"] == {"_A": []}


def test_4_underscores_hide_a_class_and_conditions_do_not(tmp_path: Path) -> None:
    found = read(tmp_path, "class _A(WorkerEntrypoint): ...\nif True:\n    class B(WorkerEntrypoint): ...\nC = B")
    assert found["workerEntrypoints"] == {"B": []}


@pytest.mark.parametrize(
    "entrypoint", ["Boot", "Calls", "Crypto", "Messages", "Objects", "Storage", "Values", "Workflows"]
)
def test_5_every_class_but_default_is_a_named_export(host: Host, entrypoint: str) -> None:
    with pytest.raises(Refused, match="Method absent does not exist"):
        host.rpc(entrypoint, "absent")


def test_5_default_is_the_default_export_and_answers_http(host: Host) -> None:
    with pytest.raises(Refused, match="Method absent does not exist"):
        host.rpc("Default", "absent")
