"""Tickets open what they say and nothing else; the door knows its own."""

import base64

import msgspec
import pytest

from api.activity.realtime import rules
from api.activity.realtime.rules import Claims
from api.core.watchers import room_of
from propflow.keyring import Keyring

KEYS = Keyring("k1", {"k1": b"1" * 32, "k2": b"2" * 32})
CLAIMS = Claims(
    id="tkt_1", tenant_id="ten_1", user_id="usr_1", session_id="ses_1", property_id="prop_1", expires_at=1_000
)


def test_a_ticket_says_what_was_sealed_until_it_is_too_old() -> None:
    ticket = rules.seal(KEYS, CLAIMS)
    assert rules.unseal(KEYS, ticket, 999) == CLAIMS
    assert rules.unseal(KEYS, ticket, 1_000) is None


def test_a_ticket_of_a_former_key_still_opens_and_of_an_unknown_one_never() -> None:
    former = rules.seal(Keyring("k2", KEYS.keys), CLAIMS)
    assert rules.unseal(KEYS, former, 0) == CLAIMS
    assert rules.unseal(Keyring("k1", {"k1": b"1" * 32}), former, 0) is None


def test_whatever_is_changed_in_a_ticket_opens_nothing() -> None:
    ticket = rules.seal(KEYS, CLAIMS)
    for place in range(len(ticket)):
        other = "A" if ticket[place] != "A" else "B"
        assert rules.unseal(KEYS, ticket[:place] + other + ticket[place + 1 :], 0) is None, place


@pytest.mark.parametrize("text", ["", ".", "..", "...", "k1..", "k1.e30.", "k1.\ud800.x", "é.é.é", "k1." + "A" * 2000])
def test_garbage_is_no_ticket(text: str) -> None:
    assert rules.unseal(KEYS, text, 0) is None


def test_a_token_made_for_another_purpose_is_no_ticket() -> None:
    from propflow import one_time

    payload = base64.urlsafe_b64encode(msgspec.json.encode(CLAIMS)).decode().rstrip("=")
    other = one_time.token(KEYS, "k1", "invitation", payload)
    assert rules.unseal(KEYS, f"k1.{payload}.{other}", 0) is None


def test_a_ticket_has_the_characters_of_a_subprotocol() -> None:
    ticket = rules.OFFER + rules.seal(KEYS, CLAIMS)
    assert all(char.isascii() and (char.isalnum() or char in "-_.") for char in ticket)


def test_the_ticket_is_offered_beside_the_protocol() -> None:
    assert rules.ticket_in("propflow.v1, ticket.abc") == "abc"
    for protocols in ("", "propflow.v1", "ticket.abc", "propflow.v2, ticket.abc", "propflow.v1, ticket.a, ticket.b"):
        assert rules.ticket_in(protocols) is None


def test_only_pages_of_the_application_knock() -> None:
    app, url = "https://app.example/", "https://api.example/v1/realtime"
    assert rules.is_own("https://app.example", url, app)
    assert rules.is_own("https://api.example", url, app)
    for origin in (None, "", "null", "https://evil.example", "http://app.example", "https://app.example.evil.example"):
        assert not rules.is_own(origin, url, app)


def test_each_property_has_a_room_of_its_own() -> None:
    assert room_of("ten_1", "") == "rt:ten_1"
    assert room_of("ten_1", "prop_1") == "rt:ten_1:prop_1"
