"""The integrity job on the real runtime: silent on a busy database, loud where a guard was missing, cheap."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from support.client import Api
from support.clocks import Space
from support.people import Manager, ok
from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.state import settled
from support.surface.world import World, new_world
from support.verbs import Json

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])
MOST_RUNS = 400
READ_PER_ROW = 9  # of a stay: itself and its key, its unit, its owner, its neighbour and its parts; of others fewer
TODAY = date.today()
pytestmark = pytest.mark.timeout(600)  # a pass looks at all that other tests have left behind


@pytest.fixture
def operator(suite: Suite) -> Iterator[Api]:
    api = Api(suite.url, TOKEN)
    yield api
    api.close()


def days(first: int, last: int) -> tuple[str, str]:
    return (TODAY + timedelta(days=first)).isoformat(), (TODAY + timedelta(days=last)).isoformat()


def look(suite: Suite) -> Json:
    """One whole pass, as if a day had gone by."""
    suite.d1("UPDATE integrity_passes SET began_at = 0, finished_at = 0")
    for _ in range(MOST_RUNS):
        suite.cron("api")
        [at] = suite.d1("SELECT finished_at, rows_seen, rows_read FROM integrity_passes")
        if at["finished_at"]:
            return dict(at)
    raise AssertionError("the pass does not end")


def findings(operator: Api, **asked: Any) -> list[Json]:
    answer = operator.request("GET", "/operator/integrity_findings", params={"limit": 200, **asked})
    return list(ok(answer, 200)["data"])


def busy(world: World, alice: Manager) -> Space:
    """Everything that takes nights and gives them back, in a live and in a test space."""
    manager = world.everything().manager
    first, second = manager.new_unit(), manager.new_unit()
    left = manager.booking(first, *days(-2, 3))["id"]
    for verb in ("check_in", "check_out"):
        ok(manager.api.post(f"/v1/bookings/{left}/{verb}"), 200)
    ok(manager.api.post(f"/v1/bookings/{manager.booking(second, *days(-1, 4))['id']}/no_show"), 200)
    moved = manager.booking(first, *days(30, 33))["id"]
    ok(manager.api.post(f"/v1/bookings/{moved}/move", {"check_in": days(31, 0)[0], "check_out": days(34, 0)[0]}), 200)
    ended = world.one("active_lease")
    ok(manager.api.post(f"/v1/leases/{ended}/terminate", {"date": "2034-03-01"}), 200)
    villa, rooms = manager.new_unit(), [manager.new_unit(), manager.new_unit()]
    ok(manager.api.set_parts(villa, rooms), 200)
    ok(manager.api.cancel(manager.booking(villa, *days(10, 12))["id"]), 200)
    manager.booking(villa, *days(20, 22))
    imports(manager, villa, manager.new_unit())
    ok(manager.api.set_parts(villa, rooms[:1]), 200)
    space = Space(alice)
    at = space.freeze()
    ok(space.api.hold(space.unit, *days(10, 12), ttl_seconds=60))
    space.at(at + timedelta(minutes=2))
    return space


def imports(manager: Manager, villa: str, unit: str) -> None:
    """Bookings of another system in every state: over, left early or on the day of arrival, going on and to come."""
    stays = [
        (villa, "pending", 40, 42), (villa, "confirmed", 50, 52), (unit, "checked_out", -9, -5),
        # These keep their nights until the property's today, which may be a day after ours: each has its own unit.
        (unit, "checked_out", -4, 3), (manager.new_unit(), "no_show", 0, 4), (manager.new_unit(), "checked_in", -1, 2),
        (manager.new_unit(), "checked_out", 0, 3), (unit, "cancelled", 50, 52),
    ]  # fmt: skip
    lines = [f"I-{place},{of},{status},{','.join(days(first, last))},Guest,100"
             for place, (of, status, first, last) in enumerate(stays)]  # fmt: skip
    csv = "\n".join(["reference,unit_id,status,check_in,check_out,guest.name,total", *lines])
    assert ok(manager.api.import_csv("bookings", csv), 200)["created"] == len(stays)


def test_a_busy_database_has_no_fault_and_is_looked_at_cheaply(
    suite: Suite, standin: StandIn, alice: Manager, operator: Api, record_property: Any
) -> None:
    world = new_world(suite, standin, "Busy")
    space = busy(world, alice)
    settled(suite)
    done = look(suite)
    tenants = [world.tenant_id, alice.tenant["id"], ok(space.api.get("/v1/tenant"), 200)["id"]]
    assert [one for tenant in tenants for one in findings(operator, tenant_id=tenant, resolved=True)] == []
    record_property("integrity_rows", [done["rows_seen"], done["rows_read"]])
    print(f"integrity: {done['rows_seen']} rows looked at, {done['rows_read']} rows read")
    assert done["rows_seen"] > 100 and done["rows_read"] <= READ_PER_ROW * done["rows_seen"]
    reads = suite.d1("SELECT began_at FROM integrity_passes")
    suite.cron("api")
    assert suite.d1("SELECT began_at FROM integrity_passes") == reads, "once a day"


def test_what_a_missing_trigger_let_in_is_found_listed_and_resolved(
    suite: Suite, alice: Manager, operator: Api
) -> None:
    booked = alice.booking(alice.new_unit(), *days(10, 12))
    name = "occupancies_no_overlap_insert"
    [trigger] = suite.d1("SELECT sql FROM sqlite_master WHERE name = ?", name)
    copy = (
        "INSERT INTO occupancies SELECT tenant_id, 'occ_twin', unit_id, start_date, end_date, 1, 'hold', 'hold_twin', "
        "source, 1, NULL, 1, 1, NULL FROM occupancies WHERE id = ?"
    )
    suite.d1(f"DROP TRIGGER {name}")
    try:
        suite.d1(copy, booked["occupancy_id"])
    finally:
        suite.d1(str(trigger["sql"]))
    look(suite)
    found = findings(operator, tenant_id=alice.tenant["id"])
    assert {(one["kind"], one["object_id"]) for one in found} == {
        ("nights_overlap", "occ_twin"), ("nights_overlap", booked["occupancy_id"])
    }  # fmt: skip
    suite.d1("DELETE FROM occupancies WHERE id = 'occ_twin'")
    look(suite)
    assert findings(operator, tenant_id=alice.tenant["id"]) == []
    assert (
        len([one for one in findings(operator, tenant_id=alice.tenant["id"], resolved=True) if one["resolved_at"]]) == 2
    )


def test_only_operators_see_findings(api: Api, alice: Manager, operator: Api) -> None:
    for one in (api, alice.api):
        assert one.get("/operator/integrity_findings").status_code == 401
    assert operator.get("/operator/integrity_findings", after="x").json()["code"] == "invalid_cursor"
