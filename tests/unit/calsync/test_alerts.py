"""What people are told of feeds: once, the right ones, and never more than once a day about the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest

from calsync.alerts import repository
from calsync.alerts.service import Told
from propflow.bindings.d1 import Statement
from propflow.clock import DAY, HOUR
from tests.unit.calsync.core_database import FEED, TENANT, Core

NOW = 1_800_000_000_000


def add(core: Core, user: str, role: str, properties: str | None = None, **more: object) -> None:
    row = {"id": user, "email": f"{user}@example.net", "name": user, "email_verified_at": 1, "created_at": 0,
           "updated_at": 0} | more  # fmt: skip
    core.run(f"INSERT INTO users ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())
    core.run("INSERT INTO memberships VALUES (?, ?, ?, ?, 1, 0, 0)", TENANT, user, role, properties)


@pytest.fixture
def core() -> Core:
    core = Core()
    core.run("UPDATE tenants SET plan = 'business'")
    add(core, "usr_owner", "owner")
    return core


def told(core: Core, statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """Who is told what, as the messages say it."""
    found = [json.loads(one.message) for one in core.batch(statements)[-1].rows(Told)]
    for message in found:
        [row] = core.run("SELECT message, waiting FROM outbox WHERE id = ?", message["outbox_id"])
        assert (json.loads(row["message"]), row["waiting"]) == (message, 1)
        assert set(message) == {"type", "tenant_id", "outbox_id", "request_id", "alert", "feed_id", "user_id"}
    return [(message["alert"], message["user_id"]) for message in found]


def trouble(core: Core, now: int) -> list[tuple[str, str]]:
    return told(core, repository.raised(TENANT, FEED, "trouble", now))


def well(core: Core, now: int) -> list[tuple[str, str]]:
    return told(core, repository.settled(TENANT, FEED, now))


def test_trouble_and_its_end_are_told_once(core: Core) -> None:
    assert well(core, NOW) == []
    assert trouble(core, NOW) == [("trouble", "usr_owner")]
    assert [trouble(core, NOW + hours * HOUR) for hours in (1, 30, 90)] == [[]] * 3
    assert well(core, NOW + 91 * HOUR) == [("recovered", "usr_owner")]
    assert well(core, NOW + 92 * HOUR) == []
    assert trouble(core, NOW + 93 * HOUR) == [("trouble", "usr_owner")]


def test_a_feed_that_flaps_is_told_of_once_a_day_and_the_last_word_is_true(core: Core) -> None:
    said: list[tuple[int, str]] = []
    for hour in range(24 * 4):
        alert = trouble if hour % 2 == 0 else well
        said += [(hour, kind) for kind, _ in alert(core, NOW + hour * HOUR)]
    for kind in ("trouble", "recovered"):
        hours = [hour for hour, one in said if one == kind]
        assert len(hours) == 4 and all(later - hour >= 24 for hour, later in itertools.pairwise(hours))
    said += [(200, kind) for kind, _ in well(core, NOW + 200 * HOUR)]
    assert said[-1][1] == "recovered"


def test_owners_admins_and_managers_who_see_the_property_are_told_and_nobody_else(core: Core) -> None:
    add(core, "usr_admin", "admin")
    add(core, "usr_manager", "manager")
    add(core, "usr_here", "manager", '["prop_1"]')
    add(core, "usr_elsewhere", "manager", '["prop_2"]')
    add(core, "usr_looks", "member")
    add(core, "usr_gone", "admin", disabled_at=1)
    add(core, "usr_unverified", "admin", email_verified_at=None)
    who = [user for _, user in trouble(core, NOW)]
    assert who[:2] == ["usr_owner", "usr_admin"] and set(who[2:]) == {"usr_manager", "usr_here"}


def test_at_most_twenty_are_told_owners_first(core: Core) -> None:
    for number in range(30):
        add(core, f"usr_{number:02}", "manager")
    who = [user for _, user in trouble(core, NOW)]
    assert len(who) == 20 and who[0] == "usr_owner"


def test_a_test_space_tells_nobody() -> None:
    core = Core()
    core.run("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('ten_live', 'Homes', 0, 0)")
    core.run("UPDATE tenants SET mode = 'test', live_id = 'ten_live' WHERE id = ?", TENANT)
    add(core, "usr_owner", "owner")
    assert trouble(core, NOW) == [] and core.run("SELECT * FROM outbox") == []


def conflict(core: Core, ident: str, at: int) -> None:
    core.run(
        "INSERT INTO conflicts (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, created_at)"
        " VALUES (?, ?, 'unit_1', ?, ?, '2027-02-01', '2027-02-03', ?)",
        TENANT, ident, FEED, ident, at,
    )  # fmt: skip


def conflicts(core: Core, now: int) -> list[tuple[str, str]]:
    return told(core, repository.conflicts(TENANT, FEED, now))


def test_new_conflicts_are_told_once_together_and_those_of_the_same_day_the_day_after(core: Core) -> None:
    assert conflicts(core, NOW) == []
    conflict(core, "con_1", NOW + 1)
    conflict(core, "con_2", NOW + 1)
    assert conflicts(core, NOW + 1) == [("conflicts", "usr_owner")]
    assert conflicts(core, NOW + 2 * DAY) == [], "an open conflict is no news"
    conflict(core, "con_3", NOW + 2 * DAY + 1)
    assert conflicts(core, NOW + 2 * DAY + 1) == [("conflicts", "usr_owner")]
    conflict(core, "con_4", NOW + 2 * DAY + HOUR)
    assert conflicts(core, NOW + 2 * DAY + HOUR) == []
    assert conflicts(core, NOW + 3 * DAY + HOUR) == [("conflicts", "usr_owner")]
    assert conflicts(core, NOW + 9 * DAY) == []


def test_an_emptiness_is_told_once_and_again_only_when_it_was_over(core: Core) -> None:
    def emptied(now: int) -> list[tuple[str, str]]:
        return told(core, repository.raised(TENANT, FEED, "emptied", now))

    assert emptied(NOW) == [("emptied", "usr_owner")]
    assert emptied(NOW + 2 * DAY) == []
    core.batch(repository.forgotten(TENANT, FEED, "emptied"))
    assert emptied(NOW + 3 * DAY) == [("emptied", "usr_owner")]
