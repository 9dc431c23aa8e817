"""A deploy runs the right commands in the right order, and refuses what cannot end well before it runs any."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra import deploy, identities
from infra.identities import Ids
from infra.manifest import load
from infra.tools import ROOT, Refused, Runner, account, shown

MANIFEST = load()
REAL = ["dev", "stg", "prod"]
COMPLETE = Ids(account="a" * 32, d1=dict.fromkeys(MANIFEST.d1, "1"), kv=dict.fromkeys(MANIFEST.kv, "2"))


class Listing(Runner):
    """A runner whose readings are given: what `wrangler secret list` says in each Worker's folder."""

    def __init__(self, said: dict[str, str | Refused]) -> None:
        super().__init__(dry_run=True)
        self.said = said

    def read(self, command: Sequence[str], cwd: Path = ROOT) -> str:
        said = self.said[cwd.name]
        if isinstance(said, Refused):
            raise said
        return said


@pytest.mark.parametrize("env", REAL)
def test_the_exact_commands_of_each_environment(env: str) -> None:
    assert [shown(*command) for command in deploy.commands(MANIFEST, env)] == [
        "cd workers/notify && pywrangler sync --force",
        "cd workers/billing && pywrangler sync --force",
        "cd workers/calsync && pywrangler sync --force",
        "cd workers/api && pywrangler sync --force",
        "python infra/vendor.py --trim",
        f"cd workers/api && wrangler d1 migrations apply DB_CORE --remote -e {env}",
        f"cd workers/api && wrangler d1 migrations apply DB_AUDIT --remote -e {env}",
        f"cd workers/notify && wrangler deploy -e {env}",
        f"cd workers/billing && wrangler deploy -e {env}",
        f"cd workers/calsync && wrangler deploy -e {env}",
        f"cd workers/api && wrangler deploy -e {env}",
    ]


@pytest.mark.parametrize("worker", MANIFEST.workers)
def test_one_worker_is_deployed_as_it_is_among_all(worker: str) -> None:
    every, alone = deploy.commands(MANIFEST, "stg"), deploy.commands(MANIFEST, "stg", only=worker)
    others = {deploy.WORKERS / name for name in MANIFEST.workers if name != worker}
    assert alone == [one for one in every if one[1] not in others or "migrations" in one[0]]
    assert shown(*alone[0]) == f"cd workers/{worker} && pywrangler sync --force"
    assert shown(*alone[-1]) == f"cd workers/{worker} && wrangler deploy -e stg"


@pytest.mark.parametrize(
    ("worker", "first", "said"), [("nobody", False, "there is no Worker nobody"), ("api", True, "all")]
)
def test_one_worker_must_be_one_and_not_the_first(worker: str, first: bool, said: str) -> None:
    with pytest.raises(Refused, match=said):
        deploy.deploy(MANIFEST, "stg", Runner(dry_run=True), first=first, only=worker)


def test_a_first_deploy_closes_the_circle_when_everybody_is_there() -> None:
    usual = [shown(*command) for command in deploy.commands(MANIFEST, "stg")]
    first = [shown(*command) for command in deploy.commands(MANIFEST, "stg", first=True)]
    assert first == [
        *usual[:-2], "cd workers/calsync && wrangler deploy -e stg -c wrangler.first.jsonc", *usual[-1:],
        "cd workers/calsync && wrangler deploy -e stg",
    ]  # fmt: skip
    folder = ROOT / "workers/calsync"
    assert "SVC_API" in (folder / "wrangler.jsonc").read_text()
    assert "SVC_API" not in (folder / "wrangler.first.jsonc").read_text()


