"""Nothing of one environment can be taken for another's."""

import re
from collections import Counter
from itertools import permutations
from typing import Any

from infra import configuration
from infra.configuration import Config
from infra.identities import Ids
from infra.manifest import LOCAL, Manifest

HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
Rendered = dict[str, dict[str, Config]]  # by environment and Worker


def separation(manifest: Manifest, ids: dict[str, Ids]) -> list[str]:
    """Names and hosts that could lead from one environment into another.

    Names (scripts, databases, namespaces, buckets, queues): none contains another environment's, because scripts and
    people search by a part. Hosts are compared whole, label by label: `api.x` and `api-dev.x` are strangers though
    they look alike, while a host that equals another's or lies below it would share its routes or its cookies.
    """
    rendered: Rendered = {
        env: {w: configuration.environment(manifest, w, env, ids[env]) for w in manifest.workers}
        for env in manifest.environments
    }
    found = routes(rendered)
    names = {env: names_of(manifest, env) for env in manifest.environments}
    for env, own in names.items():
        found += [f"{env}: the name {name} is used twice." for name, n in Counter(own).items() if n > 1]
    hosts = {env: hosts_of(rendered[env], manifest.project.domain) for env in manifest.environments}
    for one, other in permutations(manifest.environments, 2):
        found += [
            f"{a} of {one} is contained in {b} of {other}: no name may hold another environment's."
            for a in names[one]
            for b in names[other]
            if a in b
        ]
        found += [
            f"the host {b} of {other} equals or lies below {a} of {one}."
            for a in sorted(hosts[one])
            for b in sorted(hosts[other])
            if b == a or b.endswith(f".{a}")
        ]
        texts = strings(rendered[one])
        found += [f"{one} mentions {b}, a name of {other}." for b in names[other] if any(b in text for text in texts)]
    return found


def routes(rendered: Rendered) -> list[str]:
    """A route names one whole host, and the local environment has none."""
    found: list[str] = []
    for env, configs in rendered.items():
        patterns = [route["pattern"] for config in configs.values() for route in config.get("routes", [])]
        found += [f"{env}: the route {p} must name one whole host." for p in patterns if not whole_host(p)]
        if env == LOCAL and patterns:
            found.append("the local environment has a route, and must touch nothing real.")
    return found


def whole_host(pattern: str) -> bool:
    """Is this `host/*`, without a wildcard in the host?"""
    return pattern.endswith("/*") and HOST.fullmatch(pattern.removesuffix("/*")) is not None


def names_of(manifest: Manifest, env: str) -> list[str]:
    """Every name of an environment that Cloudflare would know."""
    kinds: list[dict[str, Any]] = [manifest.d1, manifest.kv, manifest.r2, manifest.queues.names]
    stored = [manifest.resource(entry.name, env) for kind in kinds for entry in kind.values()]
    dead = [manifest.dead_letters(queue.name, env) for queue in manifest.queues.names.values()]
    return [manifest.script(worker, env) for worker in manifest.workers] + stored + dead


def hosts_of(configs: Any, domain: str) -> set[str]:
    """Every host under our domain that the configuration mentions."""
    found = {host for text in strings(configs) for host in HOST.findall(text.lower())}
    return {host for host in found if host.endswith(f".{domain}") or host == domain} - {domain}


def strings(value: Any) -> list[str]:
    """All text values within a configuration."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []
