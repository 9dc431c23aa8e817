"""The interface through which the SDK patches packages while they are imported at the top level of a Worker."""

import sys
from contextlib import contextmanager, nullcontext

_create = {}
_exec = {}


def _registrar(patches):
    def register(name, patch=None):
        def remember(function):
            patches[name] = function
            return function

        return remember if patch is None else remember(patch)

    return register


register_create_patch = _registrar(_create)
register_exec_patch = _registrar(_exec)
# The next two belong to snapshots, of which there are none here.
register_after_snapshot = _registrar({})
register_before_first_request = _registrar({})


def block_calls(module, *, allowlist=()):
    """Production blocks a module's other functions until the first request; here the random state is compared."""


class _Loader:
    def __init__(self, loader, name):
        self._loader, self._name = loader, name

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        with _create.get(self._name, nullcontext)(spec):
            return self._loader.create_module(spec)

    def exec_module(self, module):
        with _exec.get(self._name, nullcontext)(module):
            self._loader.exec_module(module)


class _Finder:
    def find_spec(self, name, path, target):
        if name not in _create and name not in _exec:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None:
            spec.loader = _Loader(spec.loader, name)
        return spec


@contextmanager
def patched_imports():
    """While the main module is imported; what is imported later, inside a request, is not patched."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
