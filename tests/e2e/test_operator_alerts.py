"""What operators see of the installation: alerts, told by mail once for each opening, and the size of the databases."""

import secrets
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from support.client import Api
from support.people import Manager, ok
from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite
from support.verbs import Json
from support.waiting import eventually

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])
OPERATORS = "operators@propflow360.test"
RAISE = """
INSERT INTO operator_alerts (kind, subject, detail, first_at, last_at) VALUES ('test', ?1, 'Look at this.', ?2, ?2)"""


@pytest.fixture
def operator(suite: Suite) -> Iterator[Api]:
    suite.d1("DELETE FROM operator_alerts")
    api = Api(suite.url, TOKEN)
    yield api
    api.close()


def raised(suite: Suite) -> str:
    subject = f"s{secrets.token_hex(6)}"
    suite.d1(RAISE, subject, int(time.time() * 1000))
    return subject


def alerts(operator: Api, **asked: str) -> dict[str, Json]:
    return {one["subject"]: one for one in ok(operator.get("/operator/alerts", **asked), 200)["data"]}


def growths(operator: Api) -> list[str]:
    return [subject for subject, one in alerts(operator).items() if one["kind"] == "database_growth"]


def audited(suite: Suite, subject: str) -> list[str]:
    rows = suite.d1(
        "SELECT action FROM audit_events WHERE tenant_id = 'installation' AND object_id = ?", subject,
        binding="DB_AUDIT",
    )  # fmt: skip
    return [row["action"] for row in rows]


def mails(standin: StandIn, subject: str) -> list[Json]:
    return [mail for mail in standin.emails(OPERATORS) if subject in mail["text"]]


def test_an_alert_is_listed_until_somebody_looked_at_it(suite: Suite, operator: Api) -> None:
    subject = raised(suite)
    assert alerts(operator)[subject]["detail"] == "Look at this."
    first = ok(operator.post(f"/operator/alerts/test/{subject}/resolve"), 200)
    assert ok(operator.post(f"/operator/alerts/test/{subject}/resolve"), 200) == first
    assert first["resolved_at"] is not None
    assert subject not in alerts(operator)
    assert alerts(operator, resolved="true")[subject] == first
    eventually(lambda: audited(suite, subject) == ["alert.resolved"], what="the audit to be copied")


def test_an_alert_that_is_not_there_is_404_and_a_stranger_sees_none(
    suite: Suite, operator: Api, alice: Manager
) -> None:
    assert operator.post("/operator/alerts/test/nothing/resolve").status_code == 404
    assert operator.get("/operator/alerts", after="x").json()["code"] == "invalid_cursor"
    for path in ("/operator/alerts", "/operator/storage"):
        assert alice.api.get(path).status_code == 401


def test_pages_of_alerts_are_whole(suite: Suite, operator: Api) -> None:
    wanted, after, seen = {raised(suite) for _ in range(5)}, "", []
    while True:
        page = ok(operator.get("/operator/alerts", limit="2", after=after), 200)
        seen += [one["subject"] for one in page["data"] if one["kind"] == "test"]
        if not page["has_more"]:
            break
        after = page["next_cursor"]
    assert sorted(seen) == sorted(wanted)


def test_operators_are_written_to_once_for_each_opening(suite: Suite, standin: StandIn, operator: Api) -> None:
    subject = raised(suite)
    for _ in range(2):
        suite.cron("api")
    eventually(lambda: len(mails(standin, subject)) == 1, what="the mail")
    [mail] = mails(standin, subject)
    assert f"test {subject}: Look at this." in mail["text"]
    assert alerts(operator)[subject]["told_at"] is not None
    suite.d1("UPDATE operator_alerts SET told_at = NULL WHERE subject = ?", subject)
    suite.cron("api")
    eventually(lambda: len(mails(standin, subject)) == 2, what="the mail of the next opening")


def test_what_opens_within_ten_minutes_of_a_mail_waits(suite: Suite, operator: Api) -> None:
    raised(suite)
    suite.cron("api")
    later = raised(suite)
    suite.cron("api")
    assert alerts(operator)[later]["told_at"] is None
    suite.d1("UPDATE operator_alerts SET told_at = told_at - 600000 WHERE told_at IS NOT NULL")
    suite.cron("api")
    assert alerts(operator)[later]["told_at"] is not None


def test_the_size_of_each_database_is_noted_by_day_and_its_growth_is_an_alert(suite: Suite, operator: Api) -> None:
    now = datetime.now(UTC)
    yesterday = (now - timedelta(days=1)).date().isoformat()
    suite.d1("INSERT OR REPLACE INTO database_sizes VALUES ('core', ?, -1000000000)", yesterday)
    suite.cron("api")
    shown = {one["database"]: one for one in ok(operator.get("/operator/storage"), 200)["databases"]}
    assert set(shown) == {"core", "audit"}
    assert all(0 < one["bytes"] < one["limit"] and one["days"][-1]["bytes"] > 0 for one in shown.values())
    [subject] = growths(operator)
    assert subject.startswith("core_20") and "grew by 1.0 GB" in alerts(operator)[subject]["detail"]
    ok(operator.post(f"/operator/alerts/database_growth/{subject}/resolve"), 200)
    suite.cron("api")
    assert growths(operator) == [], "it is noticed again on the next day"
    suite.d1("DELETE FROM database_sizes WHERE day = ?", yesterday)


def test_those_who_write_most_are_named(suite: Suite, operator: Api, alice: Manager) -> None:
    today = datetime.now(UTC).date().isoformat()
    suite.d1(
        "INSERT INTO usage_days VALUES (?1, ?2, 'cost_rows_written', 1000000000)"
        " ON CONFLICT DO UPDATE SET amount = excluded.amount",
        alice.tenant["id"], today,
    )  # fmt: skip
    first = ok(operator.get("/operator/storage"), 200)["tenants"][0]
    assert (first["tenant_id"], first["rows_written"] >= 1_000_000_000) == (alice.tenant["id"], True)
