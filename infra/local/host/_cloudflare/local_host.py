"""The Python half of the local host: the search path, the main module, its classes, and how a method is called."""

import importlib
import inspect
import random
import site
import sys

from pyodide.code import relaxed_call  # noqa: TID251

from .allow_entropy import refuse_entropy
from .import_patch_manager import patched_imports

SESSION = "/session/metadata"
MODULES = f"{SESSION}/python_modules"


def prepare_path():
    """The order of production: packages before site-packages, the Worker's own files last."""
    sys.path += [SESSION, "/session/lib/python3.14/site-packages"]
    sys.path.insert(next(i for i, entry in enumerate(sys.path) if "site-packages" in entry), MODULES)
    site.addsitedir(MODULES)


def import_main(name):
    """Import the main module under the rules of a deploy: no randomness, no advanced random state."""
    before = random.getstate()
    with patched_imports(), refuse_entropy():
        main = importlib.import_module(name)
    if random.getstate() != before:
        raise RuntimeError(f"random seed in bad state: something imported by {name}.py drew from `random`")
    random.seed()
    return main


def introspect(main):
    """The exported classes: public names of the main module (or `__all__`) that subclass one of the SDK's three."""
    workers = importlib.import_module("workers")
    bases = {
        "workerEntrypoints": workers.WorkerEntrypoint,
        "durableObjects": workers.DurableObject,
        "workflowEntrypoints": workers.WorkflowEntrypoint,
    }
    found = {kind: {} for kind in bases}
    for name in getattr(main, "__all__", [n for n in dir(main) if not n.startswith("_")]):
        value = getattr(main, name)
        for kind, base in bases.items():
            if inspect.isclass(value) and issubclass(value, base) and value is not base:
                found[kind][value.__name__] = methods(value)
    return found


def methods(cls):
    """Public names whose raw attribute is a plain function: no static or class methods, no properties."""
    return [n for n in dir(cls) if not n.startswith("_") and inspect.isfunction(inspect.getattr_static(cls, n))]


async def call(relaxed, instance, name, *args):
    """Call a handler or RPC method with arguments and result converted as the SDK converts them."""
    rpc = sys.modules["workers"]
    method = getattr(instance, name)
    converted = [rpc.python_from_rpc(arg) for arg in args]
    result = relaxed_call(method, *converted) if relaxed else method(*converted)
    if inspect.isawaitable(result):
        result = await result
    return rpc.python_to_rpc(result)
