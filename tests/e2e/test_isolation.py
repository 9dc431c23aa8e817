"""Two tenants: every id of one in every call of the other is answered like an id that never was."""

import re
from typing import Any

from support.client import Api
from support.people import Manager, ok
from support.settling import settle
from support.standin_client import StandIn
from support.strangers import calls
from support.suite import Suite

TABLES = (
    "properties",
    "units",
    "quotes",
    "occupancies",
    "bookings",
    "feeds",
    "feed_runs",
    "calendar_exports",
    "invoices",
)


def belongings(owner: Manager, standin: StandIn) -> dict[str, str]:
    """One thing of each kind, by the prefix of its id."""
    unit = owner.new_unit()
    stay = (unit, "2027-03-01", "2027-03-03")
    url = standin.put_airbnb(f"isolation-{unit}", stays=[("2027-06-10", "2027-06-14", "HMABCDEFGH")])
    return {
        "unit": unit,
        "prop": owner.property_id,
        "quo": ok(owner.api.quote(*stay))["id"],
        "bkg": ok(owner.api.book(*stay, status="pending"))["id"],
        "hold": ok(owner.api.hold(unit, "2027-04-01", "2027-04-03"))["id"],
        "feed": ok(owner.api.create_feed(unit, url))["id"],
    }


def never_was(known: str) -> str:
    prefix, _, rest = known.partition("_")
    return f"{prefix}_{'0' * len(rest)}"


def rows_of(suite: Suite, tenant_id: str) -> list[Any]:
    return suite.d1_batch(
        [(f"SELECT * FROM {table} WHERE tenant_id = ? ORDER BY 1, 2, 3", (tenant_id,)) for table in TABLES]
    )


def test_every_id_of_another_tenant_is_answered_like_one_that_never_was(
    suite: Suite, standin: StandIn, alice: Manager, bob: Manager
) -> None:
    theirs, own = belongings(bob, standin), alice.new_unit()
    settle(suite, bob.tenant["id"])
    before = rows_of(suite, bob.tenant["id"])
    unknown = {kind: never_was(known) for kind, known in theirs.items()}
    tried = zip(calls(theirs, own, alice.property_id), calls(unknown, own, alice.property_id), strict=True)
    for (method, path, body), (_, other_path, other_body) in tried:
        foreign = alice.api.request(method, path, json=body)
        random = alice.api.request(method, other_path, json=other_body)
        assert foreign.status_code == random.status_code == 404, (method, path, foreign.text)
        assert _masked(foreign.text) == _masked(random.text)
    assert rows_of(suite, bob.tenant["id"]) == before


def test_lists_and_searches_show_nothing_of_another_tenant(standin: StandIn, alice: Manager, bob: Manager) -> None:
    theirs = belongings(bob, standin)
    paths = ["/v1/properties", "/v1/units", f"/v1/units?property_id={theirs['prop']}", "/v1/bookings",
             f"/v1/bookings?unit_id={theirs['unit']}", "/v1/feeds", f"/v1/feeds?unit_id={theirs['unit']}",
             "/v1/conflicts", "/v1/availability?check_in=2027-01-01&check_out=2027-01-02",
             f"/v1/availability?check_in=2027-01-01&check_out=2027-01-02&property_id={theirs['prop']}"]  # fmt: skip
    for path in paths:
        answer = alice.api.request("GET", path)
        assert answer.status_code == 200, answer.text
        assert not any(known in answer.text for known in theirs.values()), path


def test_without_a_session_nothing_is_shown(api: Api, standin: StandIn, bob: Manager) -> None:
    theirs = belongings(bob, standin)
    for method, path, body in calls(theirs, theirs["unit"], theirs["prop"]):
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {bob.token}"}):
            answer = api.request(method, path, json=body, headers=headers)
            assert answer.status_code == 401, (method, path, answer.text)


def test_a_cookie_from_another_site_changes_nothing(api: Api, bob: Manager) -> None:
    cookie = {"Cookie": f"__Host-session={bob.token}"}
    body = {"name": "X", "time_zone": "Europe/Zurich", "currency": "EUR"}
    assert api.request("GET", "/v1/me", headers=cookie).status_code == 200
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        refused = api.request("POST", "/v1/properties", json=body, headers=cookie | origin)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
    own = {"Origin": str(api.http.base_url).rstrip("/")}
    assert api.request("POST", "/v1/properties", json=body, headers=cookie | own).status_code == 201


def test_a_calendar_address_is_of_no_use_for_another_unit(alice: Manager, bob: Manager) -> None:
    mine, theirs = ok(alice.api.create_export(alice.new_unit()))["url"], bob.new_unit()
    swapped = re.sub(r"unit_[0-9a-z]+", theirs, mine)
    assert alice.api.ical(mine).status_code == 200
    for address in (swapped, mine.replace(".ics", "x.ics"), mine.replace(".ics", ""), mine + "/.."):
        assert alice.api.ical(address).status_code == 404, address


def _masked(text: str) -> str:
    return re.sub(r"req_[0-9a-f]+", "", text)
