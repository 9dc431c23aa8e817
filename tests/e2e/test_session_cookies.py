"""A session as a cookie: whose it is, and that no other site makes use of it."""

import re
import secrets

import httpx
from support.client import Api
from support.devices import another
from support.people import PASSWORD, Manager, ok

COOKIE = "__Host-session"
UNSAFE = ("post", "put", "patch", "delete")


def test_the_cookie_says_what_browsers_must_do_with_it(alice: Manager) -> None:
    answer = alice.api.login(alice.email, PASSWORD)
    token = answer.json()["session"]["token"]
    assert answer.headers.get_list("set-cookie")[-1] == (
        f"{COOKIE}={token}; Max-Age={30 * 24 * 3600}; Path=/; Secure; HttpOnly; SameSite=Lax"
    )
    assert "no-store" in answer.headers["cache-control"]
    assert len(token) == 43, "256 bits"
    left = alice.api.with_token(token).logout()
    assert left.headers["set-cookie"] == f"{COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"


def with_cookie(api: Api, cookie: str, method: str = "GET", path: str = "/v1/me", **headers: str) -> httpx.Response:
    own_origin = {} if method == "GET" else {"Origin": api.base_url, "Content-Type": "application/json"}
    content = None if method == "GET" else b"{}"
    return api.http.request(method, path, headers={**own_origin, "Cookie": cookie, **headers}, content=content)


def test_a_token_that_was_there_before_the_log_in_is_not_taken_over(api: Api, alice: Manager) -> None:
    planted = secrets.token_urlsafe(32)
    victim = another(alice)
    for cookie, bearer in ((planted, None), (planted, planted), (victim.token, victim.token)):
        headers = {"Cookie": f"{COOKIE}={cookie}"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        body = {"email": alice.email, "password": PASSWORD}
        token = ok(api.request("POST", "/v1/auth/login", json=body, headers=headers), 200)["session"]["token"]
        assert token not in (planted, victim.token)
        assert planted not in token
    assert api.with_token(planted).me().status_code == 401
    assert with_cookie(api, f"{COOKIE}={planted}").status_code == 401
    assert victim.me().status_code == 200, "logging in elsewhere ends no session"


def test_a_value_is_compared_whole(api: Api, alice: Manager) -> None:
    for value in (
        alice.token + "=",
        alice.token + "=x",
        "=" + alice.token,
        alice.token.split("-")[0],
        f"x={alice.token}",
    ):
        if value != alice.token:
            assert with_cookie(api, f"{COOKIE}={value}").status_code == 401, value
    assert with_cookie(api, f"{COOKIE}={alice.token}").status_code == 200
    for other in ("session", "Host-session", "__Secure-session", "__host-session"):
        assert with_cookie(api, f"{other}={alice.token}").status_code == 401, other


def test_a_tossed_cookie_never_acts_for_somebody_else_on_a_change(api: Api, alice: Manager, bob: Manager) -> None:
    """Browsers let nobody but this host set a `__Host-` cookie; whoever sends two is answered as one of them or not."""
    for first, second in ((alice, bob), (bob, alice)):
        both = f"{COOKIE}={first.token}; {COOKIE}={second.token}"
        names = [with_cookie(api, both).json().get("user", {}).get("name") for _ in range(5)]
        assert len(set(names)) == 1


def operations(api: Api) -> list[tuple[str, str]]:
    """Every route that changes something and asks who one is."""
    paths = ok(api.get("/openapi.json"), 200)["paths"]
    unsafe = [
        (method.upper(), re.sub(r"\{\w+\}", "x_00000000000000000000000000", path))
        for path, found in paths.items() for method in found if method in UNSAFE
    ]  # fmt: skip
    return [(method, path) for method, path in unsafe if api.request(method, path, json={}).status_code == 401]


FOREIGN = ["https://evil.example", "null", "http://127.0.0.1:1", "https://app.propflow360.com.evil.example", ""]


def test_no_other_site_changes_anything_with_somebodys_cookie(api: Api, alice: Manager) -> None:
    cookie, cells, routes = f"{COOKIE}={alice.token}", 0, operations(api)
    assert len(routes) >= 15
    for method, path in routes:
        for origin in FOREIGN:
            headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"} if origin else {"Origin": ""}
            answer = with_cookie(api, cookie, method, path, **headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), (method, path, origin)
            cells += 1
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = with_cookie(api, cookie, method, path, **{"Content-Type": kind})
            assert answer.status_code == 415, (method, path, kind)
            cells += 1
    assert alice.api.me().status_code == 200
    print(f"\nCSRF: {len(routes)} routes, {cells} requests from elsewhere, 0 accepted")


def test_no_other_site_reads_an_answer(api: Api, alice: Manager) -> None:
    answer = with_cookie(api, f"{COOKIE}={alice.token}", Origin="https://evil.example")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_request_from_the_applications_own_pages_is_carried_out(api: Api, alice: Manager) -> None:
    answer = with_cookie(api, f"{COOKIE}={alice.token}", "POST", "/v1/me/sessions/revoke_others")
    assert ok(answer, 200) == {"revoked": 0}
