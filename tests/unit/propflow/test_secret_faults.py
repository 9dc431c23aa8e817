"""A secret that everybody can read, or guess, is refused wherever it guards something."""

import base64
import json
import secrets
import tomllib
from types import SimpleNamespace

import msgspec
import pytest
from support.process import ROOT

from propflow.bindings.env import Env
from propflow.secret_faults import OURS, fault
from propflow.settings import SettingsInvalid, load

LOCAL: dict[str, str] = tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]

GOOD = "wXh2Zs8qLk4TfYb9Rc3NvJm7pQd5Gt1uEo6HaKi0"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    ENV: str
    INTERNAL_ADMIN_TOKEN: str = ""
    JWT_SIGNING_KEY: str = ""
    EMAIL_PROVIDER_KEY: str = ""


def keyring(key: bytes) -> str:
    return json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(key).decode()}})


def env(**values: str) -> Env:
    return Env(SimpleNamespace(**values))


@pytest.mark.parametrize("name", LOCAL)
def test_no_secret_of_a_developers_machine_is_one_elsewhere(name: str) -> None:
    told = fault(name, LOCAL[name])
    assert told is not None and "everybody can read" in told and LOCAL[name] not in told


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_we_choose_is_long_and_varied(name: str) -> None:
    for weak in ("x", "hunter2" * 4, "ab" * 40):
        assert "too weak" in (fault(name, weak) or "")
    many = json.dumps({"anna": GOOD}) if name == "INTERNAL_ADMIN_TOKEN" else keyring(secrets.token_bytes(32))
    for strong in (secrets.token_urlsafe(32), secrets.token_hex(16), many):
        assert fault(name, strong) is None


def test_each_key_and_each_operators_token_counts() -> None:
    good = secrets.token_urlsafe(32)
    assert fault("INTERNAL_ADMIN_TOKEN", json.dumps({"anna": good, "ben": secrets.token_hex(16)})) is None
    assert fault("INTERNAL_ADMIN_TOKEN", json.dumps({"anna": good, "ben": "ben"})) is not None
    assert fault("INTERNAL_ADMIN_TOKEN", json.dumps({"anna": LOCAL["INTERNAL_ADMIN_TOKEN"]})) is not None
    assert fault("SESSION_ENC_KEY", keyring(bytes(32))) is not None
    assert fault("SESSION_ENC_KEY", json.dumps({"current": "k1", "keys": {"k1": "no base64!"}})) is not None


def test_what_a_provider_chose_may_be_short_and_what_is_off_is_empty() -> None:
    assert fault("GOOGLE_CLIENT_SECRET", "GOCSPX-short") is None
    assert fault("INTERNAL_ADMIN_TOKEN", "") is None


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ('{"anna": "' + GOOD, "no JSON object"),
        (json.dumps({"anna": 1}), "too weak"),
        (json.dumps([GOOD]), "no JSON object"),
        (json.dumps({"Anna": GOOD}), "an operator's name"),
        (json.dumps({"anna:ben": GOOD}), "an operator's name"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_operators_is_refused_before_it_is_used(secret: str, why: str) -> None:
    told = fault("INTERNAL_ADMIN_TOKEN", secret)
    assert told is not None and why in told and GOOD not in told


def test_a_list_of_secrets_is_looked_into() -> None:
    assert "everybody can read" in (fault("PAYMENTS_WEBHOOK_SECRET", json.dumps([GOOD, "local-payments"])) or "")
    assert fault("PAYMENTS_WEBHOOK_SECRET", json.dumps([GOOD])) is None


@pytest.mark.parametrize("environment", ["dev", "stg", "prod", "", "Local"])
def test_a_worker_elsewhere_does_not_start_and_says_which_variable(environment: str) -> None:
    public = LOCAL["JWT_SIGNING_KEY"]
    with pytest.raises(SettingsInvalid, match="JWT_SIGNING_KEY is one of a developer") as refused:
        load(Settings, env(ENV=environment, JWT_SIGNING_KEY=public))
    assert public not in str(refused.value)


@pytest.mark.parametrize("token", [LOCAL["INTERNAL_ADMIN_TOKEN"], "short", '{"Anna": "' + GOOD + '"}', "{"])
def test_a_bad_token_of_operators_stops_operators_and_nobody_else(
    token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert load(Settings, env(ENV="prod", INTERNAL_ADMIN_TOKEN=token)) == Settings(ENV="prod")
    [told] = capsys.readouterr().out.splitlines()
    assert "settings.left_out" in told and "INTERNAL_ADMIN_TOKEN" in told and (len(token) < 2 or token not in told)


def test_a_developers_machine_uses_them() -> None:
    public = LOCAL["INTERNAL_ADMIN_TOKEN"]
    assert load(Settings, env(ENV="local", INTERNAL_ADMIN_TOKEN=public)) == Settings(
        ENV="local", INTERNAL_ADMIN_TOKEN=public
    )


def test_what_was_good_once_is_judged_again_when_it_is_another() -> None:
    assert load(Settings, env(ENV="prod", JWT_SIGNING_KEY=keyring(bytes(range(32)))))
    with pytest.raises(SettingsInvalid):
        load(Settings, env(ENV="prod", JWT_SIGNING_KEY="weak"))
