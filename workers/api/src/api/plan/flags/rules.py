"""Whether a flag is on for a tenant: pure.

what was decided for the tenant → what its plan has → the share of tenants that have it already
"""

import hashlib
from collections.abc import Collection
from typing import Annotated

import msgspec

SHARES = 10_000  # a percentage is exact to a hundredth


class Flag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`percentage` of the tenants, among those whose plan has `feature`, and `tenants` whatever their plan."""

    percentage: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0
    feature: str | None = None
    tenants: dict[str, bool] = {}
    note: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What KV_CONFIG holds under `flags`."""

    flags: dict[str, Flag]


# What holds while the document says nothing else: each feature is on for the plans that have it.
DEFAULTS = {feature: Flag(percentage=100, feature=feature) for feature in ("basic", "advanced", "premium")}


def evaluate(document: Document, tenant_id: str, features: Collection[str]) -> dict[str, bool]:
    """Every flag for one tenant, by name."""
    known = DEFAULTS | document.flags
    return {name: is_on(name, known[name], tenant_id, features) for name in sorted(known)}


def is_on(name: str, flag: Flag, tenant_id: str, features: Collection[str]) -> bool:
    """Whether this one is."""
    if tenant_id in flag.tenants:
        return flag.tenants[tenant_id]
    if flag.feature is not None and flag.feature not in features:
        return False
    return share_of(name, tenant_id) < flag.percentage * (SHARES // 100)


def share_of(name: str, tenant_id: str) -> int:
    """Where a tenant stands among all, 0 to 9,999: the same for ever, and another for each flag.

    So who has a flag at 10 % has it at 20 %, and nobody is always the first.
    """
    digest = hashlib.sha256(f"{name}\n{tenant_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % SHARES
