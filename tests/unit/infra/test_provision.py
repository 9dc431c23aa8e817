"""Provisioning names every resource once, with wrangler's own commands."""

import pytest

from infra import provision
from infra.manifest import load
from infra.tools import Refused, Runner

MANIFEST = load()


@pytest.mark.parametrize("env", ["dev", "stg", "prod"])
def test_the_exact_commands_of_each_environment(env: str) -> None:
    runner = Runner(dry_run=True)
    provision.provision(MANIFEST, env, runner)
    queues = [
        f"{name}{dead}" for name in ("notifications", "billing", "calsync", "automation") for dead in ("-dlq", "")
    ]
    assert runner.shown == [
        *(f"wrangler d1 create propflow360-{name}-{env} --location oc" for name in ("core", "audit")),
        *(f"wrangler kv namespace create propflow360-{name}-{env}" for name in ("config", "cache", "sessions")),
        *(f"wrangler r2 bucket create propflow360-{name}-{env} --location oc" for name in ("media", "docs", "exports")),
        *(f"wrangler queues create propflow360-{name}-{env}" for name in queues),
    ]


@pytest.mark.parametrize("env", ["", "local", "staging"])
def test_an_environment_must_be_named(env: str) -> None:
    with pytest.raises(Refused, match=r"make provision ENV=dev\|stg\|prod"):
        provision.provision(MANIFEST, env, Runner(dry_run=True))


def test_a_bucket_is_found_by_its_whole_name() -> None:
    class Listing(Runner):
        def read(self, *_: object) -> str:
            return "Listing buckets...\nname:           propflow360-docs-stg\ncreation_date:  2026-11-01\n"

    assert provision.bucket(Listing(), "propflow360-docs-stg")
    assert not provision.bucket(Listing(), "propflow360-docs")
