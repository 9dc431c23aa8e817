"""What the outside reaches: no field that is not documented, no service behind the API, safe headers on all answers."""

from __future__ import annotations

import ast
import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from support.client import Api
from support.people import PASSWORD, ok
from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.document import Operation, operations
from support.surface.forbidden import assigned, doubled
from support.surface.recipes import RECIPES
from support.surface.state import digest, settled
from support.surface.values import Call
from support.surface.world import World, new_world, random_like

JSON = {"Content-Type": "application/json", "If-Match": '"1"'}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
COUNTED = {"DB_CORE.usage_counters", "DB_CORE.sessions"}
"""Tables that count calls and note when a session was last seen."""
Sent = tuple[str, str, str, bytes, dict[str, str]]  # what is tried, method, URL, body, headers
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def routes(suite: Suite) -> list[Operation]:
    return operations(suite.url)


@pytest.fixture(scope="module")
def world(suite: Suite, standin: StandIn) -> Iterator[World]:
    made = new_world(suite, standin, "Alice").everything()
    settled(suite)
    yield made
    made.manager.api.close()


def send(suite: Suite, sent: list[Sent], token: str | None) -> list[httpx.Response]:
    gate = asyncio.Semaphore(8)

    async def one(
        client: httpx.AsyncClient, method: str, url: str, body: bytes, more: dict[str, str]
    ) -> httpx.Response:
        known = {"Authorization": f"Bearer {token}"} if token else {}
        async with gate:
            return await client.request(method, url, content=body, headers=known | more)

    async def everything() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=suite.url, timeout=60) as client:
            return list(await asyncio.gather(*[one(client, *each[1:]) for each in sent]))

    return asyncio.run(everything())


def with_bodies(routes: list[Operation], world: World) -> Iterator[tuple[Operation, str, object]]:
    for operation in routes:
        call = RECIPES[operation.name].call(operation, world, world.one)
        if operation.body is not None:
            yield operation, call.url, call.body or {}


def test_no_field_is_taken_that_is_not_documented(suite: Suite, routes: list[Operation], world: World) -> None:
    sent = [
        (f"{operation.name} {what}", operation.method, url, body, JSON | {"Idempotency-Key": secrets.token_hex(8)})
        for operation, url, good in with_bodies(routes, world)
        for what, body in assigned(operation, good)
    ]
    before = digest(suite, world.tenant_id)
    answers = send(suite, sent, world.manager.token)
    settled(suite)
    after = digest(suite, world.tenant_id)
    wrongly = [f"{each[0]}: {answer.status_code} {answer.text[:200]}"
               for each, answer in zip(sent, answers, strict=True) if answer.status_code not in (400, 422)]  # fmt: skip
    changed = {name for name in before if before[name] != after[name]} - COUNTED
    print(f"\nmass assignment: {len(sent)} bodies, taken {len(wrongly)}, tables changed {len(changed)}")
    assert wrongly == []
    assert changed == set()


def test_of_a_name_that_stands_twice_the_last_counts_or_the_body_is_refused(
    suite: Suite, routes: list[Operation], world: World
) -> None:
    """As JSON parsers commonly do (RFC 8259, 4). No second parser reads a body, so nobody can disagree."""
    sent, plain = [], []
    for operation, url, good in with_bodies(routes, world):
        if RECIPES[operation.name].ends or not isinstance(good, dict):
            continue
        surplus = good | {"surplus": 1}  # so that it is refused and makes nothing
        for name, body in doubled(surplus):
            sent.append((f"{operation.name} {name}", operation.method, url, body, JSON))
            plain.append((f"{operation.name} {name}", operation.method, url, json.dumps(surplus).encode(), JSON))
    found, expected = send(suite, sent, world.manager.token), send(suite, plain, world.manager.token)
    differing = [
        f"{each[0]}: {one.status_code} {one.text[:200]}"
        for each, one, other in zip(sent, found, expected, strict=True)
        if one.status_code >= 500 or likeness(one) != likeness(other)
    ]
    print(f"\nnames that stand twice: {len(sent)} bodies, differing {len(differing)}")
    assert differing == []


def likeness(answer: httpx.Response) -> tuple[int, int]:
    """What is equal in two answers that say the same."""
    return answer.status_code, len(answer.content)


