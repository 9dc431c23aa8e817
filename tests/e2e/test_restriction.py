"""Who is restricted to some properties: everything outside of them is answered like what never was."""

import hashlib
import re
import secrets
from typing import Any

import httpx
import pytest
from support.client import Api
from support.joining import join
from support.people import Manager, fresh_guest, ok
from support.settling import settle
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.world import new_id
from support.tenancy import put_on_plan
from support.verbs import Json, money

FILE = {"file_name": "F", "content_type": "image/png", "size": 9}
STAY = ("2027-03-01", "2027-03-03")


class House:
    """A property of the owner's with one thing of every kind in it."""

    def __init__(self, suite: Suite, standin: StandIn, owner: Manager, home: str) -> None:
        api = owner.api
        self.home = home
        self.unit = str(ok(api.create_unit(home, f"Unit {secrets.token_hex(3)}", 4, money(10_000)))["id"])
        self.quote = str(ok(api.quote(self.unit, *STAY))["id"])
        self.hold = str(ok(api.hold(self.unit, "2027-04-01", "2027-04-03", ttl_seconds=1800))["id"])
        self.booking = str(ok(api.book(self.unit, *STAY, guest=fresh_guest(), status="pending"))["id"])
        grouped = {"unit_id": self.unit, "check_in": "2027-12-01", "check_out": "2027-12-03", "guest": {"name": "G"}}
        self.group = str(ok(api.post("/v1/booking_groups", {"bookings": [grouped]}))["id"])
        self.feed = str(ok(api.create_feed(self.unit, standin.put_airbnb(f"house-{self.unit}")))["id"])
        self.block = str(ok(api.block(self.unit, "2027-10-01", "2027-10-03"))["id"])
        self.lease = str(ok(api.create_lease(self.unit, "2028-01-01", "2028-07-01"))["id"])
        self.media = str(ok(api.post("/v1/media", {"property_id": home, "kind": "photo", **FILE}))["id"])
        papers = {"property": home, "unit": self.unit, "booking": self.booking, "lease": self.lease}
        for name, value in papers.items():
            made = ok(api.post("/v1/documents", {f"{name}_id": value, "kind": "other", **FILE}))
            setattr(self, f"document_{name}", str(made["id"]))
        self.export = str(ok(api.create_export(self.unit))["url"])
        self.conflict = new_id("con")
        suite.d1(
            "INSERT INTO conflicts (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?2, '2027-05-01', '2027-05-03', 1)",
            owner.tenant["id"], self.conflict, self.unit, self.feed,
        )  # fmt: skip

    @property
    def ids(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if name != "export"}


@pytest.fixture
def owner(suite: Suite, alice: Manager) -> Manager:
    """Alice, with room for others."""
    put_on_plan(suite, alice.tenant["id"])
    return alice


@pytest.fixture
def seen(suite: Suite, standin: StandIn, owner: Manager) -> House:
    """What Carol is restricted to."""
    return House(suite, standin, owner, owner.property_id)


@pytest.fixture
def hidden(suite: Suite, standin: StandIn, owner: Manager) -> House:
    """What she is not to know of, when everything about it is done."""
    house = House(suite, standin, owner, str(ok(owner.api.create_property("Hidden House"))["id"]))
    settle(suite, owner.tenant["id"])
    return house


@pytest.fixture
def carol(owner: Manager, standin: StandIn, seen: House, hidden: House) -> Manager:
    """A manager of one property."""
    return join(owner, standin, "manager", [seen.home])


