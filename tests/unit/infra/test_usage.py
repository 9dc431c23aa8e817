"""The check of code against the manifest finds what is read, what is not, and what is not there."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra import usage
from infra.manifest import MANIFEST, Manifest, load

SETTINGS = """
import msgspec
class Settings(msgspec.Struct, frozen=True):
    ENV: str
    LIMITS: str = "on"
"""
READS = """
class Bindings:
    def __init__(self, env):
        self.core = env.database("DB_CORE")
        self.queue = env.Q_BILLING
"""
ENTRY = """
from desk.objects import UnitLock
class Default: ...
class Internal: ...
"""


def small(**worker: Any) -> Manifest:
    """Our manifest with one Worker, `desk`."""
    raw = tomllib.loads(MANIFEST.read_text())
    fields = {"script": "{project}-desk-{env}", "cpu_ms": 1, "entrypoints": ["Internal"]}
    raw["workers"] = {"desk": fields | {"bindings": ["DB_CORE", "Q_BILLING"]} | worker}
    raw["vars"] = {name: {"workers": ["desk"], "value": ""} for name in ("ENV", "LIMITS")}
    raw["secrets"] = {}
    return msgspec.convert(raw, Manifest)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    source = tmp_path / "workers/desk/src/desk"
    source.mkdir(parents=True)
    (source / "settings.py").write_text(SETTINGS)
    (source / "bindings.py").write_text(READS)
    (source.parent / "entry.py").write_text(ENTRY)
    (tmp_path / "shared/src").mkdir(parents=True)
    return tmp_path


def test_our_code_reads_what_is_declared_and_no_more() -> None:
    assert usage.problems(load()) == []


def test_a_worker_that_reads_what_it_declares_has_no_problem(root: Path) -> None:
    assert usage.problems(small(), root) == []


@pytest.mark.parametrize("read", ['env.queue("Q_CALSYNC")', "env.Q_CALSYNC", 'getattr(env, "Q_CALSYNC")'])
def test_a_read_without_a_declaration_is_refused_with_its_place(root: Path, read: str) -> None:
    (root / "workers/desk/src/desk/more.py").write_text(f"def more(env):\n    return {read}\n")
    (problem,) = usage.problems(small(), root)
    assert "more.py:2: Q_CALSYNC is not declared for desk" in problem


def test_a_setting_without_a_declaration_is_refused(root: Path) -> None:
    (root / "workers/desk/src/desk/settings.py").write_text(SETTINGS + "    SMS_NUMBER: str\n")
    (problem,) = usage.problems(small(), root)
    assert "SMS_NUMBER is not declared for desk" in problem


def test_a_declaration_that_nothing_reads_is_refused(root: Path) -> None:
    (problem,) = usage.problems(small(bindings=["DB_CORE", "Q_BILLING", "KV_CACHE"]), root)
    assert problem.startswith("KV_CACHE is declared for desk, which does not read it")


def test_a_reservation_says_that_nothing_reads_it_yet(root: Path) -> None:
    manifest = small(bindings=["DB_CORE", "Q_BILLING", "KV_CACHE"], reserved={"KV_CACHE": "reports"})
    assert usage.problems(manifest, root) == []


def test_a_reservation_that_the_code_caught_up_with_is_refused(root: Path) -> None:
    (problem,) = usage.problems(small(reserved={"DB_CORE": "later"}), root)
    assert "desk reads DB_CORE, so infra/manifest.toml must not reserve it any more." in problem


def test_a_name_that_shared_code_reads_counts_as_read(root: Path) -> None:
    (root / "shared/src/cache.py").write_text('NAME = "KV_CACHE"\n')
    assert usage.problems(small(bindings=["DB_CORE", "Q_BILLING", "KV_CACHE"]), root) == []


def test_a_name_that_shared_code_reads_must_be_declared_somewhere(root: Path) -> None:
    (root / "shared/src/cache.py").write_text('NAME = "KV_CACHE"\n')
    (problem,) = usage.problems(small(), root)
    assert "cache.py:1: KV_CACHE is not in infra/manifest.toml." in problem


def test_the_classes_that_bindings_name_must_be_in_the_entry(root: Path) -> None:
    (root / "workers/desk/src/desk/more.py").write_text('NAMES = "DO_UNIT_LOCK", "DO_RATE_LIMIT"\n')
    manifest = small(bindings=["DB_CORE", "Q_BILLING", "DO_UNIT_LOCK", "DO_RATE_LIMIT"])
    (problem,) = usage.problems(manifest, root)
    assert problem == "workers/desk/src/entry.py has no class TenantRateLimit, which a binding names."


def test_a_worker_without_an_entry_is_refused(root: Path) -> None:
    (root / "workers/desk/src/entry.py").unlink()
    assert usage.problems(small(), root) == ["workers/desk/src/entry.py does not exist."]
