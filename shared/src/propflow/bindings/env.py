"""A Worker's bindings by their names in infra/manifest.toml, each wrapped in its own small type."""

from typing import Any

from propflow.bindings.d1 import Database
from propflow.bindings.kv import KeyValue
from propflow.bindings.objects import ObjectNamespace
from propflow.bindings.queues import Queue
from propflow.bindings.r2 import Bucket
from propflow.bindings.services import Service


class Env:
    """Wraps the `env` that the runtime hands to an entry class."""

    def __init__(self, env: Any) -> None:
        self._env = getattr(env, "_env", env)  # the SDK's converting wrapper costs CPU at each look

    def _raw(self, name: str) -> Any:
        return getattr(self._env, name)

    def database(self, name: str) -> Database:
        """A D1 database, `DB_…`."""
        return Database(self._raw(name))

    def queue(self, name: str) -> Queue:
        """A queue this Worker produces to, `Q_…`."""
        return Queue(self._raw(name))

    def objects(self, name: str) -> ObjectNamespace:
        """A Durable Object class, `DO_…`."""
        return ObjectNamespace(self._raw(name))

    def service(self, name: str) -> Service:
        """Another Worker, `SVC_…`."""
        return Service(self._raw(name))

    def key_value(self, name: str) -> KeyValue:
        """A KV namespace, `KV_…`: up to 60 s stale, so it grants nothing."""
        return KeyValue(self._raw(name))

    def bucket(self, name: str) -> Bucket:
        """An R2 bucket, `R2_…`."""
        return Bucket(self._raw(name))

    def text(self, name: str) -> str | None:
        """A variable or a secret; None when it is not set."""
        value = getattr(self._env, name, None)
        return None if value is None else str(value)