def calls(of: dict[str, str], own: House) -> list[tuple[str, str, Any]]:
    """Every route that takes an id of inventory, with `of` in each place."""
    stay = {"check_in": "2027-09-01", "check_out": "2027-09-03"}
    guest, renter = {"guest": {"name": "G"}}, {"renter": {"name": "R"}}
    unit = {"name": "U", "max_guests": 2, "nightly_rate": money(1)}
    held = {"check_in": "2027-04-01", "check_out": "2027-04-03"}
    quoted = {"check_in": STAY[0], "check_out": STAY[1], "guests": 2}
    return [
        ("GET", f"/v1/properties/{of['home']}", None),
        ("POST", "/v1/units", {**unit, "property_id": of["home"]}),
        ("GET", f"/v1/units/{of['unit']}", None),
        ("PATCH", f"/v1/units/{of['unit']}", {"tags": ["lake"]}),
        ("POST", f"/v1/units/{of['unit']}/archive", {}),
        ("POST", f"/v1/units/{of['unit']}/reactivate", {}),
        ("POST", f"/v1/units/{of['unit']}/parts", {"unit_ids": []}),
        ("PATCH", f"/v1/properties/{of['home']}", {"tags": ["lake"]}),
        ("POST", f"/v1/properties/{of['home']}/archive", {}),
        ("POST", f"/v1/properties/{of['home']}/reactivate", {}),
        ("GET", f"/v1/units/{of['unit']}/exports", None),
        ("POST", f"/v1/units/{of['unit']}/exports", {}),
        ("POST", "/v1/quotes", {**stay, "unit_id": of["unit"], "guests": 2}),
        ("POST", "/v1/holds", {**stay, "unit_id": of["unit"]}),
        ("POST", "/v1/bookings", {**stay, **guest, "unit_id": of["unit"]}),
        ("POST", "/v1/bookings", {**held, **guest, "unit_id": of["unit"], "hold_id": of["hold"]}),
        ("POST", "/v1/bookings", {**quoted, **guest, "unit_id": own.unit, "quote_id": of["quote"]}),
        ("POST", "/v1/bookings", {**held, **guest, "unit_id": own.unit, "hold_id": of["hold"]}),
        ("GET", f"/v1/bookings/{of['booking']}", None),
        ("POST", f"/v1/bookings/{of['booking']}/confirm", {}),
        ("PATCH", f"/v1/bookings/{of['booking']}", {"notes": "N"}),
        ("POST", f"/v1/bookings/{of['booking']}/check_in", {}),
        ("POST", f"/v1/bookings/{of['booking']}/check_out", {}),
        ("POST", f"/v1/bookings/{of['booking']}/no_show", {}),
        ("POST", f"/v1/bookings/{of['booking']}/reinstate", {}),
        ("POST", f"/v1/bookings/{of['booking']}/move", {"check_out": "2027-03-04"}),
        ("POST", f"/v1/bookings/{own.booking}/move", {"unit_id": of["unit"]}),
        ("POST", "/v1/bookings/swap", {"booking_id": own.booking, "other_booking_id": of["booking"]}),
        ("POST", "/v1/bookings/swap", {"booking_id": of["booking"], "other_booking_id": own.booking}),
        ("POST", f"/v1/bookings/{of['booking']}/cancel", {}),
        ("POST", "/v1/booking_groups", {"bookings": [{**stay, **guest, "unit_id": of["unit"]}]}),
        ("GET", f"/v1/booking_groups/{of['group']}", None),
        ("POST", f"/v1/booking_groups/{of['group']}/cancel", {}),
        ("POST", "/v1/holds", {**quoted, "unit_id": own.unit, "quote_id": of["quote"]}),
        ("DELETE", f"/v1/holds/{of['hold']}", None),
        ("POST", "/v1/blocks", {"unit_id": of["unit"], "start": "2027-11-01", "end": "2027-11-03", "kind": "owner"}),
        ("GET", f"/v1/blocks/{of['block']}", None),
        ("PATCH", f"/v1/blocks/{of['block']}", {"end": "2027-10-04"}),
        ("DELETE", f"/v1/blocks/{of['block']}?series=true", None),
        ("POST", "/v1/leases", {"unit_id": of["unit"], "start": "2029-01-01", "rent": money(1), **renter}),
        ("GET", f"/v1/leases/{of['lease']}", None),
        ("GET", f"/v1/leases/{of['lease']}/schedule", None),
        ("PATCH", f"/v1/leases/{of['lease']}", {"due_day": 1}),
        ("POST", f"/v1/leases/{of['lease']}/activate", {}),
        ("POST", f"/v1/leases/{of['lease']}/renew", {"end": "2028-08-01"}),
        ("POST", f"/v1/leases/{of['lease']}/terminate", {"date": "2028-06-01"}),
        ("POST", f"/v1/leases/{of['lease']}/cancel", {}),
        ("POST", "/v1/media", {"unit_id": of["unit"], "kind": "photo", **FILE}),
        ("POST", "/v1/media", {"property_id": of["home"], "kind": "photo", **FILE}),
        ("GET", f"/v1/media/{of['media']}", None),
        ("PATCH", f"/v1/media/{of['media']}", {"title": "T"}),
        ("DELETE", f"/v1/media/{of['media']}", None),
        ("POST", "/v1/documents", {"property_id": of["home"], "kind": "other", **FILE}),
        ("POST", "/v1/documents", {"unit_id": of["unit"], "kind": "other", **FILE}),
        ("POST", "/v1/documents", {"booking_id": of["booking"], "kind": "other", **FILE}),
        ("POST", "/v1/documents", {"lease_id": of["lease"], "kind": "other", **FILE}),
        *[(method, f"/v1/documents/{of[name]}", body) for name in of if name.startswith("document_")
          for method, body in (("GET", None), ("PATCH", {"title": "T"}), ("DELETE", None))],
        ("POST", "/v1/feeds", {"unit_id": of["unit"], "url": "https://example.com/a.ics"}),
        ("GET", f"/v1/feeds/{of['feed']}", None),
        ("GET", f"/v1/feeds/{of['feed']}/runs", None),
        ("POST", f"/v1/feeds/{of['feed']}/sync", {}),
    ]  # fmt: skip


