"""A token is taken apart strictly, whatever is thrown at it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.people.google.jwt import LONGEST, Malformed, parse
from tests.unit.api.google.tokens import claims, encoded, header, token

PADDED = claims(pad="x" * LONGEST)
DOUBLED = json.dumps(claims()).encode()[:-1] + b', "aud": "another"}'
CASES = {
    "nothing": ("", "parts"),
    "two parts": ("a.b", "parts"),
    "four parts": (token() + ".x", "parts"),
    "a JWE": (".".join([token()] + ["x"] * 2), "parts"),
    "too long": (token(body=PADDED), "size"),
    "no signature": (token(signature=b""), "encoding"),
    "padding": (token().replace(".", "=.", 1), "encoding"),
    "the other alphabet": (token().replace(".", "+/.", 1), "encoding"),
    "a line break": (token() + "\n", "encoding"),
    "trailing bits": (f"{token().rsplit('.', 1)[0]}.QR", "encoding"),
    "a length that cannot be": (f"{token().rsplit('.', 1)[0]}.QQQQQ", "encoding"),
    "no JSON": (token(body=b"{"), "json"),
    "a list": (token(body=b"[]"), "json"),
    "a number": (token(head=b"1"), "json"),
    "UTF-16": (token(body=json.dumps(claims()).encode("utf-16")), "json"),
    "a byte order mark": (token(body=b"\xef\xbb\xbf{}"), "json"),
    "half a surrogate pair": (token(body=b'{"sub": "\\ud800"}'), "json"),
    "a deep body": (token(body=b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}")[:LONGEST], "parts"),
    "a body deep enough": (token(body=b'{"a":' + b"[" * 100 + b"]" * 100 + b"}"), "json"),
    "NaN": (token(body=b'{"exp": NaN}'), "NaN"),
    "a number of many digits": (token(body=b'{"exp": ' + b"9" * 5000 + b"}"), "json"),
    "a doubled claim": (token(body=DOUBLED), "doubled"),
    "a doubled header": (token(head=b'{"alg":"none","alg":"RS256","kid":"k1"}'), "doubled"),
    "alg none": (token(header(alg="none")), "algorithm"),
    "alg None in other letters": (token(header(alg="nOnE")), "algorithm"),
    "alg HS256": (token(header(alg="HS256")), "algorithm"),
    "alg RS512": (token(header(alg="RS512")), "algorithm"),
    "alg PS256": (token(header(alg="PS256")), "algorithm"),
    "alg rs256": (token(header(alg="rs256")), "algorithm"),
    "alg as a list": (token(header(alg=["RS256"])), "algorithm"),
    "no alg": (token(header(alg=None)), "algorithm"),
    "another typ": (token(header(typ="at+jwt")), "header"),
    "crit": (token(header(crit=["exp"])), "header"),
    "jku": (token(header(jku="https://evil.example/keys")), "header"),
    "jwk": (token(header(jwk={"kty": "RSA"})), "header"),
    "x5u": (token(header(x5u="https://evil.example/cert")), "header"),
    "x5c": (token(header(x5c=["MII"])), "header"),
    "no kid": (token(header(kid=None)), "kid"),
    "an empty kid": (token(header(kid="")), "kid"),
    "a kid that is a number": (token(header(kid=1)), "kid"),
    "a long kid": (token(header(kid="k" * 201)), "kid"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_token_is_refused(name: str) -> None:
    text, reason = CASES[name]
    with pytest.raises(Malformed) as refused:
        parse(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize("typ", ["JWT", None])
def test_a_token_of_google_is_read(typ: str | None) -> None:
    text = token(header(typ=typ))
    found = parse(text)
    assert (found.kid, found.claims, found.signature) == ("k1", claims(), b"signature")
    assert found.signed.decode() == text.rsplit(".", 1)[0]


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


@given(st.binary(), st.binary(), st.binary())
def test_no_bytes_break_it(head: bytes, body: bytes, signature: bytes) -> None:
    with pytest.raises(Malformed):
        parse(".".join(map(encoded, (head, body, signature))))


@given(st.integers(0, len(token()) - 1), st.characters(codec="ascii"))
def test_a_changed_character_is_a_changed_token(place: int, character: str) -> None:
    """No two texts are the same token: what is signed and the signature have one spelling."""
    original = token()
    changed = original[:place] + character + original[place + 1 :]
    try:
        found = parse(changed)
    except Malformed:
        return
    whole = (found.signed, found.signature)
    assert changed == original or whole != (parse(original).signed, parse(original).signature)
