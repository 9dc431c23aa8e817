"""Keys for one purpose each, and what the platform would refuse to derive."""

import asyncio

import pytest

from propflow.bindings.crypto import pbkdf2
from propflow.keyring import Keyring, KeyringInvalid

RING = Keyring("k2", {"k1": b"1" * 32, "k2": b"2" * 32})


def test_each_key_and_purpose_has_a_key_of_its_own() -> None:
    found = {RING.derived(kid, purpose) for kid in ("k1", "k2") for purpose in ("pepper", "tokens")}
    assert len(found) == 4 and {len(key) for key in found} == {32}
    assert not found & set(RING.keys.values())
    assert RING.derived("k1", "pepper") == RING.derived("k1", "pepper")


def test_nothing_is_derived_from_a_key_that_is_gone() -> None:
    with pytest.raises(KeyringInvalid):
        RING.derived("k0", "pepper")


@pytest.mark.parametrize("kid", ["", "k.1", "k$1", "k,1", "k=1", "k 1", "k_1", "k" * 33, "ключ"])
def test_an_id_can_stand_in_tokens_and_stored_passwords(kid: str) -> None:
    key = '"MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="'
    with pytest.raises(KeyringInvalid, match="letters, digits and hyphens"):
        Keyring.parse(f'{{"current": "{kid}", "keys": {{"{kid}": {key}}}}}')


def test_more_iterations_than_workers_allow_are_refused_here_as_there() -> None:
    with pytest.raises(ValueError, match="at most 100000 PBKDF2 iterations, not 100001"):
        asyncio.run(pbkdf2(b"password", b"salt", iterations=100_001, length=32))
