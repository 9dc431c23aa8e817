"""Stored passwords: what is read, what is refused, and what is stored anew at the next log-in."""

import base64

import msgspec
import pytest

from api.people.identity import phc
from api.people.identity.phc import Malformed, Pbkdf2, Scrypt

ONE = Scrypt(key_id="k1", salt=b"s" * 16, hash=b"h" * 32)
SALT, HASH = "c3Nzc3Nzc3Nzc3Nzc3Nzcw", "aGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGg"
TODAY = f"$scrypt$ln=13,r=8,p=1,t=10,k=k1${SALT}${HASH}"
IN_LONG_TURNS = f"$scrypt$ln=14,r=8,p=1,t=5,k=k1${SALT}${HASH}"
IN_ONE_GO = f"$scrypt$ln=14,r=8,p=5,k=k1${SALT}${HASH}"
UNPEPPERED = f"$scrypt$ln=13,r=8,p=1,t=10${SALT}${HASH}"
BLUEPRINT = base64.b64encode(b"s" * 16 + b"h" * 32).decode()


def test_what_is_written_is_a_phc_string_and_reads_back() -> None:
    assert phc.write(ONE) == TODAY
    assert phc.parse(TODAY) == ONE
    assert phc.parse(phc.write(msgspec.structs.replace(ONE, key_id=None))) == phc.parse(UNPEPPERED)


def test_what_was_made_in_one_go_is_still_read() -> None:
    made = msgspec.structs.replace(ONE, log_n=14, p=5, times=None)
    assert (phc.parse(IN_ONE_GO), phc.write(made)) == (made, IN_ONE_GO)


def test_a_turn_of_before_is_as_many_as_it_fills_more_memory() -> None:
    stored = (TODAY, IN_LONG_TURNS, IN_ONE_GO, TODAY.replace("ln=13", "ln=10"))
    assert [phc.steps(one) for one in map(phc.parse, stored) if isinstance(one, Scrypt)] == [1, 2, 10, 1]


def test_todays_parameters_are_no_weaker_than_what_owasp_recommends() -> None:
    # https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
    assert (phc.LOG_N, phc.R, phc.P * phc.TIMES) == (13, 8, 10)
    assert phc.SALT_LENGTH >= 16 and phc.LENGTH >= 32


def test_the_first_version_is_read_as_salt_and_hash() -> None:
    assert phc.parse(BLUEPRINT) == Pbkdf2(salt=b"s" * 16, hash=b"h" * 32)


@pytest.mark.parametrize(
    ("stored", "outdated"),
    [
        (TODAY, False),
        (TODAY.replace("ln=13", "ln=14").replace("r=8", "r=4"), True),
        (TODAY.replace("t=10", "t=11"), False),
        (IN_LONG_TURNS, True),
        (IN_ONE_GO, True),
        (TODAY.replace("ln=13", "ln=12"), True),
        (TODAY.replace("t=10", "t=9"), True),
        (TODAY.replace("k=k1", "k=k0"), True),
        (TODAY.replace(HASH, HASH[:22]), True),
        (TODAY.replace(SALT, SALT.upper()), True),
        (UNPEPPERED, True),
        (BLUEPRINT, True),
    ],
)
def test_only_what_is_as_strong_as_today_stays(stored: str, outdated: bool) -> None:
    assert phc.is_outdated(phc.parse(stored), ONE) is outdated


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "null",
        "password",
        "$scrypt$",
        "$2b$12$abcdefghijklmnopqrstuuJ8kC9U0Hq8bq0m0m0m0m0m0m0m0m0m0",
        f"$argon2id$v=19$m=65536,t=3,p=4${SALT}${HASH}",
        TODAY + "$",
        TODAY + "\n",
        TODAY.replace(SALT, ""),
        TODAY.replace(HASH, ""),
        TODAY.replace(HASH, "aGg"),  # two bytes would be guessed
        TODAY.replace(HASH, HASH[:-1] + "*"),
        TODAY.replace("ln=13", "ln=0"),
        TODAY.replace("ln=13", "ln=30"),  # a gigabyte for each log-in
        TODAY.replace("p=1", "p=99"),
        TODAY.replace("t=10", "t=99"),
        TODAY.replace("t=10", "t=0"),
        TODAY.replace("p=1", "p=4"),  # forty times
        TODAY.replace("r=8", "r=0"),
        TODAY.replace("ln=13", "ln=-1"),
        TODAY.replace("k=k1", "k=a$b"),
        TODAY.replace("ln=13", "ln=١٤"),  # digits, but not ours
        BLUEPRINT[:-4],
        BLUEPRINT + "AAAA",
        "é" * 64,
    ],
)
def test_anything_else_is_malformed_and_the_error_shows_nothing_of_it(stored: str) -> None:
    with pytest.raises(Malformed) as refused:
        phc.parse(stored)
    assert HASH not in str(refused.value)
