"""A token belongs to one purpose, one object, one sending and one key."""

import base64
import hashlib
import hmac

import pytest

from propflow.keyring import Keyring, KeyringInvalid
from propflow.one_time import token, token_hash

KEYS = Keyring("k2", {"k1": b"1" * 32, "k2": b"2" * 32})


def test_a_token_is_the_hmac_of_purpose_object_and_revision() -> None:
    wanted = hmac.digest(b"2" * 32, b"invitation|inv_1|3", "sha256")
    assert token(KEYS, "k2", "invitation", "inv_1", 3) == base64.urlsafe_b64encode(wanted).decode().rstrip("=")


def test_it_has_43_characters_that_need_no_escaping_in_a_link() -> None:
    made = [token(KEYS, "k1", "verify_email", f"ott_{n}") for n in range(200)]
    assert {len(one) for one in made} == {43}
    assert all(char.isalnum() or char in "-_" for one in made for char in one)


def test_the_same_row_always_gives_the_same_token() -> None:
    assert token(KEYS, "k1", "verify_email", "ott_1") == token(KEYS, "k1", "verify_email", "ott_1", 1)


def test_every_part_counts() -> None:
    made = {
        token(KEYS, "k1", "verify_email", "ott_1"),
        token(KEYS, "k2", "verify_email", "ott_1"),
        token(KEYS, "k1", "reset_password", "ott_1"),
        token(KEYS, "k1", "verify_email", "ott_2"),
        token(KEYS, "k1", "verify_email", "ott_1", 2),
    }
    assert len(made) == 5


def test_a_key_that_is_gone_is_named() -> None:
    with pytest.raises(KeyringInvalid, match="'k0'"):
        token(KEYS, "k0", "verify_email", "ott_1")


def test_the_database_keeps_its_sha256() -> None:
    assert token_hash("abc") == hashlib.sha256(b"abc").hexdigest()
