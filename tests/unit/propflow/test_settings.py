"""A Worker that lacks something says all of it at once."""

from types import SimpleNamespace

import msgspec
import pytest

from propflow.bindings.env import Env
from propflow.settings import SettingsMissing, kept, load


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    ENV: str
    EMAIL_API_URL: str
    EMAIL_PROVIDER_KEY: str
    SENTRY_DSN: str = ""


def test_every_missing_name_is_in_one_complaint() -> None:
    with pytest.raises(SettingsMissing, match="EMAIL_API_URL, EMAIL_PROVIDER_KEY"):
        load(Settings, Env(SimpleNamespace(ENV="local")))


def test_what_is_optional_may_be_absent() -> None:
    env = Env(SimpleNamespace(ENV="local", EMAIL_API_URL="u", EMAIL_PROVIDER_KEY="k"))
    assert load(Settings, env) == Settings(ENV="local", EMAIL_API_URL="u", EMAIL_PROVIDER_KEY="k")


def test_they_are_read_once_but_not_while_something_is_missing() -> None:
    class Other(msgspec.Struct, frozen=True):
        ENV: str

    with pytest.raises(SettingsMissing):
        kept(Other, Env(SimpleNamespace()))
    first = kept(Other, Env(SimpleNamespace(ENV="local")))
    assert kept(Other, Env(SimpleNamespace())) is first
