"""Cryptography: what Python lacks here, JavaScript has."""

import hashlib

from .conftest import Host


def test_web_crypto_digests(host: Host) -> None:
    assert host.rpc("Crypto", "digest", "hello é")


def test_web_crypto_derives_with_pbkdf2(host: Host) -> None:
    assert host.rpc("Crypto", "pbkdf2", 100_000) == hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 100_000).hex()


def test_scrypt_of_node_crypto_is_scrypt(host: Host) -> None:
    wanted = hashlib.scrypt(b"password", salt=b"sixteen bytes at", n=16384, r=8, p=5, maxmem=64 * 1024 * 1024, dklen=32)
    assert host.rpc("Crypto", "scrypt", "password", "sixteen bytes at") == wanted.hex()


def test_hashlib_has_neither(host: Host) -> None:
    assert host.rpc("Crypto", "absent_from_hashlib") == ["scrypt", "pbkdf2_hmac"]