def lists(house: House) -> list[str]:
    nights = "check_in=2029-01-01&check_out=2029-01-02"
    return [
        "/v1/properties", "/v1/units", f"/v1/units?property_id={house.home}", "/v1/bookings",
        f"/v1/bookings?unit_id={house.unit}", "/v1/bookings?updated_since=2020-01-01T00:00:00Z",
        "/v1/bookings?status=pending&check_in[gte]=2027-01-01", "/v1/feeds", f"/v1/feeds?unit_id={house.unit}",
        "/v1/conflicts", f"/v1/conflicts?unit_id={house.unit}", f"/v1/availability?{nights}",
        f"/v1/availability?{nights}&property_id={house.home}", "/v1/members", "/v1/invitations", "/v1/blocks",
        f"/v1/blocks?unit_id={house.unit}", "/v1/media", f"/v1/media?property_id={house.home}", "/v1/documents",
        f"/v1/documents?property_id={house.home}", f"/v1/documents?unit_id={house.unit}",
        f"/v1/documents?booking_id={house.booking}", f"/v1/documents?lease_id={house.lease}",
        "/v1/leases", f"/v1/leases?unit_id={house.unit}",
    ]  # fmt: skip


def masked(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r"req_[0-9a-f]+", "", answer.text)


def rows(suite: Suite, unit: str) -> list[Any]:
    tables = ("quotes", "occupancies", "bookings", "blocks", "leases", "feeds", "calendar_exports")
    return suite.d1_batch([(f"SELECT * FROM {table} WHERE unit_id = ? ORDER BY 1, 2", (unit,)) for table in tables])


def test_what_lies_outside_is_answered_like_what_never_was(
    suite: Suite, seen: House, hidden: House, carol: Manager
) -> None:
    never = {name: f"{value.partition('_')[0]}_{'0' * 26}" for name, value in hidden.ids.items()}
    before, cells = rows(suite, hidden.unit), 0
    for (method, path, body), (_, other, random) in zip(calls(hidden.ids, seen), calls(never, seen), strict=True):
        outside, unknown = carol.api.request(method, path, json=body), carol.api.request(method, other, json=random)
        assert outside.status_code == 404, (method, path, outside.text)
        assert masked(outside) == masked(unknown), (method, path)
        cells += 1
    assert rows(suite, hidden.unit) == before
    print(f"restriction: {cells} calls with an id from outside, leaks 0")


def test_what_lies_inside_works_as_for_everybody(seen: House, hidden: House, carol: Manager) -> None:
    for method, path, body in calls(seen.ids, seen):
        answer = carol.api.request(method, path, json=body)
        # Some take the same nights, or an example address that nobody answers at: what counts is that it is there.
        assert answer.status_code in (200, 201, 202, 204, 409, 422, 428), (method, path, answer.text)


