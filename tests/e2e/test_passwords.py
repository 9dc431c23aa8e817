"""How passwords are stored, which ones are refused, and how old ones become better."""

import secrets
import time
from collections.abc import Callable

import httpx
import pytest
from support.client import Api
from support.invented import stored_by_the_first_version, stored_password
from support.people import PASSWORD, Manager, ok
from support.suite import Suite
from support.waiting import eventually

PREFIX = "$scrypt$ln=13,r=8,p=1,t=10,k=k1$"


@pytest.fixture(scope="module")
def suite(strong: Suite) -> Suite:
    return strong


def stored(suite: Suite, user: Manager) -> str:
    return str(suite.d1("SELECT password_hash FROM users WHERE id = ?", user.user["id"])[0]["password_hash"])


def store(suite: Suite, user: Manager, password_hash: str | None) -> None:
    suite.d1("UPDATE users SET password_hash = ? WHERE id = ?", password_hash, user.user["id"])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("PBKDF2 of the first version", lambda: stored_by_the_first_version(PASSWORD)),
        ("no pepper", lambda: stored_password(PASSWORD, pepper=False)),
        ("lower parameters", lambda: stored_password(PASSWORD, log_n=12, times=1)),
        ("in long turns", lambda: stored_password(PASSWORD, log_n=14, times=5)),
        ("in one go", lambda: stored_password(PASSWORD, log_n=14, p=5, times=None)),
        ("with a salt of its own", lambda: stored_password(PASSWORD)),
    ],
)
def test_an_old_password_is_accepted_once_and_stored_anew(
    suite: Suite, alice: Manager, name: str, made: Callable[[], str]
) -> None:
    old = made()
    store(suite, alice, old)
    assert alice.api.login(alice.email, "not the password").status_code == 401
    assert stored(suite, alice) == old, "a wrong password upgrades nothing"
    ok(alice.api.login(alice.email, PASSWORD), 200)
    assert stored(suite, alice).startswith(PREFIX)
    ok(alice.api.login(alice.email, PASSWORD), 200)


def test_what_the_product_stores_is_what_the_standard_library_computes(suite: Suite, alice: Manager) -> None:
    made = stored_password(PASSWORD, alice.email)
    store(suite, alice, made)
    ok(alice.api.login(alice.email, PASSWORD), 200)
    assert stored(suite, alice) == made, "what is as good as today's stays"


def unreadable(suite: Suite, answer: httpx.Response) -> int:
    """How many lines of the log say so of this request; they come a moment after its answer."""
    lines = [line for line in suite.output().splitlines() if '"password.unreadable"' in line]
    return sum(answer.headers["request-id"] in line for line in lines)


@pytest.mark.parametrize("broken", [None, "", "null", "$scrypt$", "$2b$12$" + "x" * 53, f"{PREFIX}c2FsdA$", "x" * 64])
def test_what_cannot_be_read_is_a_failed_log_in_and_a_line_in_the_log(
    suite: Suite, alice: Manager, broken: str | None
) -> None:
    store(suite, alice, broken)
    answer = alice.api.login(alice.email, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
    if broken not in (None, "x" * 64):
        eventually(lambda: unreadable(suite, answer) == 1, what="one line in the log")


@pytest.mark.parametrize(
    "password",
    ["x" * 7 + "é", "a" * 256, "\0" * 8, "nul\0in the middle", "🐘" * 8, "🐘" * 256, "  spaces around  ", "1" * 73],
    ids=["shortest", "longest", "NULs", "a NUL", "emoji", "256 emoji", "spaces", "73 bytes"],
)
def test_long_and_strange_passwords_count_to_their_last_character(api: Api, password: str) -> None:
    email = f"strange-{secrets.token_hex(6)}@example.net"
    ok(api.signup(email, password, "Strange", "Strange Homes"))
    ok(api.login(email, password), 200)
    for wrong in (password[:-1], password[:-1] + "?", password[:72], password.strip("\0 ")):
        if wrong not in ("", password):
            assert api.login(email, wrong).status_code == 401, repr(wrong)


def test_two_ways_to_write_one_character_are_one_password(api: Api) -> None:
    email = f"accent-{secrets.token_hex(6)}@example.net"
    ok(api.signup(email, "caf\u00e9 au lait", "Accent", "Accent Homes"))
    ok(api.login(email, "cafe\u0301 au lait"), 200)


@pytest.mark.parametrize("password", ["seven 7", "x" * 257, "surrogate \\ud800"], ids=["short", "long", "broken"])
def test_too_short_too_long_and_broken_text_are_refused(api: Api, password: str) -> None:
    body = f'{{"email":"e@example.net","password":"{password}","name":"N","tenant_name":"T"}}'
    answer = api.http.post("/v1/auth/signup", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["param"]) == (422, "password")


def test_a_common_password_is_refused_wherever_one_is_chosen(suite: Suite, api: Api, alice: Manager) -> None:
    for chosen in ("Password1", "iloveyou", alice.email, alice.email.split("@")[0].upper(), "PropFlow360"):
        change = alice.api.change_password(PASSWORD, chosen)
        assert (change.status_code, change.json()["code"]) == (422, "password_too_common")
        assert change.json()["param"] == "new_password"
    answer = api.signup(f"x-{secrets.token_hex(6)}@example.net", "qwertyuiop", "X", "X Homes")
    assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (
        422, "password_too_common", "password",
    )  # fmt: skip


def test_a_password_costs_what_it_should(suite: Suite, api: Api, alice: Manager) -> None:
    samples = 20
    ok(api.login(alice.email, PASSWORD), 200)
    cpu, begun = suite.stats()["cpu_ms"], time.monotonic()
    for _ in range(samples):
        ok(api.login(alice.email, PASSWORD), 200)
    wall = (time.monotonic() - begun) * 1000 / samples
    used = (suite.stats()["cpu_ms"] - cpu) / samples
    print(f"\npassword storage: {used:.0f} ms of CPU and {wall:.0f} ms per log-in, {1000 / used:.1f} log-ins/s/core")
    assert used > 50, "scrypt with these parameters cannot be this cheap"
