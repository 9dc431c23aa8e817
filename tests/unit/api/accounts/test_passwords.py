"""A wrong password takes as many turns whoever it was meant for, and whenever theirs was stored."""

import asyncio
import base64
import json

import pytest

from api.accounts import passwords, phc
from api.accounts.phc import Scrypt
from propflow.keyring import Keyring

KEYS = Keyring.parse(json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(b"k" * 32).decode()}}))
SALT = bytes(phc.SALT_LENGTH)


def stored(**parameters: int | None) -> str:
    return phc.write(Scrypt(key_id="k1", salt=SALT, hash=bytes(phc.LENGTH), **parameters))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("meant", "computed"),
    [
        (None, 5), (stored(), 5), (stored(p=5, times=None), 1), (stored(log_n=12, times=1), 1), ("unreadable", 5),
    ],
    ids=["nobody", "today", "in one go", "lower", "unreadable"],
)  # fmt: skip
def test_as_many_turns_are_taken_for_everybody(
    monkeypatch: pytest.MonkeyPatch, meant: str | None, computed: int
) -> None:
    """Or at least their pauses."""
    done: list[str] = []

    async def begin(password: int) -> int:
        done.append("turn")
        return 0

    def end(began: int, steps: int = 1) -> int:
        done.append("pause")
        return passwords.turns.STEP

    async def rest(password: int, step: int) -> None:
        done.append("pause")

    def scrypt(secret: bytes, salt: bytes, **parameters: int) -> bytes:
        done.append("computed")
        return b"x" * phc.LENGTH

    monkeypatch.setattr(passwords.turns, "begin", begin)
    monkeypatch.setattr(passwords.turns, "end", end)
    monkeypatch.setattr(passwords.turns, "rest", rest)
    monkeypatch.setattr(passwords, "scrypt", scrypt)
    verdict = asyncio.run(passwords.verify_password(KEYS, "not the password", meant))
    assert not verdict.matches
    assert (done.count("turn"), done.count("pause"), done.count("computed")) == (computed, 5, computed)
