"""The one place that every key of R2 passes: nothing but a key of the tenant's own, made by the server."""

import pytest

from propflow.bindings.r2 import KeyNotOwned, owned

OWN = "ten_" + "0" * 26
OTHER = "ten_" + "1" * 26
FILE = "med_" + "a" * 26


@pytest.mark.parametrize("rest", [f"media/{FILE}", f"id_documents/doc_{'b' * 26}", "usage/2026-01-0001.jsonl"])
def test_a_key_of_the_tenant_passes(rest: str) -> None:
    assert owned(OWN, f"tenants/{OWN}/{rest}") == f"tenants/{OWN}/{rest}"


@pytest.mark.parametrize(
    "key",
    [
        "", "/", f"tenants/{OTHER}/media/{FILE}", f"tenants/{OWN}", f"tenants/{OWN}/", f"tenants/{OWN}//media/{FILE}",
        f"tenants/{OWN}/media/", f"/tenants/{OWN}/media/{FILE}", f"tenants/{OWN}/../{OTHER}/media/{FILE}",
        f"tenants/{OWN}/./media/{FILE}", f"tenants/{OWN}/media/..", f"tenants/{OWN}/media/%2e%2e/{FILE}",
        f"tenants/{OWN}/media/..%2f{FILE}", f"tenants/{OWN}/media/{FILE}\n", f"tenants/{OWN}/media/{FILE}\0",
        f"tenants/{OWN}/media\\{FILE}", f"tenants/{OWN}/Media/{FILE}", f"tenants/{OWN}/media/\u202egnp.a",
        f"tenants/{OWN}x/media/{FILE}", f"Tenants/{OWN}/media/{FILE}", f"tenants/{OWN}/media/ {FILE}",
    ],
)  # fmt: skip
def test_anything_else_is_refused(key: str) -> None:
    with pytest.raises(KeyNotOwned):
        owned(OWN, key)


@pytest.mark.parametrize("tenant", ["", "ten_", ".*", "ten_" + "[0-9a-z]" * 26, f"{OWN}/media"])
def test_a_tenant_is_an_id_and_no_pattern(tenant: str) -> None:
    with pytest.raises(KeyNotOwned):
        owned(tenant, f"tenants/{tenant}/media/{FILE}")
