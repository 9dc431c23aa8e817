"""The claims of an id token, one wrong at a time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.people.google.rules import LEEWAY, identity, is_return, refused, tenant_name
from tests.unit.api.google.tokens import CLIENT, NONCE, NOW, claims

SECONDS = NOW // 1000
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "no issuer": ({"iss": None}, "issuer"),
    "another issuer": ({"iss": "https://accounts.google.com.evil.example"}, "issuer"),
    "an issuer with a slash": ({"iss": "https://accounts.google.com/"}, "issuer"),
    "an issuer over http": ({"iss": "http://accounts.google.com"}, "issuer"),
    "issuers as a list": ({"iss": ["https://accounts.google.com"]}, "issuer"),
    "no audience": ({"aud": None}, "audience"),
    "another audience": ({"aud": "other.apps.googleusercontent.com"}, "audience"),
    "audiences as a list": ({"aud": [CLIENT]}, "audience"),
    "ours among the audiences": ({"aud": [CLIENT, "other"]}, "audience"),
    "another authorized party": ({"azp": "other.apps.googleusercontent.com"}, "audience"),
    "no expiry": ({"exp": None}, "times"),
    "an expiry as text": ({"exp": str(SECONDS + 60)}, "times"),
    "an expiry with a fraction": ({"exp": SECONDS + 60.5}, "times"),
    "an expiry that is true": ({"exp": True}, "times"),
    "no issuing time": ({"iat": None}, "times"),
    "a not-before as text": ({"nbf": "0"}, "times"),
    "expired": ({"exp": SECONDS - LEEWAY}, "expired"),
    "expired long ago": ({"exp": 0}, "expired"),
    "issued in the future": ({"iat": SECONDS + LEEWAY + 1}, "not_yet"),
    "not yet valid": ({"nbf": SECONDS + LEEWAY + 1}, "not_yet"),
    "no nonce": ({"nonce": None}, "nonce"),
    "another nonce": ({"nonce": "m" * 43}, "nonce"),
    "an empty nonce": ({"nonce": ""}, "nonce"),
    "a nonce that is a number": ({"nonce": 1}, "nonce"),
    "no subject": ({"sub": None}, "subject"),
    "an empty subject": ({"sub": ""}, "subject"),
    "a subject that is a number": ({"sub": 1}, "subject"),
    "a long subject": ({"sub": "1" * 256}, "subject"),
}


def reason(**more: Any) -> str | None:
    return refused(claims(**more), client_id=CLIENT, nonce=NONCE, now=NOW)


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_claim_is_refused(name: str) -> None:
    changed, expected = CASES[name]
    assert reason(**changed) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {}, {"azp": None}, {"iss": "accounts.google.com"}, {"exp": SECONDS - LEEWAY + 1},
        {"iat": SECONDS + LEEWAY}, {"nbf": SECONDS + LEEWAY},
    ],
)  # fmt: skip
def test_a_good_token_is_not_refused(changed: dict[str, Any]) -> None:
    assert reason(**changed) is None


@pytest.mark.parametrize("client_id", ["", "x"])
def test_nothing_is_good_for_another_client(client_id: str) -> None:
    assert refused(claims(aud="y"), client_id=client_id, nonce=NONCE, now=NOW) == "audience"


def test_an_empty_nonce_matches_nothing() -> None:
    assert refused(claims(nonce=""), client_id=CLIENT, nonce="", now=NOW) == "nonce"


@pytest.mark.parametrize(
    ("changed", "hosted"),
    [
        ({"email": "ada@gmail.com"}, True), ({"email": "ADA@GMAIL.COM"}, True), ({"email": "ada@googlemail.com"}, True),
        ({"hd": "example.net"}, True), ({"hd": "Example.NET"}, True),
        ({}, False), ({"hd": ""}, False), ({"hd": None}, False), ({"hd": True}, False), ({"hd": "net"}, False),
        ({"hd": "mail.example.net"}, False), ({"email": "ada@mail.example.net", "hd": "example.net"}, False),
        ({"email": "ada@gmail.com.evil.example"}, False), ({"email": "ada@notgmail.com"}, False),
        ({"email": "ada@gmail.com", "email_verified": False}, False), ({"email_verified": False, "hd": ""}, False),
    ],
)  # fmt: skip
def test_google_speaks_for_the_addresses_that_it_hosts(changed: dict[str, Any], hosted: bool) -> None:
    assert identity(claims(**changed)).hosted is hosted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "sub", "email", "email_verified"]), JSON)
def test_no_value_of_a_claim_breaks_the_check(name: str, value: object) -> None:
    changed = claims() | {name: value}
    if refused(changed, client_id=CLIENT, nonce=NONCE, now=NOW) is None:
        found = identity(changed)
        assert found.email in (None, "grace@example.net") or name == "email"


@pytest.mark.parametrize("value", [False, "true", 1, None, "false"])
def test_an_address_counts_only_when_google_has_verified_it(value: object) -> None:
    assert identity(claims(email_verified=value)).email is None


@pytest.mark.parametrize(
    "email", [None, "", "no address", "a@b", 1, "a" * 250 + "@example.net", "a@b.c\n", "a@straße.de"]
)
def test_what_is_no_address_is_none(email: object) -> None:
    assert identity(claims(email=email)).email is None


def test_a_person_has_a_case_folded_address_and_a_name_of_one_line() -> None:
    found = identity(claims(email="Grace@Example.NET", name="  Grace\n\u202eHopper\x00 "))
    assert (found.email, found.name) == ("grace@example.net", "Grace Hopper")
    assert identity(claims(name=None)).name == "grace"


def test_an_organisation_is_called_as_wished_or_after_its_owner() -> None:
    assert tenant_name("Casa Azul", "Grace") == "Casa Azul"
    assert tenant_name(None, "Grace") == "Grace's properties"
    assert len(tenant_name(None, "G" * 200)) <= 200


@pytest.mark.parametrize("path", ["/", "/calendar", "/units/unit_1?tab=rates#may", "/a//b"])
def test_one_may_return_to_a_path(path: str) -> None:
    assert is_return(path)


@pytest.mark.parametrize(
    "path",
    ["", "calendar", "//evil.example", "/\\evil.example", "https://evil.example", "/a\\b", "/a b", "/a\r\nSet-Cookie:x",
     "/\t/evil.example", "/é", "/" + "a" * 500, "javascript:alert(1)", " /", "@evil.example"],
)  # fmt: skip
def test_one_may_return_nowhere_else(path: str) -> None:
    assert not is_return(path)
