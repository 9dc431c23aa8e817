"""How SQLite finds what the hot statements ask for: by an index, never by walking a tenant's history."""

from typing import Any

import pytest
from support.schema import migrated

from api.core import idempotency
from api.edge.paging import place
from api.inventory.properties import repository as properties
from api.inventory.properties.repository import PropertyRow
from api.inventory.units import repository as units
from api.inventory.units.repository import UnitDetails
from api.occupancies import repository as occupancies
from api.people.api_keys import repository as api_keys
from api.people.api_keys.repository import ApiKeyRow
from api.people.invitations import repository as invitations
from api.people.invitations.repository import InvitationRow, Most
from api.stays.availability import repository as availability
from api.stays.availability.repository import Wanted
from api.stays.bookings import repository as bookings
from api.stays.bookings.repository import Filters
from api.stays.quotes import repository as quotes
from notify.delivery import claims_repository as claims
from notify.delivery import endings_repository as endings
from notify.delivery.models import Way
from notify.letters.guests import repository as guests
from propflow import outbox
from propflow.bindings.d1 import Statement
from propflow.messages import BookingChanged

SCHEMA = migrated("core")
STAY = ("2027-01-01", "2027-01-03")


def search(**narrowed: str) -> Statement:
    wanted = Wanted(check_in=STAY[0], check_out=STAY[1], guests=1, **narrowed)  # type: ignore[arg-type]
    return availability.search("t", None, wanted, now=0, after="", limit=50)


def listed(**filters: Any) -> Statement:
    """Bookings."""
    return bookings.list_after("t", None, (wanted := Filters(**filters)), place(None, "bkg", wanted.first), 50)


def listed_units(**filters: Any) -> Statement:
    return units.list_after(
        "t", None, (wanted := units.Filters(**filters)), place(None, "unit", wanted.updated_since), 50
    )


def listed_properties(**filters: Any) -> Statement:
    return properties.list_after(
        "t", None, (wanted := properties.Filters(**filters)), place(None, "prop", wanted.updated_since), 50
    )


HOUSE = PropertyRow(
    id="p", name="n", time_zone="UTC", currency="EUR", address="{}", charges="[]", version=2, created_at=0, updated_at=0
)
FLAT = UnitDetails(
    id="u", property_id="p", name="n", max_guests=1, nightly_amount=0, version=2, created_at=0, updated_at=0,
    currency="EUR", charges="[]", time_zone="UTC",
)  # fmt: skip


KEY = ApiKeyRow(id="k", name="n", mode="live", scopes="[]", networks=None, hint="", created_by="u", created_at=0)
INVITATION = InvitationRow(
    id="i", email="e", role="member", property_ids=None, token_hash="h", key_id="k", invited_by="u", expires_at=0,
    created_at=0, updated_at=0,
)  # fmt: skip
PENDING = "SEARCH i USING INDEX invitations_pending (tenant_id=?)"

CHANGED = BookingChanged(tenant_id="t", outbox_id="o", booking_id="b", unit_id="u")
BY_SMS = Way(channel="sms", refusal=None, budgets=[])
OF_BOOKING = "USING INDEX deliveries_by_object (tenant_id=? AND object_id=?)"

