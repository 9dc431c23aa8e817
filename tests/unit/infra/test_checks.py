"""Each structural check of the manifest passes on ours and can fail."""

import copy
import tomllib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from infra import checks, configuration, identities
from infra.manifest import MANIFEST, Manifest, load

Change = Callable[[dict[str, Any]], object]


def problems_after(change: Change) -> list[str]:
    """What the checks say of our manifest after a change."""
    raw = tomllib.loads(MANIFEST.read_text())
    change(raw)
    manifest = msgspec.convert(raw, Manifest)
    return checks.problems(manifest, identities.known(manifest))


def test_our_manifest_has_no_problem() -> None:
    manifest = load()
    assert checks.problems(manifest, identities.known(manifest)) == []


def test_an_unknown_key_is_refused_by_its_name() -> None:
    raw = tomllib.loads(MANIFEST.read_text())
    raw["workers"]["api"]["crosn"] = []
    with pytest.raises(msgspec.ValidationError, match="crosn"):
        msgspec.convert(raw, Manifest)


CHANGES: list[tuple[Change, str]] = [
    (lambda m: m["workers"]["billing"].update(consumes=[]), "propflow360-billing-stg has no consumer."),
    (
        lambda m: m["workers"]["notify"]["consumes"].append("Q_BILLING"),
        "propflow360-billing-stg has 2 consumers: notify, billing.",
    ),
    (lambda m: m["workers"]["notify"]["consumes"].append("Q_LOST"), "notify consumes Q_LOST, which is no queue."),
    (lambda m: m["workers"]["api"]["bindings"].append("KV_LOST"), "api binds KV_LOST, which no table declares."),
    (lambda m: m["kv"].update(KV_IDLE={"name": "idle"}), "KV_IDLE is declared but bound by no Worker."),
    (lambda m: m["kv"].update(DB_CORE={"name": "core"}), "DB_CORE is declared twice"),
    (lambda m: m["workers"]["api"]["reserved"].update(Q_LOST="later"), "api reserves Q_LOST, which is not declared"),
    (lambda m: m["vars"]["LIMITS"]["workers"].append("web"), "LIMITS is for web, which is no Worker."),
    (lambda m: m["d1"]["DB_AUDIT"].update(owner="notify"), "DB_AUDIT is owned by notify, which does not bind it"),
    (lambda m: m["services"]["SVC_BILLING"].update(target="books"), "SVC_BILLING calls books, which is no Worker."),
    (
        lambda m: m["services"]["SVC_BILLING"].update(entrypoint="Public"),
        "SVC_BILLING calls billing.Public, which is not among its entrypoints.",
    ),
    (
        lambda m: m["workers"]["calsync"].pop("first_without"),
        "calsync binds SVC_API but is deployed before api",
    ),
    (
        lambda m: m["workers"]["api"].update(first_without=["DB_CORE"]),
        "api is first deployed without DB_CORE, which is no service that it binds.",
    ),
    (lambda m: m["workers"]["api"]["crons"].append("0 * * * *"), "api has 2 crons; a Worker has one at most"),
    (
        lambda m: m["workers"]["api"].update(crons=[f"{minute} * * * *" for minute in range(5)]),
        "6 crons are more than 5 for one environment.",
    ),
    (lambda m: m["object_migrations"].clear(), "DO_UNIT_LOCK needs UnitLock in [[object_migrations]]"),
    (
        lambda m: m["object_migrations"].append({"host": "api", "tag": "v2", "new_sqlite_classes": ["UnitLock"]}),
        "UnitLock is created twice",
    ),
    (
        lambda m: m["object_migrations"].append({"host": "api", "tag": "v1", "new_sqlite_classes": ["Other"]}),
        "[[object_migrations]] has the tag v1 of api twice.",
    ),
    (
        lambda m: m["object_migrations"][0]["new_sqlite_classes"].append("WebhookGuard"),
        "DO_WEBHOOK_GUARD is reserved, but [[object_migrations]] creates WebhookGuard already.",
    ),
    (
        lambda m: m["workers"]["billing"]["bindings"].append("DO_UNIT_LOCK"),
        "billing binds DO_UNIT_LOCK, but its class lives in api",
    ),
    (
        lambda m: m["vars"].update(SMS_PROVIDER_KEY={"workers": ["notify"], "value": ""}),
        "SMS_PROVIDER_KEY is both a variable and a secret.",
    ),
    (
        lambda m: m["local"]["secrets"].pop("EMAIL_PROVIDER_KEY"),
        "[local.secrets] has no value for EMAIL_PROVIDER_KEY, which notify requires.",
    ),
    (lambda m: m["local"]["secrets"].update(LOST="x"), "[local.secrets] sets LOST, which is no secret."),
]


@pytest.mark.parametrize(("change", "sentence"), CHANGES, ids=[sentence for _, sentence in CHANGES])
def test_a_broken_manifest_is_refused_with_a_sentence(change: Change, sentence: str) -> None:
    found = problems_after(change)
    assert any(sentence in problem for problem in found), found


def rendered() -> dict[str, configuration.Config]:
    manifest = load()
    ids = identities.known(manifest)["stg"]
    return {name: copy.deepcopy(configuration.environment(manifest, name, "stg", ids)) for name in manifest.workers}


def test_a_queue_without_dead_letters_is_refused() -> None:
    configs = rendered()
    del configs["billing"]["queues"]["consumers"][0]["dead_letter_queue"]
    found = checks.delivery(configs)
    assert "propflow360-billing-stg, consumed by billing, has no dead-letter queue: failed jobs would vanish." in found


def test_dead_letters_that_nobody_consumes_are_refused() -> None:
    configs = rendered()
    del configs["billing"]["queues"]["consumers"][1]
    assert checks.delivery(configs) == ["propflow360-billing-dlq-stg has no consumer."]


def test_dead_letters_of_dead_letters_are_refused() -> None:
    configs = rendered()
    configs["billing"]["queues"]["consumers"][1]["dead_letter_queue"] = "propflow360-calsync-dlq-stg"
    sentence = "propflow360-billing-dlq-stg holds dead letters and must not have a dead-letter queue of its own."
    assert sentence in checks.delivery(configs)
