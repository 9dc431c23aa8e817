"""Variables and secrets of a Worker, read once per isolate into a Struct whose fields carry their names.

class Settings(msgspec.Struct, frozen=True, kw_only=True):
    ENV: str
    EMAIL_API_URL: str
    SENTRY_DSN: str = ""
"""

from typing import TypeVar

import msgspec

from propflow import log
from propflow.bindings.env import Env
from propflow.secret_faults import OPERATORS, faults

T = TypeVar("T", bound=msgspec.Struct)

# What was judged and found good, or left out, so that an isolate judges and tells once; only outside the local
# environment.
_good: dict[str, str] = {}
_left_out: dict[str, str] = {}
_kept: dict[type[msgspec.Struct], msgspec.Struct] = {}


class SettingsInvalid(RuntimeError):
    """The Worker was deployed with what it must not use. The text names variables, never a value."""


class SettingsMissing(SettingsInvalid):
    """The Worker was deployed without what it needs; the text names all of it."""


def kept(kind: type[T], env: Env) -> T:
    """The same as `load`, once per isolate: what a deployment is given does not change in one."""
    found = _kept.get(kind)
    if found is None:
        found = _kept[kind] = load(kind, env)
    return found  # type: ignore[return-value]


def load(kind: type[T], env: Env) -> T:
    """Fill `kind` from the environment; complain once, naming every field that is missing, public or too weak.

    A token of operators that is public, too weak or no token at all is left out, as if there were none.
    """
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
        found = _judged(found)
    return kind(**found)


def _judged(found: dict[str, str]) -> dict[str, str]:
    """What may be used. No tenant stands still because operators have a token that must not be: they have none then."""
    unknown = {name: value for name, value in found.items() if _good.get(name) != value}
    wrong = faults(unknown)
    if (why := wrong.pop(OPERATORS, None)) is not None:
        if _left_out.get(OPERATORS) != unknown[OPERATORS]:
            log.warning("settings.left_out", reason=f"nobody is an operator: {OPERATORS} {why}")
        _left_out[OPERATORS] = unknown.pop(OPERATORS)
        found = {name: value for name, value in found.items() if name != OPERATORS}
    if wrong:
        raise SettingsInvalid(f"replace these secrets of this Worker: {'; '.join(map(' '.join, wrong.items()))}")
    _good.update(unknown)
    return found