def test_lists_show_the_one_and_nothing_of_the_other(
    owner: Manager, seen: House, hidden: House, carol: Manager
) -> None:
    ok(owner.api.invite(f"{secrets.token_hex(6)}@example.net", property_ids=[hidden.home, seen.home]))
    shown = set()
    for path in lists(hidden) + lists(seen):
        answer = carol.api.request("GET", path)
        assert answer.status_code == 200, answer.text
        assert not any(known in answer.text for known in hidden.ids.values()), path
        assert "Hidden House" not in answer.text
        shown |= {name for name, value in seen.ids.items() if value in answer.text}
        whole = owner.api.request("GET", path)
        assert whole.status_code == 200
    assert shown == {"home", "unit", "booking", "feed", "conflict", "block", "lease", "group", "media",
                     "document_property", "document_unit", "document_booking", "document_lease"}  # fmt: skip
    everything = "".join(owner.api.request("GET", path).text for path in lists(hidden))
    assert all(hidden.ids[name] in everything for name in shown)


def test_pages_are_full_although_something_between_is_hidden(
    suite: Suite, owner: Manager, seen: House, hidden: House, carol: Manager
) -> None:
    mine = [seen.unit]
    for number in range(4):
        ok(owner.api.create_unit(hidden.home, f"H{number}", 2, money(1)))
        mine.append(ok(owner.api.create_unit(seen.home, f"S{number}", 2, money(1)))["id"])
    found: list[str] = []
    after = None
    while True:
        page = ok(carol.api.get("/v1/units", limit=2, after=after), 200)
        found += [one["id"] for one in page["data"]]
        after = page["next_cursor"]
        if after is None:
            break
        assert len(page["data"]) == 2
    assert found == mine


def test_a_restricted_manager_makes_no_property(carol: Manager) -> None:
    refused = carol.api.create_property("Another")
    assert (refused.status_code, refused.json()["code"]) == (403, "restricted_to_properties")


def test_a_restricted_member_looks_at_the_same(owner: Manager, standin: StandIn, seen: House, hidden: House) -> None:
    dora = join(owner, standin, "member", [seen.home], "Dora")
    assert ok(dora.api.get_booking(seen.booking), 200)["id"] == seen.booking
    assert dora.api.get_booking(hidden.booking).status_code == 404
    assert [one["id"] for one in ok(dora.api.get("/v1/properties"), 200)["data"]] == [seen.home]


def restrict(owner: Manager, person: Manager, property_ids: list[str] | None) -> Api:
    """Restrict somebody, who signs in again."""
    user_id = person.user["id"]
    etag = owner.api.member(user_id).headers["etag"]
    ok(owner.api.change_member(user_id, etag, property_ids=property_ids), 200)
    assert person.api.me().status_code == 401
    again = ok(person.api.with_token(None).login(person.email, person.password), 200)
    return person.api.with_token(again["session"]["token"])


def test_an_answer_from_before_the_restriction_is_replayed_for_what_is_still_seen(
    suite: Suite, owner: Manager, standin: StandIn, seen: House, hidden: House
) -> None:
    erin = join(owner, standin, "manager", name="Erin")
    night: Json = {"check_in": "2027-07-01", "check_out": "2027-07-03"}
    inside = ok(erin.api.book(seen.unit, **night, key="inside"))
    outside = ok(erin.api.book(hidden.unit, **night, key="outside"))
    cancelled = ok(erin.api.cancel(outside["id"], key="cancel"), 200)
    taken = erin.api.book(seen.unit, **night, key="taken")
    assert taken.status_code == 409
    restricted = restrict(owner, erin, [seen.home])
    replay = restricted.book(seen.unit, **night, key="inside")
    assert (ok(replay), replay.headers["idempotency-replayed"]) == (inside, "true")
    again = restricted.book(seen.unit, **night, key="taken")
    assert (again.status_code, again.text) == (409, taken.text)
    for gone in (restricted.book(hidden.unit, **night, key="outside"), restricted.cancel(outside["id"], key="cancel")):
        assert gone.status_code == 404 and outside["id"] not in gone.text
    other = restricted.book(seen.unit, **night, guests=3, key="inside")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(suite.d1("SELECT id FROM bookings WHERE check_in = '2027-07-01' AND unit_id = ?", seen.unit)) == 1
    unrestricted = restrict(owner, Manager(**vars(erin) | {"api": restricted}), None)
    assert ok(unrestricted.cancel(outside["id"], key="cancel"), 200) == cancelled


