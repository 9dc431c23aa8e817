"""Read, without running it, which classes a Worker's main module exports, and print them as JSON.

The platform finds them by running the module; a JavaScript module must name its exports before anything runs. The
rules are the same: public names of the main module (or `__all__`), imported ones too, that are subclasses of the SDK's
three; exported under the class's own name, with the public methods of the whole inheritance chain.

Usage: python classes.py MAIN.py [FOLDER …]   (folders to look imports up in; MAIN's own folder comes first)
"""

from __future__ import annotations

import ast
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

KINDS = {
    "WorkerEntrypoint": "workerEntrypoints",
    "DurableObject": "durableObjects",
    "WorkflowEntrypoint": "workflowEntrypoints",
}
NO_METHOD = {"staticmethod", "classmethod", "property", "cached_property"}


@dataclass
class Class:
    """What matters about a class: its name, which of the SDK's kinds it is, and its public methods."""

    name: str
    kind: str | None = None
    methods: set[str] = field(default_factory=set)


@dataclass
class Module:
    """The names that a module's top level binds: a class, a (module, name) elsewhere, or another name of its own."""

    name: str
    is_package: bool
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    aliases: dict[str, ast.expr] = field(default_factory=dict)
    public: list[str] | None = None


class Reader:
    """Follows names through modules."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._modules: dict[str, Module | None] = {}

    def exports(self, main: str) -> dict[str, dict[str, list[str]]]:
        """The exported classes of the main module, by kind."""
        module = self._module(main)
        if module is None:
            sys.exit(f"{main}.py was not found in {self._folders[0]}")
        found: dict[str, dict[str, list[str]]] = {kind: {} for kind in KINDS.values()}
        bound = [*module.classes, *module.imports, *module.aliases]
        for name in module.public if module.public is not None else (n for n in bound if not n.startswith("_")):
            cls = self._resolve(main, name)
            if cls is not None and cls.kind is not None and cls.name not in KINDS:
                found[cls.kind][cls.name] = sorted(cls.methods)
        return found

    def _resolve(self, module_name: str, name: str) -> Class | None:
        if module_name == "workers" or module_name.startswith("workers."):
            return Class(name, KINDS[name]) if name in KINDS else None
        module = self._module(module_name)
        if module is None:
            return None
        if name in module.classes:
            return self._read(module, module.classes[name])
        if name in module.imports:
            source, original = module.imports[name]
            return self._resolve(source, original) if original else None
        if name in module.aliases:
            return self._evaluate(module, module.aliases[name])
        return None

    def _read(self, module: Module, node: ast.ClassDef) -> Class:
        cls = Class(node.name)
        for base in reversed(node.bases):
            inherited = self._evaluate(module, base)
            if inherited is not None:
                cls.kind = inherited.kind or cls.kind
                cls.methods |= inherited.methods
        for item in statements(node.body):
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("_"):
                plain = not any(decorator_name(d) in NO_METHOD for d in item.decorator_list)
                (cls.methods.add if plain else cls.methods.discard)(item.name)
        return cls

    def _evaluate(self, module: Module, node: ast.expr) -> Class | None:
        """The class that a base or an alias names: `Name` or `module.Name`."""
        if isinstance(node, ast.Subscript):  # Base[T]
            return self._evaluate(module, node.value)
        if isinstance(node, ast.Name):
            return self._resolve(module.name, node.id)
        if isinstance(node, ast.Attribute):
            dotted = ast.unparse(node.value)
            source, original = module.imports.get(dotted, (dotted, None))
            return self._resolve(f"{source}.{original}" if original else source, node.attr)
        return None

    def _module(self, name: str) -> Module | None:
        if name not in self._modules:
            self._modules[name] = None
            for folder in self._folders:
                base = folder.joinpath(*name.split("."))
                path = next((p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()), None)
                if path:
                    self._modules[name] = self._parse(name, path)
                    break
        return self._modules[name]

    def _parse(self, name: str, path: Path) -> Module:
        module = Module(name, path.name == "__init__.py")
        for node in statements(ast.parse(path.read_text(encoding="utf-8"), str(path)).body):
            if isinstance(node, ast.ClassDef):
                module.classes[node.name] = node
            elif isinstance(node, ast.Import):
                module.imports |= {a.asname or a.name: (a.name, None) for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                self._bind(module, node)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                target = node.targets[0].id
                if target == "__all__":
                    module.public = list(ast.literal_eval(node.value))
                else:
                    module.aliases[target] = node.value
        return module

    def _bind(self, module: Module, node: ast.ImportFrom) -> None:
        package = module.name if module.is_package else module.name.rpartition(".")[0]
        for _ in range(node.level - 1):
            package = package.rpartition(".")[0]
        source = ".".join(part for part in (package if node.level else "", node.module or "") if part)
        for alias in node.names:
            if alias.name == "*":
                star = self._module(source)
                bound = {**star.classes, **star.imports, **star.aliases} if star else {}
                public = star.public if star and star.public is not None else [n for n in bound if n[0] != "_"]
                module.imports |= {n: (source, n) for n in public}
            else:
                module.imports[alias.asname or alias.name] = (source, alias.name)


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, also those inside `if`, `try` and `with`."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from statements(getattr(node, part, []))


def decorator_name(node: ast.expr) -> str:
    """`functools.cached_property` → cached_property."""
    return ast.unparse(node).partition("(")[0].rpartition(".")[2]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C in the terminal is meant for the whole run: no traceback
    main_file, *others = (Path(argument) for argument in sys.argv[1:])
    print(json.dumps(Reader([main_file.parent, *others]).exports(main_file.stem)))
