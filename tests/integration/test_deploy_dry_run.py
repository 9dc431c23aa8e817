"""What would be deployed is complete, small and the same in every environment; wrangler itself packs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import package, sizes
from infra.manifest import load
from infra.tools import ROOT

MANIFEST = load()
CARRIED = {"msgspec", "workers"}  # the SDK is imported as `workers`
BYTE_CODE = re.compile(r"(^|/)__pycache__/|\.pyc$")
TESTS = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|conftest\.py$)")


@pytest.fixture(scope="module", params=MANIFEST.workers)
def packed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, package.Package]]:
    """A Worker and its package in each environment."""
    folder = package.stage(request.param, tmp_path_factory.mktemp("package"))
    return request.param, {env: package.dry_run(folder, env) for env in MANIFEST.environments}


def test_every_environment_gets_the_same_package(packed: tuple[str, dict[str, package.Package]]) -> None:
    _, packages = packed
    assert len(set(packages.values())) == 1


def test_a_package_holds_the_worker_the_shared_code_and_what_they_carry(
    packed: tuple[str, dict[str, package.Package]],
) -> None:
    worker, packages = packed
    files = packages["prod"].files
    assert files >= sources(ROOT / f"workers/{worker}/src", "")
    assert files >= sources(ROOT / "shared/src", "python_modules/")
    assert {name.split("/")[1] for name in files if name.startswith("python_modules/")} >= CARRIED | {"propflow"}


def test_a_package_holds_no_tests_and_no_byte_code(packed: tuple[str, dict[str, package.Package]]) -> None:
    _, packages = packed
    files = packages["prod"].files
    ours = [name for name in files if name.startswith("python_modules/propflow/") or "python_modules/" not in name]
    assert [name for name in files if BYTE_CODE.search(name)] == []
    assert [name for name in ours if TESTS.search(name)] == []


def test_a_package_is_no_larger_than_recorded(packed: tuple[str, dict[str, package.Package]]) -> None:
    worker, packages = packed
    now = {"gzip_kib": packages["prod"].gzip_kib, "total_kib": packages["prod"].total_kib}
    assert sizes.problems(sizes.recorded(), {worker: now}) == []


def sources(folder: Path, prefix: str) -> set[str]:
    """The Python files of a folder as they are named in a package."""
    return {prefix + str(path.relative_to(folder)) for path in folder.rglob("*.py")}