def test_no_query_parameter_is_taken_that_is_not_documented(
    suite: Suite, routes: list[Operation], world: World
) -> None:
    from_google = "/v1/auth/google/callback"  # Google may add parameters at any time
    sent = []
    for operation in routes:
        call = RECIPES[operation.name].call(operation, world, lambda kind: random_like(world.one(kind)))
        for name in ("tenant_id", "role", "is_admin", "expand", "fields", "_method", "callback", "debug"):
            if operation.path != from_google:
                sent.append((f"{operation.name} {name}", operation.method, f"{call.url}?{name}=1", b"{}", JSON))
    answers = send(suite, sent, world.manager.token)
    wrongly = [f"{each[0]}: {answer.status_code} {answer.text[:200]}"
               for each, answer in zip(sent, answers, strict=True)
               if answer.status_code != 400 or answer.json()["code"] != "unknown_parameter"]  # fmt: skip
    print(f"\nundocumented parameters: {len(sent)} calls, taken {len(wrongly)}")
    assert wrongly == []


def inner_names() -> set[str]:
    """The names of everything that Workers offer to each other, read from their sources."""
    files = [*(ROOT / "workers").glob("*/src/entry.py"), *(ROOT / "workers/api/src/api/objects").glob("*.py")]
    classes = [node for file in files for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)]
    methods = {item.name for node in classes for item in node.body if isinstance(item, ast.AsyncFunctionDef)}
    return methods | {node.name for node in classes}


def inner_paths() -> list[str]:
    names = [name for name in inner_names() if not name.startswith("_")]
    guesses = ["internal", "rpc", "queue", "scheduled", "__scheduled", "cron", "d1", "stats", "control", "metrics",
               "debug", "admin", "operator", ".env", ".dev.vars", ".git/config", "wrangler.jsonc", "console", "graphql",
               "v1", "v1/internal", "v2/me", "server-status", "actuator/health", "Internal", "do", "objects", "alarm",
               "kv", "r2", "media", "files", "exports", "__debug", "openapi.yaml", "redoc", "swagger.json",
               "%2e%2e/operator/dead_letters", "v1//me", "v1/me/", "V1/me", "v1/me%00"]  # fmt: skip
    under = ["", "internal/", "rpc/", "v1/", "do/", "unit_lock/", "queue/"]
    return [f"/{one}" for one in guesses] + [f"/{prefix}{name}" for prefix in under for name in names]


def test_what_workers_offer_each_other_is_not_reached_from_outside(suite: Suite, world: World) -> None:
    runs = suite.d1("SELECT count(*) AS n FROM upkeep_runs")
    body = json.dumps({"tenant_id": world.tenant_id, "worker": "api", "method": "health", "args": []}).encode()
    tried = [(path, method, path, body if method == "POST" else b"", JSON)
             for path in inner_paths() for method in ("GET", "POST")]  # fmt: skip
    reached = []
    for token in (None, world.manager.token):
        for each, answer in zip(tried, send(suite, tried, token), strict=True):
            served = each[0] == "/v1/availability"  # an endpoint may be called like a method
            if answer.status_code not in (400, 401, 403, 404, 405) and not served:
                reached.append(f"{each[1]} {each[0]}: {answer.status_code} {answer.text[:200]}")
            if world.mark in answer.text or "Traceback" in answer.text or str(ROOT) in answer.text:
                reached.append(f"{each[1]} {each[0]} shows {answer.text[:300]}")
    print(f"\nservice surface: {len(tried) * 2} calls of {len(inner_paths())} paths, reached {len(reached)}")
    assert reached == []
    assert suite.d1("SELECT count(*) AS n FROM upkeep_runs") == runs


def operator_routes() -> list[tuple[str, str]]:
    from api.operations.operators.routes import router

    return [(method, route.path) for route in router.routes for method in route.methods]  # type: ignore[attr-defined]


def test_operator_routes_are_closed_to_everybody_else(suite: Suite, world: World) -> None:
    calls = [(f"{method} {path}", method, path.replace("{", "").replace("}", ""), b"{}", JSON)
             for method, path in operator_routes()]  # fmt: skip
    assert len(calls) > 2
    for token in (None, world.manager.token, "x", "null", "undefined"):
        for each, answer in zip(calls, send(suite, calls, token), strict=True):
            assert answer.status_code == 401, f"{each[0]} answered {answer.status_code}: {answer.text}"


@pytest.mark.parametrize("worker", ["notify", "billing", "calsync"])
def test_only_the_api_has_a_way_in(worker: str) -> None:
    text = (ROOT / f"workers/{worker}/wrangler.jsonc").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    configuration = json.loads("\n".join(lines))
    for one in (configuration, *configuration["env"].values()):  # an environment inherits these two
        assert not one.get("workers_dev", configuration["workers_dev"])
        assert not one.get("preview_urls", configuration["preview_urls"])
        assert not one.get("routes") and not one.get("route")


