"""Variables and secrets of a Worker, read once per event into a Struct whose fields carry their names.

class Settings(msgspec.Struct, frozen=True, kw_only=True):
    ENV: str
    EMAIL_API_URL: str
    SENTRY_DSN: str = ""
"""

from typing import TypeVar

import msgspec

from propflow.bindings.env import Env
from propflow.secret_faults import faults

T = TypeVar("T", bound=msgspec.Struct)

# What was judged and found good, so that an isolate judges once; only outside the local environment.
_good: dict[str, str] = {}


class SettingsInvalid(RuntimeError):
    """The Worker was deployed with what it must not use. The text names variables, never a value."""


class SettingsMissing(SettingsInvalid):
    """The Worker was deployed without what it needs; the text names all of it."""


def load(kind: type[T], env: Env) -> T:
    """Fill `kind` from the environment; complain once, naming every field that is missing, public or too weak."""
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
    if found.get("ENV") != "local":
        _judge(found)
    return kind(**found)


def _judge(found: dict[str, str]) -> None:
    unknown = {name: value for name, value in found.items() if _good.get(name) != value}
    if wrong := faults(unknown):
        raise SettingsInvalid(f"replace these secrets of this Worker: {'; '.join(wrong)}")
    _good.update(unknown)
