"""A wrong password takes as many turns whoever it was meant for, and whenever theirs was stored."""

import asyncio
import base64
import json

import pytest

from api.core.settings import Settings
from api.people.identity import passwords, phc
from api.people.identity.passwords import Hashing
from api.people.identity.phc import Scrypt
from propflow.keyring import Keyring

RING = json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(b"k" * 32).decode()}})
KEYS = Keyring.parse(RING)
ADDRESS = "ada@example.net"
SALT = Hashing(KEYS).blank(ADDRESS).salt


def stored(**parameters: int | None) -> str:
    return phc.write(Scrypt(key_id="k1", salt=SALT, hash=bytes(phc.LENGTH), **parameters))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("meant", "computed"),
    [
        (None, 10), (stored(), 10), (stored(log_n=14, times=5), 5), (stored(log_n=14, p=5, times=None), 1),
        (stored(log_n=12, times=1), 1), ("unreadable", 10),
    ],
    ids=["nobody", "today", "in long turns", "in one go", "lower", "unreadable"],
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
    verdict = asyncio.run(passwords.verify_password(Hashing(KEYS), ADDRESS, "not the password", meant))
    assert not verdict.matches
    assert (done.count("turn"), done.count("pause"), done.count("computed")) == (computed, 10, computed)


@pytest.mark.parametrize(
    "meant",
    [(None, None), (stored(), None), (None, stored()), (stored(), stored()), ("unreadable", stored())],
    ids=["nobody", "who has verified the address", "who has not", "both", "who has not, and nonsense"],
)
def test_whoever_has_the_address_a_password_is_computed_once(
    monkeypatch: pytest.MonkeyPatch, meant: tuple[str | None, ...]
) -> None:
    computed: list[bytes] = []

    async def scrypt(how: Hashing, password: str, one: Scrypt) -> bytes:
        computed.append(one.salt)
        return b"x" * phc.LENGTH

    async def try_all() -> None:
        attempt = passwords.Attempt(Hashing(KEYS), ADDRESS, "not the password")
        for one in meant:
            assert not (await attempt.verify(one)).matches
        await attempt.fail()

    monkeypatch.setattr(passwords, "_scrypt", scrypt)
    asyncio.run(try_all())
    assert computed == [SALT]


def test_no_two_addresses_and_no_two_installations_share_a_salt() -> None:
    other = Keyring.parse(RING.replace(base64.b64encode(b"k" * 32).decode(), base64.b64encode(b"o" * 32).decode()))
    salts = [Hashing(keys).blank(address).salt for keys in (KEYS, other) for address in (ADDRESS, "bob@example.net")]
    assert len(set(salts)) == 4 and {len(salt) for salt in salts} == {phc.SALT_LENGTH}


@pytest.mark.parametrize(
    ("env", "chosen", "work"),
    [
        ("local", "quick", (passwords.QUICK_LOG_N, 1)), ("local", "strong", (phc.LOG_N, phc.TIMES)),
        ("dev", "quick", (phc.LOG_N, phc.TIMES)), ("prod", "quick", (phc.LOG_N, phc.TIMES)),
    ],
)  # fmt: skip
def test_only_a_developers_machine_hashes_quickly(env: str, chosen: str, work: tuple[int, int]) -> None:
    url = "https://propflow.test"
    settings = Settings(
        ENV=env, APP_BASE_URL=url, API_BASE_URL=url, JWT_SIGNING_KEY=RING, SESSION_ENC_KEY=RING, GOOGLE_AUTH_URL=url,
        GOOGLE_TOKEN_URL=url, GOOGLE_KEYS_URL=url, PASSWORDS=chosen,
    )  # fmt: skip
    how = Hashing.of(settings)
    assert (how.log_n, how.times) == work


def test_a_quick_one_is_stored_anew_where_they_are_strong() -> None:
    quick = Hashing(KEYS, passwords.QUICK_LOG_N, 1)
    made = phc.parse(phc.write(quick.blank(ADDRESS)))
    assert phc.is_outdated(made, Hashing(KEYS).blank(ADDRESS))
    assert not phc.is_outdated(made, quick.blank(ADDRESS))
