"""One tenant with very much to do, and fifty with a little: the fifty are served within the minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from integration.calsync.connected import Connected
from support.client import Api
from support.people import ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import put_on_plan
from support.waiting import eventually

from propflow.clock import MINUTE, now_ms

MODEST, MUCH = 50, 6_000
NUMBERS = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)"
TENANT_OF = "'ten_modest_' || n"
PLACES = (
    f"{NUMBERS} INSERT INTO tenants (id, name, created_at, updated_at) SELECT {TENANT_OF}, 'T', 0, 0 FROM n",
    f"""{NUMBERS} INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at)
    SELECT {TENANT_OF}, 'prop_1', 'P', 'Europe/Zurich', 'EUR', 0, 0 FROM n""",
    f"""{NUMBERS} INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at,
      updated_at) SELECT {TENANT_OF}, 'unit_1', 'prop_1', 'U', 2, 100, 0, 0 FROM n""",
)
# An address is sealed for its feed, by the feed's id, whoever's it is.
FEEDS = f"""
{NUMBERS} INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)
SELECT {TENANT_OF}, f.id, 'unit_1', 'F', f.host, f.url_sealed, 1000000, 0, 0
FROM n CROSS JOIN feeds AS f WHERE f.id = ?2"""
MANY_FEEDS = f"""
{NUMBERS} INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)
SELECT f.tenant_id, 'feed_' || n, f.unit_id, 'F', f.host, f.url_sealed, n, 0, 0
FROM n CROSS JOIN feeds AS f WHERE f.id = ?2 AND f.tenant_id = ?3"""
# Nobody has such a target: the message is done as soon as it is read.
WAITING = f"""
{NUMBERS} INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT who, 'obx_' || n, 'calendar.push_requested',
  json_object('type', 'calendar.push_requested', 'tenant_id', who, 'outbox_id', 'obx_' || n, 'target_id', 'push_1'),
  4, ?3 + n, 0
FROM (SELECT n, CASE ?2 WHEN '' THEN {TENANT_OF} ELSE ?2 END AS who FROM n)"""
LEFT = "SELECT count(*) AS n FROM outbox WHERE tenant_id LIKE 'ten_modest_%' AND waiting <> 0"


@pytest.fixture(scope="module")
def crowded(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """A product that counts the turns of its calendar host, with fifty tenants beside the greedy one."""
    suite = Suite(standin.url, state=tmp_path_factory.mktemp("greed"), calendar_hosts=[standin.host]).start()
    greedy = Connected(suite, standin, sign_up(Api(suite.url), "Greedy"))
    put_on_plan(suite, greedy.manager.tenant["id"])
    greedy.connect(greedy.publish())
    for statement in PLACES:
        suite.d1(statement, MODEST)
    yield greedy
    suite.stop()


def test_fifty_feeds_are_read_beside_thousands_that_have_waited_longer(crowded: Connected) -> None:
    suite, asked = crowded.suite, len(crowded.standin.readings(crowded.name))
    suite.d1(FEEDS, MODEST, crowded.feed_id)
    suite.d1(MANY_FEEDS, MUCH, crowded.feed_id, crowded.manager.tenant["id"])
    assert suite.cron("calsync")["outcome"] == "ok"  # once: it is one minute's
    read = "SELECT count(*) AS n FROM feeds WHERE tenant_id LIKE 'ten_modest_%' AND last_success_at IS NOT NULL"
    eventually(lambda: suite.d1(read)[0]["n"] == MODEST, timeout=120, what="the fifty to be read")
    assert len(crowded.standin.readings(crowded.name)) == asked + MODEST
    suite.d1("UPDATE feeds SET next_due_at = next_due_at + 100000000000000")


def test_fifty_messages_are_sent_again_beside_thousands_that_have_waited_longer(crowded: Connected) -> None:
    suite = crowded.suite
    suite.d1(WAITING, MODEST, "", 1_000_000)
    suite.d1(WAITING, MUCH, crowded.manager.tenant["id"], 0)
    assert suite.cron("api")["outcome"] == "ok"
    eventually(lambda: suite.d1(LEFT)[0]["n"] == 0, timeout=120, what="the fifty to be sent and done")


def beyond_the_share(crowded: Connected, ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer in a minute in which the tenant's people have had all turns of the host that are theirs."""

    def asked() -> httpx.Response | None:
        minute = now_ms() // MINUTE
        crowded.suite.d1("UPDATE calendar_turns SET minute = ?1, by_hand = 60 WHERE tenant_id = ?2", minute,
                         crowded.manager.tenant["id"])  # fmt: skip
        before = len(crowded.standin.readings(crowded.name))
        answer = ask()
        if now_ms() // MINUTE != minute:
            return None
        assert len(crowded.standin.readings(crowded.name)) == before, "the host was not asked"
        return answer

    answer = eventually(asked, what="a minute that lasts")
    assert answer is not None
    assert (answer.status_code, answer.json()["code"]) == (429, "calendar_host_busy")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    return answer


def test_beyond_the_share_of_a_host_people_wait_and_others_do_not(crowded: Connected) -> None:
    api, url = crowded.manager.api, crowded.publish()
    for ask in (
        lambda: api.preview_feed(crowded.unit_id, url), lambda: api.create_feed(crowded.unit_id, url),
        lambda: api.post(f"/v1/feeds/{crowded.feed_id}/sync?wait=true"),
    ):  # fmt: skip
        beyond_the_share(crowded, ask)
    other = Connected(crowded.suite, crowded.standin, sign_up(Api(crowded.suite.url), "Modest"))
    ok(other.manager.api.preview_feed(other.unit_id, url), 200)
    assert other.connect(url)["status"] == "unchanged"
    run = crowded.runs()[0]
    assert run["status"] == "queued", "what was asked for is not lost"
    crowded.suite.d1("UPDATE calendar_turns SET by_hand = 0")
    crowded.suite.d1("UPDATE outbox SET next_attempt_at = 0 WHERE message ->> 'run_id' = ?1", run["id"])
    assert crowded.suite.cron("api")["outcome"] == "ok"
    assert crowded.finished(run["id"])["status"] == "unchanged"


def test_a_unit_has_at_most_ten_feeds(crowded: Connected) -> None:
    other = Connected(crowded.suite, crowded.standin, sign_up(Api(crowded.suite.url), "Modest"))
    url = other.publish()
    other.connect(url)
    more = f"""{NUMBERS} INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, status, next_due_at,
      created_at, updated_at)
    SELECT f.tenant_id, 'feed_' || n, f.unit_id, 'F', f.host, '', 'paused', 0, 0, 0
    FROM n CROSS JOIN feeds AS f WHERE f.id = ?2"""
    crowded.suite.d1(more, 9, other.feed_id)
    refused = other.manager.api.create_feed(other.unit_id, url)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_feeds")
    assert len(other.runs()) == 1
    assert other.manager.api.delete_feed(other.feed_id).status_code == 204
    ok(other.manager.api.create_feed(other.unit_id, url))
