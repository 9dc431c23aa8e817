"""The way through the browser: bound to it, once, and back to the application whatever happens."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from support.client import Api
from support.google_browser import BINDING, Browser, cookies, error_of, query_of
from support.people import ok
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

CALLBACK = "/v1/auth/google/callback"
UNKNOWN = "google_sign_in_unknown"
FAILED = "google.sign_in_failed"  # in the log


@pytest.fixture
def person(standin: StandIn) -> Iterator[dict[str, Any]]:
    """Whoever is at Google, new here."""
    who = {
        "sub": str(secrets.randbits(64)), "email": f"ada-{secrets.token_hex(6)}@example.net", "name": "Ada",
        "hd": "example.net",
    }  # fmt: skip
    standin.google_user(**who)
    yield who
    standin.google_user()


@pytest.fixture
def browser(api: Api, standin: StandIn, person: Any) -> Browser:
    return Browser(api, standin)


def sessions(suite: Suite) -> int:
    return int(suite.d1("SELECT count(*) AS number FROM sessions")[0]["number"])


def test_one_signs_in_and_comes_back(suite: Suite, browser: Browser, person: Any) -> None:
    answer = browser.sign_in(return_to="/calendar?month=5#today")
    assert answer.headers["location"] == f"{suite.url}/calendar?month=5#today"
    assert ok(browser.me(), 200)["user"]["email"] == person["email"]
    assert browser.sign_in().headers["location"] == f"{suite.url}/"


def test_the_address_of_google_tells_no_secret(browser: Browser) -> None:
    query = query_of(browser.begin())
    assert query["code_challenge_method"] == "S256" and query["response_type"] == "code"
    assert query["redirect_uri"].endswith(CALLBACK)
    assert len({query["state"], query["nonce"], query["code_challenge"], browser.cookie}) == 4
    assert not {"client_secret", "code_verifier"} & set(query)


def test_what_is_stored_opens_nothing(suite: Suite, browser: Browser) -> None:
    state = query_of(browser.begin())["state"]
    rows = str(suite.d1("SELECT * FROM google_sign_ins"))
    assert state not in rows and browser.cookie not in rows


def test_nothing_secret_is_logged(suite: Suite, browser: Browser) -> None:
    """Not what Google sends back, not what binds the browser, not the session; also not when it goes wrong."""
    before = suite.output().count(FAILED)
    path = browser.at_google(browser.begin())
    answers = [browser.back(path, cookie="x"), browser.back(path), browser.back(path)]
    assert [error_of(answer) for answer in answers] == [UNKNOWN, None, UNKNOWN]
    session = cookies(answers[1])["__Host-session"]
    # The log reaches its file after the answers; what the second wrote comes before what the third did.
    eventually(lambda: suite.output().count(FAILED) >= before + 2, what="the log of both failures")
    written = suite.output()
    for secret in (query_of(path)["code"], query_of(path)["state"], browser.cookie, session):
        assert len(secret) > 20 and secret not in written


def test_the_cookies_are_kept_from_scripts_and_other_hosts(browser: Browser) -> None:
    started = browser.api.post("/v1/auth/google/start", {})
    for header in [*started.headers.get_list("set-cookie"), *browser.sign_in().headers.get_list("set-cookie")]:
        assert header.startswith("__Host-") and "Domain" not in header
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(header.split("; "))


def test_the_way_back_is_only_for_the_browser_that_began(suite: Suite, browser: Browser, person: Any) -> None:
    """Log-in CSRF: a stranger's way back, opened in a victim's browser, signs nobody in."""
    stranger = Browser(browser.api, browser.standin)
    path = stranger.at_google(stranger.begin())
    browser.begin()
    before = sessions(suite)
    for cookie in ("", browser.cookie, "x", query_of(path)["state"]):
        answer = browser.back(path, cookie=cookie)
        assert (error_of(answer), browser.session) == (UNKNOWN, "")
    assert sessions(suite) == before
    assert error_of(stranger.back(path)) is None


@pytest.mark.parametrize(
    "query",
    [{}, {"code": "x"}, {"state": "x"}, {"code": "x", "state": "x"}, {"error": "access_denied"},
     {"code": "x" * 3000, "state": "x" * 3000}, {"code": "\x00", "state": "é\x00"}],
)  # fmt: skip
def test_an_invented_way_back_leads_to_the_log_in(browser: Browser, query: dict[str, str]) -> None:
    browser.begin()
    assert error_of(browser.back(f"{CALLBACK}?{urlencode(query)}")) == UNKNOWN


def test_what_google_adds_is_ignored(browser: Browser) -> None:
    path = browser.at_google(browser.begin())
    assert error_of(browser.back(path + "&iss=https%3A%2F%2Faccounts.google.com&hd=x&something_new=%FF")) is None


def test_a_sign_in_is_over_after_ten_minutes(suite: Suite, browser: Browser) -> None:
    path = browser.at_google(browser.begin())
    suite.d1("UPDATE google_sign_ins SET expires_at = 1")
    assert error_of(browser.back(path)) == UNKNOWN


def test_who_denies_comes_back_without_a_session(browser: Browser) -> None:
    browser.standin.google_user(denies=True)
    path = browser.at_google(browser.begin())
    assert [error_of(browser.back(path)) for _ in range(2)] == ["google_denied", UNKNOWN]
    assert browser.session == ""


def test_of_twenty_ways_back_at_once_one_arrives(suite: Suite, browser: Browser, person: Any) -> None:
    path = browser.at_google(browser.begin())
    headers = {"Cookie": f"{BINDING}={browser.cookie}"}

    async def all_at_once() -> list[str | None]:
        async with browser.api.many() as calls:
            answers = await asyncio.gather(*[calls.request("GET", path, headers=headers) for _ in range(20)])
        return [error_of(answer) for answer in answers]

    results = Counter(asyncio.run(all_at_once()))
    print(f"one way back 20 times at once: {dict(results)}")
    assert results == {None: 1, UNKNOWN: 19}
    assert len(suite.d1("SELECT id FROM users WHERE google_sub = ?1", person["sub"])) == 1


def test_a_code_serves_only_the_sign_in_it_was_made_for(browser: Browser) -> None:
    """PKCE: a stolen code is worth nothing in another sign-in, before and after it was used."""
    victim = Browser(browser.api, browser.standin)
    path = victim.at_google(victim.begin())
    code = query_of(path)["code"]
    for _ in range(2):
        state = query_of(browser.begin())["state"]
        assert error_of(browser.back(f"{CALLBACK}?{urlencode({'code': code, 'state': state})}")) == "google_denied"
    assert browser.session == ""


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "other"}, "google_token_invalid"), ({"iss": "https://evil.example"}, "google_token_invalid"),
        ({"exp": 1}, "google_token_invalid"), ({"nonce": "n" * 43}, "google_token_invalid"),
        ({"email_verified": False}, "google_email_unverified"),
    ],
)  # fmt: skip
def test_a_wrong_token_of_the_exchange_is_refused_too(
    suite: Suite, browser: Browser, person: Any, claims: Any, code: str
) -> None:
    browser.standin.google_user(**person | claims)
    before = sessions(suite)
    assert error_of(browser.sign_in()) == code
    assert sessions(suite) == before


@pytest.mark.parametrize("mode", ["500", "429", "garbage", "refuse", "timeout", "drop_after_accept"])
def test_google_down_is_said_and_nothing_is_written(suite: Suite, browser: Browser, faults: StandIn, mode: str) -> None:
    faults.fault("google", mode, operation="token")
    before = sessions(suite)
    assert error_of(browser.sign_in()) == "google_unreachable"
    faults.clear_faults()
    assert sessions(suite) == before
    assert error_of(browser.sign_in()) is None


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "calendar", "/a\r\nb"])
def test_nobody_is_sent_elsewhere(browser: Browser, place: str) -> None:
    answer = browser.api.post("/v1/auth/google/start", {"return_to": place})
    assert (answer.status_code, answer.json()["param"]) == (422, "return_to")


def test_a_session_that_was_there_before_is_not_taken_over(browser: Browser) -> None:
    """Fixation: the token is new, whatever cookie came along."""
    path = browser.at_google(browser.begin())
    headers = {"Cookie": f"{BINDING}={browser.cookie}; __Host-session=chosen-by-a-stranger"}
    answer = browser.api.request("GET", path, headers=headers)
    assert cookies(answer)["__Host-session"] != "chosen-by-a-stranger"
