"""The keyring of SESSION_ENC_KEY: what it accepts, and that its errors and its repr never show a key."""

import base64

import pytest

from propflow.keyring import Keyring, KeyringInvalid

KEY = base64.b64encode(b"k" * 32).decode()
SHORT = base64.b64encode(b"k" * 16).decode()


def test_reads_keys_and_knows_the_current_one() -> None:
    ring = Keyring.parse(f'{{"current": "k2", "keys": {{"k1": "{KEY}", "k2": "{KEY}"}}}}')
    assert ring.current == "k2"
    assert ring.key("k1") == b"k" * 32
    assert KEY not in repr(ring) and "kkk" not in repr(ring)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "{}",
        '{"current": "k1", "keys": {}}',
        f'{{"current": "k1", "keys": {{"k1": "{SHORT}"}}}}',
        '{"current": "k1", "keys": {"k1": "***"}}',
        f'{{"current": "k.1", "keys": {{"k.1": "{KEY}"}}}}',
        f'{{"current": "k1", "keys": {{"k2": "{KEY}"}}}}',
    ],
)
def test_refuses_what_is_not_a_keyring(text: str) -> None:
    with pytest.raises(KeyringInvalid) as failure:
        Keyring.parse(text)
    assert KEY not in str(failure.value) and SHORT not in str(failure.value)


def test_a_retired_key_is_named() -> None:
    ring = Keyring.parse(f'{{"current": "k1", "keys": {{"k1": "{KEY}"}}}}')
    with pytest.raises(KeyringInvalid, match="k0"):
        ring.key("k0")
