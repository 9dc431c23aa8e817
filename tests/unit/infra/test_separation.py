"""No environment can be taken for another, and the check that says so can fail."""

import tomllib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from infra import identities
from infra.manifest import MANIFEST, Manifest
from infra.separation import separation, whole_host

Change = Callable[[dict[str, Any]], object]


def found_after(change: Change) -> list[str]:
    raw = tomllib.loads(MANIFEST.read_text())
    change(raw)
    manifest = msgspec.convert(raw, Manifest)
    return separation(manifest, identities.known(manifest))


CHANGES: list[tuple[Change, str]] = [
    (
        lambda m: m["project"].update(resource="{project}-{name}"),
        "propflow360-core of local is contained in propflow360-core of dev",
    ),
    (
        lambda m: m["environments"].update(prod2={"dash": "-two"}),
        "propflow360-core-prod of prod is contained in propflow360-core-prod2 of prod2",
    ),
    (lambda m: m["kv"]["KV_CACHE"].update(name="config"), "the name propflow360-config-dev is used twice."),
    (
        lambda m: m["environments"]["stg"].update(dash=""),
        "the host api.propflow360.com of stg equals or lies below api.propflow360.com of prod.",
    ),
    (
        lambda m: m["environments"]["dev"].update(dash=".api"),
        "the host api.api.propflow360.com of dev equals or lies below api.propflow360.com of prod.",
    ),
    (
        lambda m: m["vars"]["SMS_FROM"].update(value="propflow360-media-prod"),
        "dev mentions propflow360-media-prod, a name of prod.",
    ),
    (lambda m: m["workers"]["api"].update(host="*.{domain}"), "prod: the route *.propflow360.com/* must name one"),
]


@pytest.mark.parametrize(("change", "sentence"), CHANGES, ids=[sentence for _, sentence in CHANGES])
def test_a_name_that_could_lead_into_another_environment_is_refused(change: Change, sentence: str) -> None:
    found = found_after(change)
    assert any(sentence in problem for problem in found), found


def test_hosts_that_only_look_alike_are_strangers() -> None:
    assert found_after(lambda m: m["environments"]["dev"].update(dash="-api")) == []


def test_a_route_names_one_whole_host() -> None:
    assert whole_host("api-dev.propflow360.com/*")
    assert not whole_host("*.propflow360.com/*")
    assert not whole_host("propflow360.com/api*")
