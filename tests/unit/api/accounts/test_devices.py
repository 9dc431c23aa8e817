"""A known device shows for whom it is known, and nothing else does."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.people.identity import devices
from api.people.identity.repository import Person
from propflow.keyring import Keyring

NOW = 1_800_000_000_000
ADA, BOB = "ada@example.net", "bob@example.net"


def ring(current: str = "k1", *ids: str) -> Keyring:
    keys = {one: base64.b64encode(one[:1].encode() * 31 + one[-1:].encode()).decode() for one in {current, *ids}}
    return Keyring.parse(json.dumps({"current": current, "keys": keys}))


def person(user_id: str, email: str = ADA, changed_at: int | None = None) -> Person:
    return Person(id=user_id, email=email, name="Somebody", password_changed_at=changed_at)


def users(keyring: Keyring, sent: str, email: str, now: int = NOW) -> list[str]:
    return [one.user_id for one in devices.known(keyring, sent, email, now)]


def test_a_token_is_of_one_person_one_address_and_for_half_a_year() -> None:
    made = devices.new(ring(), person("usr_1"), [], NOW)
    assert users(ring(), made.text, ADA) == ["usr_1"]
    assert users(ring(), made.text, BOB) == []
    assert users(ring(), made.text, ADA, made.expires_at) == []
    assert ADA not in made.text


def test_a_key_that_is_retired_still_reads_and_one_that_is_gone_does_not() -> None:
    made = devices.new(ring("k1"), person("usr_1"), [], NOW)
    assert users(ring("k2", "k1"), made.text, ADA) == ["usr_1"]
    assert users(ring("k2"), made.text, ADA) == []


def test_signing_in_again_makes_no_other_device() -> None:
    first = devices.new(ring(), person("usr_1"), [], NOW)
    known = devices.known(ring(), first.text, ADA, NOW)
    again, other = (devices.new(ring(), person(user), known, NOW + 1) for user in ("usr_1", "usr_2"))
    assert again.id == first.id != other.id


def test_several_people_use_one_device_and_the_last_ones_are_kept() -> None:
    sent = ""
    for number in range(8):
        made = devices.new(ring(), person(f"usr_{number}", f"u{number}@example.net"), [], NOW)
        sent = devices.kept(sent, made)
    assert len(sent.split("~")) == devices.MOST
    assert [users(ring(), sent, f"u{number}@example.net") for number in (2, 3, 7)] == [[], ["usr_3"], ["usr_7"]]
    assert len(devices.kept(sent, devices.new(ring(), person("usr_7"), [], NOW)).split("~")) == devices.MOST


def test_another_password_ends_it() -> None:
    for before, after in ((None, NOW), (NOW, NOW + 1)):
        made = devices.new(ring(), person("usr_1", changed_at=before), [], NOW)
        (known,) = devices.known(ring(), made.text, ADA, NOW)
        assert known.is_of(person("usr_1", changed_at=before))
        assert not known.is_of(person("usr_1", changed_at=after))
        assert not known.is_of(person("usr_2", changed_at=before))


@pytest.mark.parametrize("part", range(6))
def test_no_part_of_a_token_can_be_another_one(part: int) -> None:
    parts = devices.new(ring(), person("usr_1"), [], NOW).text.split(".")
    parts[part] = parts[part][:-1] + ("2" if parts[part][-1] != "2" else "3")
    assert users(ring(), ".".join(parts), ADA) == []


@given(st.text(max_size=400))
def test_anything_else_is_no_device_and_reaches_no_cookie(sent: str) -> None:
    assert devices.known(ring(), sent, ADA, NOW) == []
    made = devices.new(ring(), person("usr_1"), [], NOW)
    assert set(devices.kept(sent, made)) <= set(
        "~._-" + "".join(map(chr, (*range(48, 58), *range(65, 91), *range(97, 123))))
    )