PLANS = [
    (api_keys.insert("t", KEY, "h", 50), "SEARCH api_keys USING INDEX api_keys_live (tenant_id=? AND <expr>>?)"),
    (api_keys.successors("t", "k"), "api_keys_by_replaced (tenant_id=? AND replaces_id=?)"),
    (api_keys.end("t", "k", 1, 0), "later USING INDEX api_keys_by_replaced (tenant_id=? AND replaces_id=?)"),
    (api_keys.revoke_made_by("t", "u", 0), "api_keys_live (tenant_id=? AND <expr>>?)"),
    (invitations.seats("t", 0), PENDING),
    (invitations.insert("t", INVITATION, Most("i", 1, 1)), PENDING),
    (invitations.resend("t", "i", 1, INVITATION), PENDING),
    (invitations.revoke_by("t", "u", 0), "SEARCH invitations USING INDEX invitations_pending (tenant_id=?)"),
    (occupancies.blocking("t", "u", *STAY, 0), "occupancies_live (unit_id=? AND start_date>? AND start_date<?)"),
    (occupancies.live("t", ["o"]), "SEARCH occupancies USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (occupancies.expire_holds("t", "u", 0), "occupancies_next_expiry (tenant_id=? AND expires_at<?)"),
    (listed(unit_id="u"), "bookings_by_unit (tenant_id=? AND unit_id=?)"),
    (listed(unit_id="u"), "USING INDEX bookings_in_parts (tenant_id=?"),
    (search(property_id="p"), "units_by_property (tenant_id=? AND property_id=?"),
    (search(), "SEARCH o USING INDEX occupancies_live (unit_id=? AND start_date<?)"),
    (search(currency="EUR"), "SEARCH u USING PRIMARY KEY (tenant_id=? AND id>?)"),
    (availability.calendar("t", 0), "occupancies_next_expiry (tenant_id=? AND expires_at>?)"),
    (properties.named("t", None, ["p"], ["r"]), "properties_by_reference (tenant_id=? AND reference=?)"),
    (properties.named("t", None, ["p"], ["r"]), "SEARCH properties USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (properties.change("t", [HOUSE], 0)[0], "SCAN j\nSEARCH properties USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (units.referenced("t", None, [("p", "r")]), "units_by_reference (tenant_id=? AND property_id=? AND reference=?)"),
    (units.change("t", [FLAT], 0)[0], "SCAN j\nSEARCH units USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (idempotency.expire(0, 10), "idempotency_keys_by_age (created_at<?)"),
    (quotes.expire(0, 10), "quotes_by_expiry (expires_at<?)"),
    (Statement(guests.BOOKING, ("t", "b")), "SEARCH v USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (guests.later(CHANGED), f"SEARCH d {OF_BOOKING}"),
    (guests.later(CHANGED), "SEARCH o USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (endings.finish(CHANGED, [], 0)[0], "SEARCH deliveries USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (endings.finish(CHANGED, [], 0)[0], "SEARCH outbox USING PRIMARY KEY (tenant_id=? AND id=?)"),
    (claims.claim(CHANGED, "booking_changed", 1, [BY_SMS], 0)[1], "SEARCH deliveries USING PRIMARY KEY"),
    (claims.claim(CHANGED, "booking_changed", 1, [BY_SMS], 0)[2], f"SEARCH deliveries {OF_BOOKING}"),
    (claims.spent(CHANGED, "booking_changed", BY_SMS, 0)[2], f"SEARCH deliveries {OF_BOOKING}"),
    (Statement(outbox.DUE, (0, 10)), "outbox_waiting (tenant_id=? AND next_attempt_at<?)"),
]


ORDERED = [
    (listed(), "bookings USING PRIMARY KEY (tenant_id=? AND id>?)"),
    (listed(updated_since=1), "bookings_by_update (tenant_id=? AND (updated_at,id)>(?,?))"),
    (listed(updated_since=1, check_in_from="2027-01-01", statuses=("pending",)), "bookings_by_update (tenant_id=?"),
    (listed(statuses=("pending",)), "bookings_by_status (tenant_id=? AND status=? AND (check_in,id)>(?,?))"),
    (listed_units(), "u USING PRIMARY KEY (tenant_id=? AND id>?)"),
    (listed_units(updated_since=1), "units_by_update (tenant_id=? AND (updated_at,id)>(?,?))"),
    (listed_units(status="archived"), "units_by_status (tenant_id=? AND status=? AND id>?)"),
    (listed_units(status="active"), "u USING PRIMARY KEY (tenant_id=? AND id>?)"),
    (listed_units(property_id="p"), "units_by_property (tenant_id=? AND property_id=? AND id>?)"),
    (listed_properties(), "properties USING PRIMARY KEY (tenant_id=? AND id>?)"),
    (listed_properties(updated_since=1), "properties_by_update (tenant_id=? AND (updated_at,id)>(?,?))"),
]


def plan_of(statement: Statement) -> str:
    rows = SCHEMA.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params).fetchall()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(("statement", "step"), ORDERED, ids=[step for _, step in ORDERED])
def test_a_list_comes_in_the_order_of_its_index(statement: Statement, step: str) -> None:
    plan = plan_of(statement)
    assert step in plan, plan
    assert "TEMP B-TREE" not in plan, f"it is sorted, so a page costs the whole list:\n{plan}"


def test_bookings_of_several_statuses_are_read_status_by_status() -> None:
    for filters, statuses in (({"statuses": ("pending", "cancelled")}, 2), ({"check_in_from": "2027-01-01"}, 6)):
        plan = plan_of(listed(**filters))
        assert plan.count("bookings_by_status (tenant_id=? AND status=? AND (check_in,id)>(?,?))") == statuses, plan


@pytest.mark.parametrize(("statement", "step"), PLANS, ids=[step for _, step in PLANS])
def test_a_hot_statement_uses_its_index(statement: Statement, step: str) -> None:
    plan = plan_of(statement)
    assert step in plan, plan
    assert "SCAN bookings" not in plan and "SCAN occupancies" not in plan and "SCAN idempotency_keys\n" not in plan