def test_what_was_done_since_the_restriction_is_replayed_as_ever(carol: Manager, seen: House) -> None:
    first = ok(carol.api.book(seen.unit, "2027-08-01", "2027-08-03", status="pending"))
    ok(carol.api.confirm(first["id"], key="c"), 200)
    ok(carol.api.cancel(first["id"]), 200)
    again = carol.api.confirm(first["id"], key="c")
    assert (ok(again, 200)["status"], again.headers["idempotency-replayed"]) == ("confirmed", "true")


def searched(person: Manager, **headers: str) -> httpx.Response:
    path = "/v1/availability?check_in=2029-01-01&check_out=2029-01-03"
    return person.api.request("GET", path, headers=headers)


def test_a_search_tells_by_nothing_what_happens_outside(
    owner: Manager, seen: House, hidden: House, carol: Manager
) -> None:
    first = searched(carol)
    tag = first.headers["etag"]
    assert [one["unit_id"] for one in ok(first, 200)["data"]] == [seen.unit]
    ok(owner.api.hold(hidden.unit, "2029-01-01", "2029-01-03", ttl_seconds=60))
    ok(owner.api.create_unit(hidden.home, "Another", 4, money(10_000)))
    again = searched(carol)
    assert (again.text, again.headers["etag"]) == (first.text, tag)
    assert searched(carol, **{"If-None-Match": tag}).status_code == 304
    assert set(again.headers) - {"date"} == set(first.headers) - {"date"} and "propflow-cost" not in again.headers
    ok(owner.api.hold(seen.unit, "2029-01-01", "2029-01-03"))
    assert ok(searched(carol, **{"If-None-Match": tag}), 200)["data"] == []
    last = int(ok(owner.api.get("/v1/events", limit=100), 200)["data"][-1]["position"])
    assert re.fullmatch(r'"[0-9a-f]{32}"', searched(owner).headers["etag"])
    for number in range(last + 5):  # nor can a tag be made up that would be confirmed
        guessed = f'"{hashlib.sha256(str(number).encode()).hexdigest()[:32]}", "{number}"'
        assert searched(carol, **{"If-None-Match": guessed}).status_code == 200


def test_usage_is_for_who_sees_all_properties(suite: Suite, owner: Manager, seen: House, carol: Manager) -> None:
    refused = carol.api.get("/v1/usage")
    assert (refused.status_code, refused.json()["code"]) == (403, "restricted_to_properties")
    assert ok(owner.api.get("/v1/usage"), 200)["limits"]["units"]["used"] == 2
    put_on_plan(suite, owner.tenant["id"], "free")
    more = "UPDATE usage_counters SET used = 103 WHERE tenant_id = ? AND meter = 'units'"
    suite.d1(more, owner.tenant["id"])  # of a larger plan that was theirs before
    suite.d1("UPDATE usage_counters SET used = 999999 WHERE tenant_id = ? AND meter = 'files'", owner.tenant["id"])
    full, whole = (one.api.create_unit(seen.home, "Too many", 2, money(1)) for one in (carol, owner))
    assert (full.status_code, full.json()["usage"], full.json()["limit"]) == (402, 100, 100)
    assert (whole.status_code, whole.json()["usage"], whole.json()["limit"]) == (402, 103, 100)
    photo = {"property_id": seen.home, "kind": "photo", **FILE}
    full, whole = (one.api.post("/v1/media", photo) for one in (carol, owner))
    assert (full.status_code, full.json()["usage"]) == (402, full.json()["limit"])
    assert (whole.status_code, whole.json()["usage"]) == (402, 999_999)