def test_a_dry_run_prints_the_commands_and_runs_none() -> None:
    command = [sys.executable, "-m", "infra.deploy", "stg", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    commands = [shown(*command) for command in deploy.commands(MANIFEST, "stg")]
    assert done.stdout.splitlines() == [*commands, "python infra/vendor.py"]


@pytest.mark.parametrize("broken", ["pywrangler sync --force", "wrangler deploy -e stg", "python infra/vendor.py"])
def test_the_local_packages_come_back_whatever_fails(
    broken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Breaking(Runner):
        def run(self, command: Sequence[str], cwd: Path = ROOT, given: str = "") -> None:
            super().run(command, cwd, given)
            if shown(command) in (broken, "python infra/vendor.py"):
                raise Refused(f"{shown(command)} failed")

    monkeypatch.setattr(deploy, "Runner", Breaking)
    assert deploy.main(["stg", "--dry-run"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "python infra/vendor.py"
    assert said.err.splitlines() == list(dict.fromkeys([f"{broken} failed", "python infra/vendor.py failed"]))


@pytest.mark.parametrize("env", ["", "local", "production"])
def test_an_environment_must_be_named(env: str) -> None:
    with pytest.raises(Refused, match=r"say which environment: make deploy ENV=dev\|stg\|prod"):
        deploy.deploy(MANIFEST, env, Runner(dry_run=True))


@pytest.mark.parametrize("confirmed", ["", "yes", "propflow360-stg"])
def test_production_must_be_confirmed_by_name(confirmed: str) -> None:
    with pytest.raises(Refused, match="repeat the command with CONFIRM=propflow360-prod"):
        deploy.deploy(MANIFEST, "prod", Runner(), confirmed)


def test_the_other_environments_need_no_confirmation() -> None:
    deploy.refuse_unconfirmed(MANIFEST, "stg", "")
    deploy.refuse_unconfirmed(MANIFEST, "prod", "propflow360-prod")


def test_an_environment_without_ids_is_refused_by_the_names_that_lack_one() -> None:
    some = Ids(account="a" * 32, d1={"DB_CORE": "1"}, kv=dict.fromkeys(MANIFEST.kv, "2"))
    with pytest.raises(Refused, match="stg has no id yet for DB_AUDIT: run `make provision ENV=stg` first"):
        deploy.refuse_unprovisioned(MANIFEST, "stg", some)
    deploy.refuse_unprovisioned(MANIFEST, "stg", COMPLETE)


def test_another_account_is_refused() -> None:
    deploy.refuse_foreign("stg", COMPLETE, "a" * 32)
    with pytest.raises(Refused, match=r"stg lives in account a+, but you are logged in to b+"):
        deploy.refuse_foreign("stg", COMPLETE, "b" * 32)


def test_without_a_log_in_both_variables_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
    with pytest.raises(Refused, match="set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID"):
        account()


def test_secrets_that_are_not_set_are_named_with_the_command_that_sets_them() -> None:
    listing = Listing(
        {
            "notify": '[{"name": "EMAIL_PROVIDER_KEY", "type": "secret_text"}]',
            "calsync": '[{"name": "SESSION_ENC_KEY"}]',
            "api": Refused('Worker "propflow360-api-stg" (env: stg) not found.'),
        }
    )
    with pytest.raises(Refused) as refused:
        deploy.refuse_secretless(MANIFEST, "stg", listing)
    assert str(refused.value).splitlines() == [
        "these secrets of stg are not set:",
        "  make secret ENV=stg NAME=JWT_SIGNING_KEY  # notify, api",
        "  make secret ENV=stg NAME=SMS_PROVIDER_KEY  # notify",
        "  make secret ENV=stg NAME=INTERNAL_ADMIN_TOKEN  # api",
        "  make secret ENV=stg NAME=SESSION_ENC_KEY  # api",
    ]


def test_a_listing_that_fails_for_another_reason_is_not_taken_for_an_empty_one() -> None:
    broken = Refused("Authentication error [code: 10000]")
    with pytest.raises(Refused, match="Authentication error"):
        deploy.refuse_secretless(MANIFEST, "stg", Listing({"notify": broken}))


def test_the_first_command_that_fails_ends_the_run() -> None:
    runner = Runner()
    with pytest.raises(Refused, match="this command failed and ended the run:\n  false"):
        runner.run(["false"])


def test_ids_are_read_as_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "FOLDER", tmp_path / "ids")
    assert identities.read("stg") == Ids()
    identities.write("stg", COMPLETE)
    assert identities.read("stg") == COMPLETE
