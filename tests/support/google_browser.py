"""A person's browser that signs in with Google: it keeps the one cookie that binds the way back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from support.client import Api
from support.people import ok
from support.standin_client import StandIn

SESSION, BINDING = "__Host-session", "__Host-google"


@dataclass
class Browser:
    """`cookie` is what the start of a sign-in set, `session` what its end set."""

    api: Api
    standin: StandIn
    cookie: str = ""
    session: str = ""

    def begin(self, **body: Any) -> str:
        """Where to find Google."""
        answer = self.api.post("/v1/auth/google/start", body)
        self.cookie = cookies(answer)[BINDING]
        return str(ok(answer, 200)["authorization_url"])

    def at_google(self, url: str) -> str:
        """Agree (or not), and be sent back: the path and query of the callback."""
        answer = httpx.get(url, follow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    def back(self, path: str, cookie: str | None = None) -> httpx.Response:
        """Follow Google's redirect, with the cookie of this browser unless told otherwise."""
        kept = self.cookie if cookie is None else cookie
        headers = {"Cookie": f"{BINDING}={kept}"} if kept else {}
        answer = self.api.request("GET", path, headers=headers)
        self.session = cookies(answer).get(SESSION, "")
        return answer

    def sign_in(self, **body: Any) -> httpx.Response:
        """The whole way."""
        return self.back(self.at_google(self.begin(**body)))

    def me(self) -> httpx.Response:
        """Who this browser is signed in as."""
        return self.api.request("GET", "/v1/me", headers={"Cookie": f"{SESSION}={self.session}"})


def cookies(answer: httpx.Response) -> dict[str, str]:
    """What an answer sets; an emptied cookie is left out."""
    pairs = [header.split(";")[0].split("=", 1) for header in answer.headers.get_list("set-cookie")]
    return {name: value for name, value in pairs if value}


def error_of(answer: httpx.Response) -> str | None:
    """The code that the browser is sent to the application with; None when it was let in."""
    assert answer.status_code == 303, answer.text
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query).get("error", [None])
    return code


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