def test_headers_that_claim_something_change_nothing(suite: Suite, world: World) -> None:
    claims = {"X-Tenant-Id": "ten_x", "X-Role": "member", "X-User-Id": "usr_x", "X-Forwarded-Proto": "http",
              "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9",
              "X-Original-URL": "/operator/dead_letters", "X-Rewrite-URL": "/operator/dead_letters",
              "X-HTTP-Method-Override": "DELETE", "CF-Worker": "propflow360.com", "CF-Access-Jwt-Assertion": "x",
              "Forwarded": "for=203.0.113.9;host=evil.example", "True-Client-IP": "203.0.113.9"}  # fmt: skip
    plain = [(path, "GET", path, b"", {}) for path in ("/v1/me", "/v1/properties", "/v1/units", "/v1/bookings")]
    claimed = [(*each[:4], claims) for each in plain]
    for one, other in zip(*(send(suite, calls, world.manager.token) for calls in (plain, claimed)), strict=True):
        assert (one.status_code, one.text) == (other.status_code, other.text) and one.status_code == 200
    body = json.dumps({"email": world.manager.email, "password": PASSWORD}).encode()
    [answer] = send(suite, [("", "POST", "/v1/auth/login", body, JSON | claims)], None)
    assert answer.status_code == 200
    mine = "SELECT id FROM sessions WHERE user_id = ? AND ip LIKE '203.0.113%'"
    assert not suite.d1(mine, world.manager.user["id"])


def test_every_answer_has_safe_headers(suite: Suite, routes: list[Operation], world: World) -> None:
    sent: list[Sent] = []
    for operation in routes:
        call = RECIPES[operation.name].call(operation, world, lambda kind: random_like(world.one(kind)))
        own = RECIPES[operation.name].call(operation, world, world.one)
        for body in (b"", b"{}", b"{", json.dumps({"surplus": 1}).encode()):
            sent.append((operation.name, operation.method, call.url, b"" if operation.method == "GET" else body, JSON))
        for method in ("HEAD", "OPTIONS", "PUT", "PROPFIND"):
            sent.append((f"{method} {operation.path}", method, call.url, b"", {}))
        if operation.method == "GET":
            query = "&".join(f"{name}={value}" for name, value in own.query.items())
            for more in ({}, {"If-None-Match": '"1"'}, {"If-None-Match": "*"}):
                sent.append((operation.name, "GET", f"{own.url}?{query}", b"", more))
    sent += [(path, "GET", path, b"", {}) for path in ("/", "/nowhere", "/docs", "/openapi.json", "/ical/x/y.ics",
                                                       "/verify_email", "/reset_password", "/invitation")]  # fmt: skip
    ends = {operation.name for operation in routes if RECIPES[operation.name].ends}
    wrongly, tally = [], Counter[int]()
    for token in (world.manager.token, None, "x"):
        spoken = [each for each in sent if token != world.manager.token or each[0] not in ends]
        for each, answer in zip(spoken, send(suite, spoken, token), strict=True):
            tally[answer.status_code] += 1
            wrongly += [f"{each[0]} ({answer.status_code}): {what}" for what in unsafe(answer)]
    print(f"\nsafe headers: {sum(tally.values())} answers {dict(sorted(tally.items()))}, unsafe {len(wrongly)}")
    assert wrongly == [], "\n".join(sorted(set(wrongly))[:60])


def test_whoever_has_an_answer_is_told_that_it_is_the_same(suite: Suite, routes: list[Operation], world: World) -> None:
    """Every GET with an ETag answers 304 to it, and the document says so of exactly these."""
    tagged, wrongly = [], []
    api = world.manager.api
    for operation in (one for one in routes if one.method == "GET" and not RECIPES[one.name].ends):
        call = RECIPES[operation.name].call(operation, world, world.one)
        first = api.request("GET", call.url, params=call.query)
        taken = "If-None-Match" in [one["name"] for one in operation.parameters]
        if not ("etag" in first.headers) == (304 in operation.statuses) == taken:
            wrongly.append(f"{operation.name}: {first.status_code} {dict(first.headers)}")
        if "etag" in first.headers:
            tagged.append(operation.name)
            wrongly += [f"{operation.name}: {what}" for what in unlike(api, call)]
    print(f"\nconditional requests: {len(tagged)} routes with an ETag")
    assert wrongly == []
    assert {"GET /v1/tenant", "GET /v1/bookings/{booking_id}", "GET /v1/feeds/{feed_id}"} < set(tagged)


