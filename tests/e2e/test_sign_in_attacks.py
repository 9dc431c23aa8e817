"""Guessing passwords and asking who is known: neither is worth trying."""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median

import httpx
import pytest
from support import links
from support.client import Api
from support.invented import stored_password
from support.people import PASSWORD, Manager, ok, sign_up
from support.rows import row_id
from support.standin_client import StandIn
from support.suite import Suite
from support.timing import compare
from support.waiting import eventually

# Of each kind: so few show a hash that is missing; what is finer, `make prove` looks for in many more.
SAMPLES = int(os.environ.get("SAMPLES", "15"))
Ask = Callable[[int], httpx.Response]


@pytest.fixture(scope="module")
def limited(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The product with its limits on, as it is deployed; guesses cost nothing, so limits alone hold them up."""
    suite = Suite(standin.url, state=tmp_path_factory.mktemp("limited"), limits="on").start()
    yield suite
    suite.stop()


@pytest.fixture(scope="module")
def suite(strong: Suite) -> Suite:
    return strong


def attempt(api: Api, email: str, ip: str, password: str = "not the password") -> httpx.Response:
    return api.request(
        "POST", "/v1/auth/login", json={"email": email, "password": password}, headers={"CF-Connecting-IP": ip}
    )


def address(number: int) -> str:
    return f"2001:db8:{number:x}::1"


def report(title: str, answers: list[tuple[float, httpx.Response]], begun: float) -> int:
    """Print what an attacker got and return how many passwords were hashed for them."""
    hashed = [spent for spent, answer in answers if answer.status_code == 401]
    refused = [(spent, answer) for spent, answer in answers if answer.status_code == 429]
    assert len(hashed) + len(refused) == len(answers), Counter(answer.status_code for _, answer in answers)
    if not refused:  # every guess took so long that none came too early
        assert (time.monotonic() - begun) / len(answers) > 1, f"{len(answers)} guesses, and none was refused"
        return len(hashed)
    waits = [int(answer.headers["retry-after"]) for _, answer in refused]
    print(
        f"\n{title}: {len(answers)} attempts in {time.monotonic() - begun:.1f} s, {len(hashed)} hashes computed,"
        f" first 429 after {len(hashed)} attempts, lock-out up to {max(waits)} s;"
        f" {median(hashed) * 1000:.0f} ms with a hash, {median(spent for spent, _ in refused) * 1000:.0f} ms without"
    )
    assert min(waits) >= 1
    return len(hashed)


def timed(call: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    begun = time.perf_counter()
    answer = call()
    return time.perf_counter() - begun, answer


def test_one_account_is_guessed_five_times_a_minute_from_one_network_and_its_owner_comes_in(
    limited: Suite, standin: StandIn
) -> None:
    api = Api(limited.url)
    victim = sign_up(api, "Victim")
    begun = time.monotonic()
    answers = [timed(lambda n=n: attempt(api, victim.email, f"2001:db8:a:1::{n:x}")) for n in range(1, 31)]  # type: ignore[misc]
    windows = 1 + int((time.monotonic() - begun) // 60)
    assert report("one account, one /64", answers, begun) <= 5 * windows
    assert attempt(api, victim.email, "2001:db8:a:1::ffff", PASSWORD).status_code == 429, "not even the right one"
    ok(attempt(api, victim.email, address(1000), PASSWORD), 200)
    ok(victim.api.change_password(PASSWORD, "another good password"), 200)
    asked = api.request(
        "POST", "/v1/auth/forgot_password", json={"email": victim.email}, headers={"CF-Connecting-IP": address(1001)}
    )
    assert asked.status_code == 202, "the owner still gets another password by mail"
    token = links.token(standin, victim.email, "reset_password")
    ok(api.reset_password(token, "a third good password"), 200)


def test_one_account_is_guessed_sixty_times_a_minute_from_everywhere(limited: Suite) -> None:
    api = Api(limited.url)
    victim = sign_up(api, "Victim")
    begun = time.monotonic()
    statuses = Counter(attempt(api, victim.email, address(n)).status_code for n in range(2000, 2130))
    spent = time.monotonic() - begun
    print(f"\none account, 130 networks: {statuses[401]} hashed and {statuses[429]} refused in {spent:.1f} s")
    assert statuses[401] + statuses[429] == 130 and statuses[401] <= 60 * (1 + int(spent // 60))


def shut(api: Api, email: str, network: str) -> Callable[[dict[str, str]], httpx.Response]:
    """Guess from a network until it is shut out; returns the right password, tried from there. An hour's twenty tries
    end it, however slow they are."""
    tries = (attempt(api, email, f"{network}::{number:x}").status_code for number in range(1, 60))
    assert 429 in tries

    def right(headers: dict[str, str]) -> httpx.Response:
        body = {"email": email, "password": PASSWORD}
        return api.request("POST", "/v1/auth/login", json=body, headers={"CF-Connecting-IP": f"{network}::1"} | headers)

    return right


def test_a_known_device_comes_in_while_others_guess_at_the_name(limited: Suite) -> None:
    """As a browser with its cookie, and as another client with the header; whoever has no device waits."""
    api = Api(limited.url)
    victim = sign_up(api, "Victim")
    token = ok(attempt(api, victim.email, address(6000), PASSWORD), 200)["known_device"]["token"]
    right = shut(api, victim.email, "2001:db8:6001:1")
    assert right({}).status_code == 429
    for known in ({"PropFlow-Device": token}, {"Cookie": f"__Host-device={token}"}):
        again = right(known)
        assert ok(again, 200)["user"]["id"] == victim.user["id"]
        cookie = next(one for one in again.headers.get_list("set-cookie") if one.startswith("__Host-device="))
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert right({"PropFlow-Device": f"{token[:-2]}AA"}).status_code == 429, "a forged one is none"


def test_somebody_elses_device_is_no_known_one_and_guesses_ten_times_a_minute(limited: Suite) -> None:
    api = Api(limited.url)
    someone, other = sign_up(api, "Someone"), sign_up(api, "Other")
    token = ok(attempt(api, someone.email, address(7000), PASSWORD), 200)["known_device"]["token"]
    right = shut(api, other.email, "2001:db8:7001:1")
    assert right({"PropFlow-Device": token}).status_code == 429

    def guess(number: int) -> int:
        headers = {"CF-Connecting-IP": address(7010 + number), "PropFlow-Device": token}
        body = {"email": someone.email, "password": "not the password"}
        return api.request("POST", "/v1/auth/login", json=body, headers=headers).status_code

    begun = time.monotonic()
    statuses = Counter(guess(number) for number in range(12))
    assert statuses == {401: 10, 429: 2} or time.monotonic() - begun > 60, statuses


def test_another_password_makes_strangers_of_known_devices_and_the_one_that_changed_it_is_known_again(
    limited: Suite,
) -> None:
    api = Api(limited.url)
    victim = sign_up(api, "Victim")
    token = ok(attempt(api, victim.email, address(8000), PASSWORD), 200)["known_device"]["token"]
    changed = ok(victim.api.change_password(PASSWORD, "another good password"), 200)
    right = shut(api, victim.email, "2001:db8:8001:1")
    assert right({"PropFlow-Device": token}).status_code == 429
    assert right({"PropFlow-Device": changed["known_device"]["token"]}).status_code == 401, "it may try"


def test_who_is_signed_in_guesses_the_password_ten_times_a_minute(limited: Suite) -> None:
    someone = sign_up(Api(limited.url), "Guesser")
    begun = time.monotonic()
    statuses = Counter(
        someone.api.request(
            "POST", "/v1/me/password", json={"current_password": f"guess {n}", "new_password": "another good one"},
            headers={"CF-Connecting-IP": address(3000 + n)},
        ).status_code
        for n in range(12)
    )  # fmt: skip
    assert statuses == {422: 10, 429: 2} or time.monotonic() - begun > 60, statuses


@pytest.mark.timeout(900)
def test_a_thousand_accounts_are_guessed_thirty_times_a_minute_from_one_network(limited: Suite) -> None:
    """Or as many of them as are tried in a little more than a minute."""
    api = Api(limited.url)
    begun = time.monotonic()
    answers = []
    for n in range(1000):
        ip = f"2001:db8:ffff:1::{n + 1:x}"
        answers.append(timed(lambda n=n, ip=ip: attempt(api, f"a{n}@example.net", ip)))  # type: ignore[misc]
        if time.monotonic() - begun > 70:
            break
    windows = 1 + int((time.monotonic() - begun) // 60)
    assert report("1,000 accounts, one /64", answers, begun) <= 30 * windows


def test_the_limit_tells_nothing_of_who_is_known(limited: Suite) -> None:
    api = Api(limited.url)
    known = sign_up(api, "Known").email
    headers = [
        shown([attempt(api, email, f"2001:db8:{network:x}::{n:x}") for n in range(12)][-1])
        for network, email in ((5000, known), (5001, f"nobody-{secrets.token_hex(4)}@example.net"))
    ]
    assert headers[0][0] == 429
    assert headers[0] == headers[1]


def shown(answer: httpx.Response) -> tuple[int, object, dict[str, str]]:
    """All that an answer shows, without what differs between any two of them."""
    differs = {"request-id", "date", "set-cookie"}
    headers = {name: value for name, value in answer.headers.items() if name not in differs}
    for name in {"retry-after", "ratelimit"} & set(headers):
        headers[name] = "some"
    body = answer.json()
    for name in ("request_id", "reset_at"):
        body.pop(name, None)
    if "session" in body:
        body = {name: sorted(value) for name, value in body.items()}
    return answer.status_code, body, headers


def interleaved(asks: dict[str, Ask], samples: int = SAMPLES) -> dict[str, list[float]]:
    """Each question so often, in random order; all answers must look the same."""
    order = [name for name in asks for _ in range(samples)]
    random.shuffle(order)
    numbers, durations, looks = Counter[str](), {name: [] for name in asks}, set()
    for name in order:
        spent, answer = timed(lambda: asks[name](numbers[name]))  # noqa: B023
        numbers[name] += 1
        durations[name].append(spent)
        looks.add(repr(shown(answer)))
    assert len(looks) == 1, looks
    return durations


def tells_nothing(title: str, measure: Callable[[], dict[str, list[float]]]) -> None:
    """A difference counts when it shows again: of a hundred measurements of nothing one looks like something."""
    told = _told(title, measure())
    assert not told or not told & _told(f"{title}, again", measure())


def _told(title: str, durations: dict[str, list[float]]) -> set[str]:
    base, *others = durations
    found = {name: compare(durations[base], durations[name]) for name in others}
    for name, difference in found.items():
        print(f"\n{title}: {base} and {name}, {len(durations[base])} samples each: {difference}", end="")
    return {name for name, difference in found.items() if not difference.tells_nothing}


def insert_people(suite: Suite, count: int, *, verified: bool = False, disabled: bool = False) -> list[str]:
    """People behind the product's back, each with an address of their own."""
    ids = [row_id("usr") for _ in range(count)]
    emails = [f"{one[4:]}@example.net" for one in ids]
    text = (
        "INSERT INTO users (id, email, name, created_at, updated_at, email_verified_at, disabled_at)"
        " VALUES (?, ?, 'Somebody', 1, 1, ?, ?)"
    )
    rows = [
        [one, email, 1 if verified else None, 1 if disabled else None] for one, email in zip(ids, emails, strict=True)
    ]
    suite.d1_batch([(text, row) for row in rows])
    return emails


def unknown(number: int) -> str:
    return f"{row_id('usr')[4:]}@example.net"


@pytest.mark.timeout(60 + 40 * SAMPLES)
def test_log_in_tells_nothing_of_who_is_known(suite: Suite, api: Api, alice: Manager, bob: Manager) -> None:
    suite.d1("UPDATE users SET disabled_at = 1 WHERE id = ?", bob.user["id"])
    google, old, older = insert_people(suite, 3)
    in_long_turns = stored_password(PASSWORD, log_n=14, times=5)
    in_one_go = stored_password(PASSWORD, log_n=14, p=5, times=None)
    suite.d1("UPDATE users SET password_hash = ? WHERE email = ?", in_long_turns, old)
    suite.d1("UPDATE users SET password_hash = ? WHERE email = ?", in_one_go, older)
    tells_nothing("log-in", lambda: interleaved({
        "unknown": lambda n: api.login(unknown(n), "not the password"),
        "known": lambda n: api.login(alice.email, "not the password"),
        "without a password": lambda n: api.login(google, "not the password"),
        "stored in long turns": lambda n: api.login(old, "not the password"),
        "stored in one go": lambda n: api.login(older, "not the password"),
        "disabled, right password": lambda n: api.login(bob.email, PASSWORD),
    }))  # fmt: skip


@pytest.mark.timeout(600)
def test_a_forgotten_password_tells_nothing_of_who_is_known(suite: Suite, api: Api) -> None:
    def measure() -> dict[str, list[float]]:
        known, disabled = insert_people(suite, SAMPLES, verified=True), insert_people(suite, SAMPLES, disabled=True)
        return interleaved({
            "unknown": lambda n: api.forgot_password(unknown(n)),
            "known": lambda n: api.forgot_password(known[n]),
            "disabled": lambda n: api.forgot_password(disabled[n]),
        })  # fmt: skip

    tells_nothing("forgotten password", measure)


@pytest.mark.timeout(600)
def test_sign_up_tells_nothing_of_who_is_known(suite: Suite, api: Api) -> None:
    def measure() -> dict[str, list[float]]:
        known = insert_people(suite, SAMPLES, verified=True)
        return interleaved({
            "unknown": lambda n: api.signup(unknown(n), PASSWORD, "Somebody", "Some Homes"),
            "known": lambda n: api.signup(known[n], PASSWORD, "Somebody", "Some Homes"),
        })  # fmt: skip

    tells_nothing("sign-up", measure)


@pytest.mark.timeout(600)
def test_sign_up_and_then_log_in_tells_nothing_of_who_is_known(suite: Suite, api: Api) -> None:
    samples = SAMPLES // 5

    def both(email: str) -> httpx.Response:
        ok(api.signup(email, PASSWORD, "Somebody", "Some Homes"))
        return api.login(email, PASSWORD)

    def measure() -> dict[str, list[float]]:
        without_password, known = insert_people(suite, samples, verified=True), [unknown(n) for n in range(samples)]
        for email in known:
            ok(api.signup(email, f"not the {PASSWORD}", "Somebody", "Some Homes"))
            suite.d1("UPDATE users SET email_verified_at = 1 WHERE email = ?", email)
        return interleaved({
            "unknown": lambda n: both(unknown(n)),
            "known": lambda n: both(known[n]),
            "without a password": lambda n: both(without_password[n]),
        }, samples)  # fmt: skip

    tells_nothing("sign-up, then log-in", measure)


def test_failures_are_audited_for_every_tenant_of_the_person_and_name_no_address(
    suite: Suite, alice: Manager, bob: Manager
) -> None:
    for guess in ("not the password", "a secret guess"):
        attempt(alice.api, alice.email, "203.0.113.9", guess)

    def failures() -> list[dict[str, object]]:
        text = "SELECT * FROM audit_events WHERE tenant_id = ? AND action = 'session.failed'"
        return suite.d1(text, alice.tenant["id"], binding="DB_AUDIT")

    eventually(lambda: failures()[1:], what="the audit of both")
    rows = failures()
    assert [(row["ip"], row["actor"], row["object_id"]) for row in rows] == [
        ("203.0.113.9", alice.user["id"], alice.user["id"])
    ] * 2
    assert alice.email not in str(rows) and "secret guess" not in str(rows)
    unheard = f"unheard-{secrets.token_hex(6)}@example.net"
    assert attempt(alice.api, unheard, "203.0.113.9").status_code == 401
    assert unheard not in suite.output() and alice.email not in suite.output()
