"""The upkeep at work: a job that fails starves no other, two runs at once do no harm, and operators see all of it."""

from __future__ import annotations

import secrets
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.client import Api
from support.people import Manager, ok
from support.process import ROOT
from support.suite import Suite

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])


@pytest.fixture
def operator(suite: Suite) -> Iterator[Api]:
    api = Api(suite.url, TOKEN)
    yield api
    api.close()


def unfinished_sign_ins(suite: Suite, count: int) -> str:
    """Sign-ins with Google that are over; they are found again by the beginning of their hash."""
    mark = secrets.token_hex(8)
    sql = "INSERT INTO google_sign_ins (state_hash, nonce, verifier_sealed, expires_at) VALUES (?1, 'n', 'v', 1)"
    suite.d1_batch([(sql, [f"{mark}{number}"]) for number in range(count)])
    return mark


def left(suite: Suite, mark: str) -> int:
    rows = suite.d1("SELECT count(*) AS n FROM google_sign_ins WHERE substr(state_hash, 1, 16) = ?1", mark)
    return int(rows[0]["n"])


def runs(operator: Api, **asked: Any) -> list[dict[str, Any]]:
    return list(ok(operator.request("GET", "/operator/upkeep_runs", params={"limit": 200, **asked}), 200)["data"])


def test_each_run_is_recorded_also_when_there_was_nothing_to_do(suite: Suite, operator: Api) -> None:
    suite.cron("api")
    before = runs(operator, job="tick")[0]
    suite.cron("api")
    ticks = runs(operator, job="tick")
    assert ticks[1] == before
    assert (ticks[0]["error"], ticks[0]["job"]) == (None, "tick")
    assert ticks == sorted(ticks, key=lambda row: row["id"], reverse=True)


def test_a_job_that_fails_starves_no_other_and_is_recorded(suite: Suite, operator: Api, alice: Manager) -> None:
    unit_id, quote_id = alice.new_unit(), f"quo_{secrets.token_hex(8)}"
    suite.d1(
        "INSERT INTO quotes (tenant_id, id, unit_id, check_in, check_out, guests, total_amount, currency, lines, "
        "expires_at, created_at) VALUES (?1, ?2, ?3, '2027-01-01', '2027-01-02', 1, 1, 'EUR', '[]', 1, 1)",
        alice.tenant["id"], quote_id, unit_id,
    )  # fmt: skip
    mark = unfinished_sign_ins(suite, 3)
    suite.d1("CREATE TRIGGER test_fail BEFORE DELETE ON quotes BEGIN SELECT RAISE(ABORT, 'test_fail'); END")
    try:
        assert suite.cron("api")["outcome"] == "ok"
    finally:
        suite.d1("DROP TRIGGER test_fail")
    assert left(suite, mark) == 0
    assert len(suite.d1("SELECT id FROM quotes WHERE id = ?1", quote_id)) == 1
    [failed, *_] = runs(operator, failed="true")
    assert (failed["job"], failed["rows"]) == ("quotes.expire", 0)
    assert "test_fail" in failed["error"]
    assert runs(operator, job="google.expire")[0]["rows"] >= 3
    suite.cron("api")
    assert suite.d1("SELECT id FROM quotes WHERE id = ?1", quote_id) == []


def test_runs_at_once_remove_everything_once(suite: Suite, operator: Api) -> None:
    suite.d1("DELETE FROM google_sign_ins")  # those that others began may be over just now
    suite.cron("api")
    before = {row["id"] for row in runs(operator, job="google.expire")}
    mark = unfinished_sign_ins(suite, 300)
    with ThreadPoolExecutor(4) as pool:
        outcomes = [one["outcome"] for one in pool.map(lambda _: suite.cron("api"), range(4))]
    assert outcomes == ["ok"] * 4
    assert left(suite, mark) == 0
    told = [row for row in runs(operator, job="google.expire") if row["id"] not in before]
    assert sum(row["rows"] for row in told) == 300
    assert all(row["error"] is None for row in told)


def test_a_person_who_is_signed_in_stays_so(suite: Suite, alice: Manager) -> None:
    now = time.time_ns() // 1_000_000
    ended = f"{'0' * 63}{secrets.choice('abcdef')}"
    suite.d1(
        "INSERT INTO sessions (token_hash, id, tenant_id, user_id, created_at, last_seen_at, expires_at) "
        "VALUES (?1, 'ses_x', ?2, ?3, 1, ?4, ?4)",
        ended, alice.tenant["id"], alice.user["id"], now,
    )  # fmt: skip
    suite.cron("api")
    assert suite.d1("SELECT id FROM sessions WHERE token_hash = ?1", ended) == []
    ok(alice.api.request("GET", "/v1/me"), 200)


def test_only_operators_see_it(api: Api, alice: Manager) -> None:
    for one in (api, alice.api):
        assert one.get("/operator/upkeep_runs").status_code == 401
