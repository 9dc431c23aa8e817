"""The ids that Cloudflare gave to databases, namespaces and the account: infra/ids/{env}.json, kept by `provision`."""

import msgspec

from infra.manifest import LOCAL, UNPROVISIONED, Manifest
from infra.tools import ROOT

FOLDER = ROOT / "infra/ids"
NO_ACCOUNT = "0" * 32  # well formed and nobody's: every call that names it is refused


class Ids(msgspec.Struct, forbid_unknown_fields=True):
    """Ids by binding. Buckets and queues are known by their names alone."""

    account: str = NO_ACCOUNT
    d1: dict[str, str] = {}
    kv: dict[str, str] = {}


def read(env: str) -> Ids:
    """What was recorded for an environment, or nothing."""
    path = FOLDER / f"{env}.json"
    return msgspec.json.decode(path.read_bytes(), type=Ids) if path.exists() else Ids()


def write(env: str, ids: Ids) -> None:
    """Record the ids of an environment."""
    FOLDER.mkdir(exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(ids, order="sorted"), indent=2)
    (FOLDER / f"{env}.json").write_bytes(text + b"\n")


def local(manifest: Manifest) -> Ids:
    """The local runtime takes any text for an id; Cloudflare takes none of these."""
    return Ids(
        d1={name: manifest.resource(db.name, LOCAL) for name, db in manifest.d1.items()},
        kv={name: manifest.resource(kv.name, LOCAL) for name, kv in manifest.kv.items()},
    )


def known(manifest: Manifest) -> dict[str, Ids]:
    """The ids of every environment."""
    return {env: local(manifest) if env == LOCAL else read(env) for env in manifest.environments}


def missing(manifest: Manifest, ids: Ids) -> list[str]:
    """The bindings that have no id yet, and `account` when that is not known."""
    wanted = [(name, ids.d1.get(name)) for name in manifest.d1] + [(name, ids.kv.get(name)) for name in manifest.kv]
    found = [name for name, value in wanted if value in (None, "", UNPROVISIONED)]
    return found + (["account"] if ids.account == NO_ACCOUNT else [])
