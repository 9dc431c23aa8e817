"""Limits, switched on: exact however many ask at once, told in headers, remembered across a kill, cheap to refuse."""

import asyncio
import contextlib
import itertools
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from support.client import Api
from support.people import PASSWORD, Manager, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import put_on_plan
from support.waiting import eventually

MOST = 100  # requests a minute on the plan `tight`
_places = itertools.count(secrets.randbelow(1 << 30))


@pytest.fixture(scope="module")
def limited(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The product with its limits, and a plan that is soon used up."""
    runtime = Suite(standin.url, state=tmp_path_factory.mktemp("limited"), limits="on", passwords="strong").start()
    copied = "name, rank, price_amount, currency, max_users, max_units, api_calls_monthly, messages_monthly, ai_calls_monthly"  # fmt: skip  # noqa: E501
    runtime.d1(
        f"INSERT INTO plans (id, {copied}, requests_per_minute, features)"
        f" SELECT 'tight', {copied}, {MOST}, features FROM plans WHERE id = 'business'"
    )
    yield runtime
    runtime.stop()


def address() -> str:
    """An IPv6 network that nobody else has, in a /48 that nobody else has: a /64 without its last half."""
    number = next(_places)
    return f"2001:{0xDB8 + (number >> 16):x}:{number & 0xFFFF:x}:1"


def newcomer(suite: Suite, name: str, plan: str | None = "tight") -> Manager:
    """Somebody who signed up from an address of their own."""
    with contextlib.closing(Api(suite.url)) as api:
        api.http.headers["CF-Connecting-IP"] = f"{address()}::1"
        manager = sign_up(api, name)
    if plan is not None:
        put_on_plan(suite, manager.tenant["id"], plan)
    return manager


def ask(suite: Suite, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
    """One request by a stranger."""
    with contextlib.closing(Api(suite.url)) as api:
        return api.request("GET" if body is None else "POST", path, json=body, headers=headers)


def from_(ip: str, **more: str) -> dict[str, str]:
    return {"CF-Connecting-IP": ip, **more}


def cost(answer: httpx.Response) -> dict[str, int]:
    pairs = (pair.split("=") for pair in answer.headers["propflow-cost"].split(", "))
    return {name: int(value) for name, value in pairs}


def left(answer: httpx.Response, policy: str = "reads") -> tuple[int, int]:
    """`r` and `t` of one limit."""
    found = re.search(rf'"{policy}";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert found, answer.headers["ratelimit"]
    return int(found[1]), int(found[2])


async def _at_once(api: Api, count: int) -> list[httpx.Response]:
    async with api.many() as calls:
        return list(await asyncio.gather(*[calls.get("/v1/units") for _ in range(count)]))


def burst(api: Api, count: int) -> list[httpx.Response]:
    return asyncio.run(_at_once(api, count))


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


def test_of_400_at_once_exactly_100_pass_and_it_is_full_again_on_time(limited: Suite) -> None:
    alice, bob = newcomer(limited, "Alice"), newcomer(limited, "Bob")
    begun = time.monotonic()
    answers = burst(alice.api, 400)
    took = time.monotonic() - begun
    assert statuses(answers) == {200: MOST, 429: 300}
    passed = sorted(left(answer)[0] for answer in answers if answer.status_code == 200)
    assert passed == list(range(MOST))
    assert statuses(burst(bob.api, 20)) == {200: 20}
    refused = [answer for answer in answers if answer.status_code == 429]
    by_memory = [answer for answer in refused if cost(answer)["subrequests"] < 2]
    free = [answer for answer in refused if cost(answer)["subrequests"] == 0]
    written = sum(cost(answer)["rows_written"] for answer in answers)
    assert written <= 12

    later = alice.api.get("/v1/units")
    assert (later.status_code, cost(later)["subrequests"]) == (429, 0)
    wait = left(later)[1]
    told, full_at = later.headers["retry-after"], time.monotonic() + wait
    assert 0 < wait <= 60 and told == str(wait)
    time.sleep(max(wait - 3, 0))
    early = alice.api.get("/v1/units").status_code
    assert early == 429 or time.monotonic() > full_at - 1, "only who was answered too late, by a second of rounding"
    time.sleep(max(full_at + 1 - time.monotonic(), 0))
    again = alice.api.get("/v1/units")
    assert (again.status_code, left(again)) == (200, (MOST - 1, 60))
    print(f"400 at once at {MOST}: {MOST} passed in {took:.1f} s; of 300 refusals {len(by_memory)} asked no object and "
          f"{len(free)} asked nobody at all; {written} rows of storage; full again after {wait} s")  # fmt: skip


def test_a_refusal_says_how_much_until_when_and_what_helps(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    burst(alice.api, MOST)
    for _ in range(2):  # told by the object, then from memory
        refused = alice.api.get("/v1/units")
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (429, "rate_limited")
        assert (problem["usage"], problem["limit"]) == (MOST, MOST)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", problem["reset_at"])
        assert problem["upgrade_url"].endswith("/settings/plan")
        assert refused.headers["ratelimit-policy"] == f'"reads";q={MOST};w=60'
        assert left(refused)[0] == 0 and int(refused.headers["retry-after"]) == left(refused)[1]


def test_reading_and_changing_are_counted_apart_and_failures_and_replays_too(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    unit = alice.new_unit()
    for path, status in (("/v1/units", 200), (f"/v1/units/{'x' * 9}", 404), ("/v1/units?limit=999", 422)):
        answer = alice.api.request("GET", path)
        assert answer.status_code == status and answer.headers["ratelimit-policy"] == f'"reads";q={MOST};w=60'
    assert left(alice.api.get("/v1/units"))[0] == MOST - 4
    first, again = (alice.api.book(unit, "2027-03-01", "2027-03-03", key="k") for _ in range(2))
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["ratelimit-policy"] == f'"writes";q={MOST // 2};w=60'
    assert left(again, "writes")[0] == left(first, "writes")[0] - 1

    async def houses() -> list[httpx.Response]:
        async with alice.api.many() as calls:  # at once, so that no other minute begins amid them
            return list(await asyncio.gather(*[calls.create_property() for _ in range(MOST // 2)]))

    assert set(statuses(asyncio.run(houses()))) == {201, 429}
    assert alice.api.get("/v1/units").status_code == 200


def test_a_key_has_a_limit_of_its_own_and_the_test_space_another(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    live, trial = (ok(alice.api.create_api_key(mode, mode=mode))["key"] for mode in ("live", "test"))
    program = alice.api.with_token(live)
    answers = burst(program, 60) + [program.post("/v1/units/none/exports") for _ in range(40)]
    assert statuses(answers) == {200: 60, 404: 40}
    refused = program.get("/v1/units")
    assert (refused.status_code, left(refused, "key")[0], left(refused)[0]) == (429, 0, 40)
    assert refused.json()["detail"].startswith("An API key")
    assert alice.api.get("/v1/units").status_code == 200
    assert left(alice.api.with_token(trial).get("/v1/units"))[0] == MOST - 1


def test_keys_that_have_used_up_their_rate_leave_people_theirs(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    one, other = (alice.api.with_token(ok(alice.api.create_api_key(name))["key"]) for name in ("One", "Other"))
    assert statuses(burst(one, MOST + 20)) == {200: MOST, 429: 20}
    refused = other.get("/v1/units")
    assert (refused.status_code, left(refused)[0]) == (429, 0)
    assert refused.json()["detail"] == (
        f"The API keys of this organisation together may make {MOST} reading requests a minute."
    )
    answers = burst(alice.api, MOST)
    assert statuses(answers) == {200: MOST}
    assert sorted(left(answer)[0] for answer in answers) == list(range(MOST))
    assert alice.api.get("/v1/units").json()["detail"].startswith("This organisation may make")
    changes = [other.post("/v1/units/none/exports") for _ in range(MOST // 2 + 1)]
    assert statuses(changes) == {404: MOST // 2, 429: 1}
    assert changes[-1].json()["detail"].startswith("The API keys of this organisation together may make")
    assert alice.api.post("/v1/units/none/exports").status_code == 404


def test_files_are_few_and_other_changes_go_on(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    answers = [alice.api.import_csv("units", "reference\nA", dry_run=True) for _ in range(6)]
    assert statuses(answers) == {200: 5, 429: 1}
    assert answers[-1].json()["detail"] == "This organisation may make 5 imports every 30 seconds."
    assert alice.api.import_csv("units", "reference\nA", dry_run=True).status_code == 429  # from memory
    assert alice.api.post("/v1/units/none/exports").status_code == 404


def test_a_file_of_who_was_refused_a_moment_ago_is_not_read(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    answers = [alice.api.import_csv("units", "reference\nA", dry_run=True) for _ in range(6)]
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    unreadable = alice.api.http.post("/v1/imports/units", content=b"\xff", headers=headers)
    assert unreadable.status_code == 429, "what cannot be read would be a 400"
    assert unreadable.json()["code"] == answers[-1].json()["code"] == "rate_limited"
    assert unreadable.headers["ratelimit-policy"] == '"imports";q=5;w=30'
    assert set(cost(unreadable).values()) == {0}
    for _ in range(10):  # an answer before the body is there would be lost to who is still sending it
        assert alice.api.import_csv("units", "reference\n" + 900_000 * "A", dry_run=True).status_code == 429
    nobody = alice.api.http.post("/v1/imports/units", content=b"\xff", headers={"Content-Type": "application/json"})
    assert nobody.status_code == 400, "of whom nothing is remembered"


def test_a_refused_tenant_is_refused_from_memory_to_all_its_people(limited: Suite) -> None:
    alice = newcomer(limited, "Alice")
    token = ok(_log_in(limited, alice, f"{address()}::1"), 200)["session"]["token"]
    burst(alice.api, MOST + 1)
    other = alice.api.with_token(token)
    first, second = other.get("/v1/units"), other.get("/v1/units")
    assert (first.status_code, second.status_code) == (429, 429)
    assert [cost(answer)["subrequests"] for answer in (first, second)] == [1, 0]  # who is it? then nothing at all


def _log_in(suite: Suite, person: Manager, ip: str, password: str = PASSWORD) -> httpx.Response:
    body = {"email": person.email, "password": password}
    return ask(suite, "/v1/auth/login", from_(ip), body)


def test_no_password_is_hashed_once_a_name_is_limited(limited: Suite) -> None:
    for _ in range(5):
        alice, network, since = newcomer(limited, "Alice"), address(), time.monotonic()
        begun = limited.stats()["cpu_ms"]
        wrong = [_log_in(limited, alice, f"{network}::1", "wrong password") for _ in range(5)]
        before = limited.stats()["cpu_ms"]
        refused = [_log_in(limited, alice, f"{network}::1") for _ in range(30)]
        hashing, spent = (before - begun) / 5, (limited.stats()["cpu_ms"] - before) / 30
        if time.monotonic() - since < 55:
            break  # otherwise the machine was so busy that the minute of the first may have ended amid the others
    assert statuses(wrong) == {401: 5}
    assert statuses(refused) == {429: 30}
    assert {answer.json()["code"] for answer in refused} == {"too_many_attempts"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert set(statements_of(limited, refused)) == {0}, "the person was looked up, so the password was compared"
    assert spent < hashing / 2, "as much work as a hash"  # by the processor's clock: the machine may be busy
    print(f"5 attempts per name, 30 more: 0 hashes, {spent:.0f} ms of CPU each; with a hash {hashing:.0f} ms")


def statements_of(suite: Suite, answers: list[httpx.Response]) -> list[int]:
    """What these requests asked of the database, from the log: the answers to sign-in do not tell it."""
    wanted = {answer.headers["request-id"] for answer in answers}

    def logged() -> list[int]:
        lines = [line for line in suite.output().splitlines() if '"request.done"' in line]
        done = [json.loads(line[line.index("{") :]) for line in lines]
        found = [one["cost"] for one in done if one["request_id"] in wanted]
        assert len(found) == len(answers), f"{len(found)} of {len(answers)} requests are in the log"
        return [int(one.split(",")[0].partition("=")[2]) for one in found]

    return eventually(logged, what="the log of each request")


def test_attempts_are_counted_by_the_whole_ipv6_network(limited: Suite) -> None:
    here, there = address(), address()

    def log_in(ip: str) -> int:
        body = {"email": f"{secrets.token_hex(8)}@example.net", "password": PASSWORD}
        return ask(limited, "/v1/auth/login", from_(ip), body).status_code

    def guess(ip: str) -> int:
        return ask(limited, "/v1/invitations/accept", from_(ip), {"token": secrets.token_urlsafe(32)}).status_code

    # All attempts count alike, and those at links hash nothing: thirty are made long before their minute is over.
    assert Counter(guess(f"{here}:{n:x}::{n:x}") for n in range(29)) == {422: 29}
    assert Counter(log_in(f"{here}:{n:x}::{n:x}") for n in range(29, 40)) == {401: 1, 429: 10}
    assert log_in(f"{there}::1") == 401


def test_a_48_that_walks_around_its_64s_has_twice_what_one_of_them_has(limited: Suite) -> None:
    """With tokens that open nothing: each costs one look, so a hundred and thirty are made within their minute."""
    for _ in range(5):
        here, since = address().removesuffix(":1"), time.monotonic()
        answers = [
            ask(limited, "/v1/units", from_(f"{here}:{n << 8:x}::1", Authorization="Bearer nothing"))
            for n in range(130)
        ]
        if time.monotonic() - since < 55:
            break  # otherwise the machine was so busy that the minute of the first may have ended amid the others
    assert [answer.status_code for answer in answers] == [401] * 120 + [429] * 10


def test_an_address_that_guesses_is_shut_out_and_who_is_known_there_is_not(limited: Suite) -> None:
    alice, here = newcomer(limited, "Alice"), address()
    inside = from_(f"{here}::5")
    assert alice.api.request("GET", "/v1/units", headers=inside).status_code == 200
    guesses = []
    for number in range(70):
        guess = f"pf_live_{number}" if number % 2 else secrets.token_urlsafe(32)
        headers = from_(f"{here}::{number:x}", Authorization=f"Bearer {guess}")
        guesses.append(ask(limited, "/v1/units", headers))
    assert [answer.status_code for answer in guesses] == [401] * 60 + [429] * 10
    policy = '"failures";q=60;w=60, "failures-56";q=90;w=60, "failures-48";q=120;w=60'
    assert guesses[0].headers["ratelimit-policy"] == policy
    assert {cost(answer)["subrequests"] for answer in guesses[62:]} == {0}
    assert alice.api.request("GET", "/v1/units", headers=inside).status_code == 200
    elsewhere = from_(f"{address()}::1", Authorization="Bearer nothing")
    assert ask(limited, "/v1/units", elsewhere).status_code == 401


def test_the_operators_token_is_not_guessed_often(limited: Suite) -> None:
    here = address()
    tries = [
        ask(limited, "/operator/dead_letters", from_(f"{here}::{number:x}", Authorization=f"Bearer guess {number}"))
        for number in range(65)
    ]
    assert [answer.status_code for answer in tries] == [401] * 60 + [429] * 5


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({f"x-{n}": "v" for n in range(101)}, "/v1/units", 431),
        ({f"x-{n}": "v" * 9000 for n in range(4)}, "/v1/units", 431),
        ({}, "/v1/units?after=" + "a" * 8192, 414),
        ({}, "/ical/" + "a" * 8192, 414),
        ({f"x-{n}": "v" * 100 for n in range(80)}, "/v1/units?after=" + "a" * 4000, 401),
    ],
)
def test_headers_and_addresses_have_a_size(limited: Suite, headers: dict[str, str], path: str, status: int) -> None:
    answer = ask(limited, path, headers)
    assert answer.status_code == status, answer.text
    if status != 401:
        assert answer.json()["code"] in ("headers_too_large", "url_too_long")
        assert answer.headers["request-id"] == answer.json()["request_id"]


def _killed_after(suite: Suite, count: int) -> int | None:
    """How many pass after so many and a kill; None when the start took so long that the window may have ended."""
    alice = newcomer(suite, "Alice")
    begun = time.monotonic()
    assert statuses(burst(alice.api, count)) == {200: count}
    suite.kill()
    suite.start()
    passed = statuses(burst(alice.api, MOST)).get(200, 0)
    return passed if time.monotonic() - begun < 55 else None


def test_a_kill_forgives_at_most_a_tenth(limited: Suite) -> None:
    passed = next(found for _ in range(5) if (found := _killed_after(limited, 55)) is not None)
    assert MOST - 55 <= passed <= MOST - 55 + MOST // 10
    print(f"55 of {MOST} before a kill, {passed} after it: {55 + passed - MOST} forgiven")


def test_when_nobody_counts_tenants_pass_and_guesses_do_not(limited: Suite) -> None:
    """The last one: it leaves no object with a storage."""
    alice, here = newcomer(limited, "Alice"), f"{address()}::1"
    assert _log_in(limited, alice, here).status_code == 200
    assert left(alice.api.get("/v1/units"))[0] == MOST - 1
    limited.stop()
    objects = [file for file in limited.state.glob("v3/do/*TenantRateLimit/*.sqlite*") if file.stem != "metadata"]
    for file in objects:
        file.write_bytes(b"not a database" * 1000)
    limited.start()
    passes, closed = alice.api.get("/v1/units"), _log_in(limited, alice, here)
    assert passes.status_code == 200 and "ratelimit" not in passes.headers
    eventually(lambda: '"limits.open"' in limited.output(), what="the line in the log")
    assert (closed.status_code, closed.json()["code"]) == (503, "service_unavailable")
    assert statements_of(limited, [closed]) == [0] and closed.headers["retry-after"] == "1"
    print(f"{len(objects)} objects without storage: a tenant passes, a log-in is answered 503")