CONDITIONS = {"{tag}": 304, "W/{tag}": 304, "*": 304, '"other", {tag}': 304, '"other"': 200, "bare": 200}


def unlike(api: Api, call: Call) -> Iterator[str]:
    """How answers to If-None-Match differ from what they should be."""
    for asked, status in CONDITIONS.items():
        first, again = at_one_time(api, call, asked)
        same = all(again.headers.get(name) == first.headers.get(name) for name in ("etag", "cache-control", "vary"))
        if (again.status_code, again.content) != (status, first.content if status == 200 else b"") or not same:
            yield f"{asked} was answered {again.status_code} {dict(again.headers)} {again.text[:200]}"
        if status == 304 and not {"content-type", "content-length"}.isdisjoint(again.headers):
            yield f"a 304 with {dict(again.headers)}"


def at_one_time(api: Api, call: Call, asked: str) -> tuple[httpx.Response, httpx.Response]:
    """The answer without the condition and the one with it, while nothing changes it: some end with an hour."""
    for _ in range(5):
        first = api.request("GET", call.url, params=call.query)
        known = {"If-None-Match": asked.format(tag=first.headers["etag"])}
        again = api.request("GET", call.url, params=call.query, headers=known)
        if api.request("GET", call.url, params=call.query).headers["etag"] == first.headers["etag"]:
            return first, again
    raise AssertionError(f"{call.url} never stays the same")


def test_a_tag_opens_nothing_that_is_shut(suite: Suite, routes: list[Operation], world: World) -> None:
    sent = []
    for operation in (one for one in routes if 304 in one.statuses and "{" in one.path):
        call = RECIPES[operation.name].call(operation, world, lambda kind: random_like(world.one(kind)))
        query = "&".join(f"{name}={value}" for name, value in call.query.items())
        sent.append((operation.name, "GET", f"{call.url}?{query}", b"", {"If-None-Match": "*"}))
    assert len(sent) > 10
    assert {answer.status_code for answer in send(suite, sent, world.manager.token)} == {404}
    assert {answer.status_code for answer in send(suite, sent, None)} == {401}


PUBLIC = ("/openapi.json", "/docs", "/verify_email", "/reset_password", "/invitation")


def unsafe(answer: httpx.Response) -> Iterator[str]:
    """What is wrong with the headers of an answer."""
    headers, path = answer.headers, answer.request.url.path
    if answer.status_code >= 500:
        yield answer.text[:200]
    for name, value in ALWAYS.items():
        if headers.get(name) != value and not path.startswith("/ical/"):
            yield f"{name}: {headers.get(name)}"
    if not headers.get("request-id", "").startswith("req_") and not path.startswith("/ical/"):
        yield "no request-id"
    kind = headers.get("content-type", "")
    if "json" in kind and path not in PUBLIC and "no-store" not in headers.get("cache-control", ""):
        yield f"cache-control: {headers.get('cache-control')}"
    if "html" in kind:
        policy = headers.get("content-security-policy", "")
        if "frame-ancestors 'none'" not in policy or "default-src 'none'" not in policy:
            yield f"content-security-policy: {policy}"
    if kind.startswith("text/") and "charset=utf-8" not in kind.lower():
        yield f"content-type: {kind}"
    if answer.status_code >= 400 and answer.request.method != "HEAD" and kind.startswith("application/json"):
        yield f"an error as {kind}"
    if answer.status_code == 405 and not headers.get("allow"):
        yield "405 without Allow"
    if "access-control-allow-origin" in headers or "server" in headers or "x-powered-by" in headers:
        yield f"tells too much: {dict(headers)}"


def test_an_invitation_does_not_tell_whether_an_address_is_known(suite: Suite, standin: StandIn, world: World) -> None:
    other = new_world(suite, standin, "Bob")
    api = Api(suite.url, world.manager.token)
    known, unknown = (api.post("/v1/invitations", {"email": email, "role": "member"})
                      for email in (other.manager.email, f"{secrets.token_hex(6)}@example.net"))  # fmt: skip
    assert set(ok(known)) == set(ok(unknown))
    assert {name: value for name, value in known.headers.items() if name in ("propflow-cost", "cache-control")} == {
        name: value for name, value in unknown.headers.items() if name in ("propflow-cost", "cache-control")
    }
    assert set(known.headers) == set(unknown.headers)
    api.close()
    other.manager.api.close()
