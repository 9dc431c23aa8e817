"""Id tokens that must never open anything: the JWT confusion table and Google's own, each with what refuses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.standin_client import StandIn
from support.standins.google_keys import CLIENT_ID, claims

Json = dict[str, Any]


@dataclass(frozen=True)
class Forgery:
    """`header` and `claims` are written over good ones; None takes a claim away. A function makes the whole text."""

    status: int
    reason: str | None
    header: Json = field(default_factory=dict)
    claims: Json = field(default_factory=dict)
    key: str = "current"
    text: Callable[[str], str] | None = None

    def token(self, standin: StandIn, nonce: str) -> str:
        """The token for this nonce."""
        body = {"sub": "999", "email": "mallory@example.net", "nonce": nonce} | self.claims
        whole = standin.google_token(header=self.header, claims=body, key=self.key)
        return self.text(whole) if self.text else whole


def _refused(reason: str, **more: Any) -> Forgery:
    return Forgery(401, reason, **more)


def _claims(reason: str, **claims: Any) -> Forgery:
    return Forgery(401, reason, claims=claims)


def _parts(text: str, **changed: str) -> str:
    names = ("head", "body", "signature")
    return ".".join((dict(zip(names, text.split("."), strict=True)) | changed)[name] for name in names)


def _swap_last(text: str) -> str:
    middle = len(text) - 20
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]


def _other_body(text: str) -> str:
    """A true signature under another body: the first letter of the base64url of `{"` cannot be changed, so later."""
    body = text.split(".")[1]
    place = len(body) // 2
    return _parts(text, body=body[:place] + ("A" if body[place] != "A" else "B") + body[place + 1 :])


NOW = int(time.time())
JWT: dict[str, Forgery] = {
    "alg none, unsigned": _refused("algorithm", header={"alg": "none"}, key="none"),
    "alg none, with a signature": _refused("algorithm", header={"alg": "none"}),
    "alg nOnE": _refused("algorithm", header={"alg": "nOnE"}),
    "no alg": _refused("algorithm", header={"alg": None}),
    "RS256 without a signature": _refused("encoding", key="none"),
    "HS256 keyed with our PEM": _refused("algorithm", header={"alg": "HS256"}, key="hs256_pem"),
    "HS256 keyed with our DER": _refused("algorithm", header={"alg": "HS256"}, key="hs256_der"),
    "HS256 keyed with our modulus": _refused("algorithm", header={"alg": "HS256"}, key="hs256_n"),
    "HS256 that says RS256": _refused("signature", key="hs256_pem"),
    "PS256": _refused("algorithm", header={"alg": "PS256"}, key="ps256"),
    "PS256 that says RS256": _refused("signature", key="ps256"),
    "a stranger's key under Google's kid": _refused("signature", key="stranger"),
    "a stranger's key under its own kid": _refused("kid", header={"kid": "stranger"}, key="stranger"),
    "no kid": _refused("kid", header={"kid": None}),
    "a kid that is a path": _refused("kid", header={"kid": "../../dev/null"}),
    "a kid that is SQL": _refused("kid", header={"kid": "' OR 1=1 --"}),
    "a kid that is a number": _refused("kid", header={"kid": 1}),
    "jku": _refused("header", header={"jku": "https://evil.example/keys"}, key="stranger"),
    "x5u": _refused("header", header={"x5u": "https://evil.example/cert"}, key="stranger"),
    "jwk": _refused("header", header={"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, key="stranger"),
    "crit": _refused("header", header={"crit": ["exp"]}),
    "typ at+jwt": _refused("header", header={"typ": "at+jwt"}),
    "a changed signature": _refused("signature", text=_swap_last),
    "a signature cut off": _refused("signature", text=lambda text: text[:-2]),
    "a body under another's signature": Forgery(401, None, text=_other_body),
    "no JWT": _refused("parts", text=lambda text: "nonsense"),
    "a token of a mail": _refused("parts", text=lambda text: "q" * 43),
    "five parts": _refused("parts", text=lambda text: text + ".x.y"),
    "JSON instead of compact": _refused("parts", text=lambda text: '{"payload":"e30","signatures":[]}'),
    "padding": _refused("encoding", text=lambda text: text.replace(".", "=.", 1)),
    "a line break": _refused("encoding", text=lambda text: text + "\n"),
    "9 KiB": Forgery(422, None, claims={"pad": "x" * 9 * 1024}),
    "1 MB": Forgery(413, None, text=lambda text: text + "A" * 1_000_000),
}
GOOGLE: dict[str, Forgery] = {
    "another audience": _claims("audience", aud="other.apps.googleusercontent.com"),
    "audiences": _claims("audience", aud=[CLIENT_ID, "other"]),
    "only ours, as a list": _claims("audience", aud=[CLIENT_ID]),
    "no audience": _claims("audience", aud=None),
    "another azp": _claims("audience", azp="other.apps.googleusercontent.com"),
    "another issuer": _claims("issuer", iss="https://accounts.google.com.evil.example"),
    "an issuer over http": _claims("issuer", iss="http://accounts.google.com"),
    "no issuer": _claims("issuer", iss=None),
    "expired a minute ago": _claims("expired", exp=NOW - 60),
    "no expiry": _claims("times", exp=None),
    "an expiry as text": _claims("times", exp=str(NOW + 3600)),
    "an expiry that is true": _claims("times", exp=True),
    "an expiry with a fraction": _claims("times", exp=NOW + 3600.5),
    "issued in the future": _claims("not_yet", iat=NOW + 36_000),
    "not yet valid": _claims("not_yet", nbf=NOW + 36_000),
    "no nonce": _claims("nonce", nonce=None),
    "another nonce": _claims("nonce", nonce="n" * 43),
    "an empty nonce": _claims("nonce", nonce=""),
    "no subject": _claims("subject", sub=None),
    "an empty subject": _claims("subject", sub=""),
    "a subject that is a number": _claims("subject", sub=1),
    "an unverified address": Forgery(403, None, claims={"email_verified": False}),
    "an address verified in words": Forgery(403, None, claims={"email_verified": "true"}),
    "an address of unknown state": Forgery(403, None, claims={"email_verified": None}),
    "no address": Forgery(403, None, claims={"email": None}),
}


def doubled(standin: StandIn, nonce: str, name: str) -> str:
    """A true signature over a body that says `name` twice, the better one last."""
    import json

    good = claims({"sub": "999", "email": "mallory@example.net", "email_verified": True, "nonce": nonce})
    bad = json.dumps(good | {name: "another"})[:-1]
    return standin.google_token(claims=f"{bad}, {json.dumps(name)}: {json.dumps(good[name])}}}")
