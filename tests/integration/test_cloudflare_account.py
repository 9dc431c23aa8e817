"""The real wrangler against a stand-in of Cloudflare's API: provisioning works twice, a bare deploy reaches nothing."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from infra import identities, package, provision
from infra.manifest import MANIFEST, Manifest
from infra.tools import WRANGLER, Refused, Runner, environment

from .cloudflare import ACCOUNT, Cloudflare


@pytest.fixture
def cloudflare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloudflare]:
    server = Cloudflare()
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", server.url)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "not-a-token")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setattr(identities, "FOLDER", tmp_path / "ids")
    yield server
    server.close()


def small() -> Manifest:
    """One resource of each kind is enough to see that wrangler is understood."""
    raw = tomllib.loads(MANIFEST.read_text())
    for table in (raw["d1"], raw["kv"], raw["r2"], raw["queues"]["names"]):
        for name in list(table)[1:]:
            del table[name]
    return msgspec.convert(raw, Manifest)


def test_provisioning_creates_what_is_missing_once_and_records_the_ids(cloudflare: Cloudflare) -> None:
    manifest = small()
    provision.provision(manifest, "stg", Runner())
    created = [call for call in cloudflare.calls if call.startswith("POST")]
    assert len(created) == 5
    recorded = identities.read("stg")
    assert recorded.account == ACCOUNT
    assert recorded.d1 == {"DB_CORE": "00000000-0000-4000-8000-000000000001"}
    assert recorded.kv == {"KV_CONFIG": f"{1:032}"}
    assert [q["queue_name"] for q in cloudflare.resources["queues"]] == [
        "propflow360-notifications-dlq-stg",
        "propflow360-notifications-stg",
    ]
    again = Runner()
    provision.provision(manifest, "stg", again)
    assert again.shown == []
    assert identities.read("stg") == recorded


def test_provisioning_refuses_an_account_that_is_not_the_recorded_one(cloudflare: Cloudflare) -> None:
    identities.write("stg", identities.Ids(account="b" * 32))
    with pytest.raises(Refused, match=r"was recorded for account b+, but this is a+"):
        provision.provision(small(), "stg", Runner())
    assert cloudflare.calls == []


@pytest.mark.parametrize("worker", ["api", "notify"])
def test_a_deploy_without_an_environment_reaches_no_account(
    cloudflare: Cloudflare, worker: str, tmp_path: Path
) -> None:
    folder = package.stage(worker, tmp_path)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([WRANGLER, "deploy"], cwd=folder, env=environment(), text=True, check=False, **quiet)
    assert done.returncode != 0, done.stdout
    assert cloudflare.calls
    assert not [call for call in cloudflare.calls if ACCOUNT in call]
    assert {call.split("/")[2] for call in cloudflare.calls if "/accounts/" in call} == {identities.NO_ACCOUNT}
