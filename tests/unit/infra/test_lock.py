"""What is deployed is what was tested: the check that compares the two can fail."""

import pytest

from infra import lock
from infra.tools import Refused

LOCK = """\
anyio==4.16.0 \\
    --hash=sha256:59bb
    # via starlette
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:0869
fastapi==0.165.0 \\
    --hash=sha256:896f
"""
PYPROJECT = """\
[project]
name = "work"
dependencies = [
    "fastapi==0.165.0",
    "propflow",
]

[tool.uv]
constraint-dependencies = [
    "anyio==4.16.0",
    "colorama==0.4.6 ; sys_platform == 'win32'",
]

[tool.uv.sources]
propflow = { path = "../../shared", editable = false }
"""


def test_our_locks_agree() -> None:
    assert lock.check() == []


def test_pins_are_read_with_their_markers() -> None:
    found = {"anyio": "4.16.0", "colorama": "0.4.6 ; sys_platform == 'win32'", "fastapi": "0.165.0"}
    assert lock.pins(LOCK) == found


def test_agreement_has_no_problem() -> None:
    assert lock.problems("work", PYPROJECT, LOCK) == []


@pytest.mark.parametrize("entry", ["fastapi==0.164.0", "fastapi>=0.165.0", "fastapi"])
def test_a_direct_dependency_must_be_pinned_to_what_is_locked(entry: str) -> None:
    found = lock.problems("work", PYPROJECT.replace("fastapi==0.165.0", entry), LOCK)
    assert "work: fastapi must be pinned with == in pyproject.toml to 0.165.0." in found


@pytest.mark.parametrize("change", [("anyio==4.16.0", "anyio==4.15.0"), ('    "anyio==4.16.0",\n', "")])
def test_constraints_that_differ_from_the_lock_are_refused(change: tuple[str, str]) -> None:
    found = lock.problems("work", PYPROJECT.replace(*change), LOCK)
    assert found == ["work: constraint-dependencies differ from requirements.lock."]


def test_a_package_without_a_hash_is_refused() -> None:
    found = lock.hygiene("requirements.lock", LOCK.replace("    --hash=sha256:0869\n", ""))
    assert found == ["requirements.lock: colorama has no hash."]


def test_the_address_of_a_registry_is_refused() -> None:
    found = lock.hygiene("requirements.lock", "--index-url https://registry.test/simple\n" + LOCK)
    assert found == ["requirements.lock holds an address, which belongs to one machine."]


def test_a_tool_that_is_not_locked_as_wished_is_refused() -> None:
    assert lock.tools("# tools\nfastapi==0.165.0\nanyio\n", LOCK) == []
    (problem,) = lock.tools("fastapi==0.166.0\n", LOCK)
    assert problem == "requirements/dev.txt does not lock fastapi as dev.in wants it."


def test_constraints_are_written_where_the_old_ones_were() -> None:
    empty = lock.constrained(PYPROJECT, [])
    assert "constraint-dependencies = []\n" in empty
    assert lock.constrained(empty, lock.wanted(empty, LOCK)) == PYPROJECT


def test_a_project_without_a_place_for_constraints_is_refused() -> None:
    with pytest.raises(Refused, match="must have one constraint-dependencies"):
        lock.constrained("[project]\n", [])
