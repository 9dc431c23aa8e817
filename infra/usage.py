"""What the code reads of its environment, found without running it, against what the manifest declares.

A read is a string or an attribute with the name of a binding (`env.queue("Q_BILLING")`, `env.Q_BILLING`), the name of
a variable or secret as a string or attribute, or a field in capitals of a settings Struct.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from infra.manifest import Manifest
from infra.tools import ROOT

BINDING = re.compile(r"(?:DB|KV|R2|DO|Q|SVC)_[A-Z_]+")
SETTING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
SHARED = "shared/src"


def problems(manifest: Manifest, root: Path = ROOT) -> list[str]:
    """Reads that nothing declares, declarations that nothing reads, and classes that are not there."""
    declared = set(declared_names(manifest))
    shared = reads(root / SHARED, declared)
    everywhere = shared.keys()
    found = [f"{where}: {n} is not in infra/manifest.toml." for n, where in shared.items() if n not in declared]
    for worker in manifest.workers:
        own = reads(root / f"workers/{worker}/src", declared)
        found += [*undeclared(manifest, worker, own), *unread(manifest, worker, own.keys() | everywhere)]
        found += [*stale(manifest, worker, own), *exports(manifest, worker, root)]
    return found


def declared_names(manifest: Manifest) -> list[str]:
    """Every binding, variable and secret of any Worker."""
    bindings = [name for worker in manifest.workers.values() for name in worker.bindings]
    return [*bindings, *manifest.vars, *manifest.secrets]


def reason(manifest: Manifest, worker: str, name: str) -> str | None:
    """Why something is declared that no code reads yet."""
    entry = (manifest.vars | manifest.secrets).get(name)
    return manifest.workers[worker].reserved.get(name) or (entry.reserved if entry else None)


def undeclared(manifest: Manifest, worker: str, own: dict[str, str]) -> list[str]:
    """Names that a Worker reads without declaring them."""
    allowed = manifest.names_for(worker)
    wrong = {name: where for name, where in own.items() if name not in allowed}
    return [f"{where}: {name} is not declared for {worker} in infra/manifest.toml." for name, where in wrong.items()]


def unread(manifest: Manifest, worker: str, read: set[str]) -> list[str]:
    """Names that a Worker declares and neither reads nor reserves."""
    return [
        f"{name} is declared for {worker}, which does not read it: remove it, or say in `reserved` what it waits for."
        for name in manifest.names_for(worker)
        if name not in read and not reason(manifest, worker, name)
    ]


def stale(manifest: Manifest, worker: str, own: dict[str, str]) -> list[str]:
    """Reservations that the code has caught up with. A reserved setting is kept until every Worker reads it."""
    return [
        f"{own[name]}: {worker} reads {name}, so infra/manifest.toml must not reserve it any more."
        for name in manifest.names_for(worker)
        if name in own and reason(manifest, worker, name)
    ]


def exports(manifest: Manifest, worker: str, root: Path) -> list[str]:
    """The classes that bindings name must be defined in, or imported by, the Worker's entry.py."""
    entry = root / f"workers/{worker}/src/entry.py"
    if not entry.exists():
        return [f"{entry.relative_to(root)} does not exist."]
    called = {
        service.entrypoint
        for caller in manifest.workers
        for name, service in manifest.services.items()
        if service.target == worker and name in manifest.workers[caller].bindings and manifest.is_rendered(caller, name)
    }
    bound = [n for n in manifest.workers[worker].bindings if n in manifest.objects and manifest.is_rendered(worker, n)]
    hosted = {manifest.objects[name].class_name for name in bound}
    missing = ({"Default"} | called | hosted) - classes(entry)
    return [f"{entry.relative_to(root)} has no class {name}, which a binding names." for name in sorted(missing)]


def classes(entry: Path) -> set[str]:
    """Names that a module defines as classes or imports."""
    found: set[str] = set()
    for node in ast.parse(entry.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def reads(folder: Path, declared: set[str]) -> dict[str, str]:
    """The names that the modules of a folder read, each with the first place (`path:line`)."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for name, line in reads_of(ast.parse(path.read_text()), declared):
            place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            found.setdefault(name, f"{place}:{line}")
    return found


def reads_of(tree: ast.Module, declared: set[str]) -> Iterator[tuple[str, int]]:
    """The reads of one module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and wanted(node.value, declared):
            yield node.value, node.lineno
        elif isinstance(node, ast.Attribute) and (wanted(node.attr, declared) or is_env(node)):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ClassDef) and is_settings(node):
            yield from settings_fields(node)


def wanted(name: str, declared: set[str]) -> bool:
    """Does a name look like a binding, or is it one that the manifest declares?"""
    return name in declared or BINDING.fullmatch(name) is not None


def is_env(node: ast.Attribute) -> bool:
    """`env.NAME` and `self.env.NAME`, whatever the name."""
    owner = node.value
    named = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    return named in ("env", "_env") and SETTING.fullmatch(node.attr) is not None


def is_settings(node: ast.ClassDef) -> bool:
    """A Struct that propflow.settings.load fills."""
    return node.name.endswith("Settings") and any("Struct" in ast.unparse(base) for base in node.bases)


def settings_fields(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    """The fields in capitals of a settings Struct."""
    for field in node.body:
        name = field.target.id if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) else ""
        if SETTING.fullmatch(name):
            yield name, field.lineno
