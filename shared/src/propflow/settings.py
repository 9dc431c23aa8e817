"""Variables and secrets of a Worker, read once per event into a Struct whose fields carry their names.

class Settings(msgspec.Struct, frozen=True, kw_only=True):
    ENV: str
    EMAIL_API_URL: str
    SENTRY_DSN: str = ""
"""

from typing import TypeVar

import msgspec

from propflow.bindings.env import Env

T = TypeVar("T", bound=msgspec.Struct)


class SettingsMissing(RuntimeError):
    """The Worker was deployed without what it needs; the text names all of it."""


def load(kind: type[T], env: Env) -> T:
    """Fill `kind` from the environment; complain once, naming every field that is missing."""
    found: dict[str, str] = {}
    missing: list[str] = []
    for field in msgspec.structs.fields(kind):
        value = env.text(field.name)
        if value is not None:
            found[field.name] = value
        elif field.required:
            missing.append(field.name)
    if missing:
        raise SettingsMissing(f"set these variables or secrets for this Worker: {', '.join(missing)}")
    return kind(**found)
