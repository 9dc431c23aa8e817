"""Statements about bookings."""

from collections.abc import Iterable, Sequence
from typing import get_args

import msgspec

from api.core.restriction import of_unit
from api.edge.paging import Place
from api.stays.bookings.views import Status
from propflow import guards
from propflow.bindings.d1 import Statement, Value, sql
from propflow.json_text import json_text
from propflow.parts import json_lists

STATUSES: tuple[Status, ...] = get_args(Status)
BY_ID, BY_UPDATE, BY_ARRIVAL = "id", "updated_at, id", "check_in, id"
COLUMNS = """id, unit_id, occupancy_id, status, check_in, check_out, guests, guest_name, guest_email, guest_phone,
total_amount, currency, lines, source, quote_id, cancel_reason, notes, guest_list, group_id, cancellation_policy,
refund_amount, version, created_at, updated_at, sale, reference, invoiced_elsewhere, later_parts"""
GET = f"SELECT {COLUMNS} FROM bookings WHERE tenant_id = ?1 AND id = ?2 AND {of_unit('bookings', '?3')}"
_OF_PROPERTY = """(
  SELECT p.{name} FROM units AS u JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
  WHERE u.tenant_id = bookings.tenant_id AND u.id = bookings.unit_id) AS {name}"""
ZONED = ", ".join([COLUMNS, *(_OF_PROPERTY.format(name=name) for name in ("time_zone", "check_in_days_before"))])
GET_WITH_ZONE = GET.replace(COLUMNS, ZONED)
# References are the tenant's, so those of bookings that the caller does not see are found as well.
REFERENCED = f"""
SELECT id, unit_id, occupancy_id, status, check_in, check_out, guests, guest_name, guest_email, guest_phone,
  total_amount, currency, source, notes, cancellation_policy, reference, imported_nights, later_parts, version,
  {of_unit("bookings", "?3")} AS seen
FROM bookings INDEXED BY bookings_by_reference
WHERE tenant_id = ?1 AND reference IN (SELECT value FROM json_each(?2))"""
INSERT = """
INSERT INTO bookings (tenant_id, id, unit_id, occupancy_id, status, check_in, check_out, guests, guest_name,
                      guest_email, guest_phone, total_amount, currency, lines, source, quote_id, notes,
                      cancellation_policy, created_at, updated_at, sale)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?19, ?20)"""

# What no change touches is not named: its indexes need not be written again.
SET_STATUS = """
UPDATE bookings SET status = ?4, cancel_reason = ?5, refund_amount = ?6, version = version + 1, updated_at = ?7
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""
MOVE = """
UPDATE bookings SET unit_id = ?4, check_in = ?5, check_out = ?6, total_amount = ?7, currency = ?8, lines = ?9,
  quote_id = ?10, sale = ?11, version = version + 1, updated_at = ?12
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""
# Behind MOVE and its guard.
SET_PARTS = "UPDATE bookings SET occupancy_id = ?3, later_parts = ?4 WHERE tenant_id = ?1 AND id = ?2"
EDIT = """
UPDATE bookings SET guests = ?4, guest_name = ?5, guest_email = ?6, guest_phone = ?7, notes = ?8, guest_list = ?9,
  total_amount = ?10, currency = ?11, lines = ?12, quote_id = ?13, sale = ?14, refund_amount = ?15,
  version = version + 1, updated_at = ?16
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""

INSERT_ALL = """
INSERT INTO bookings (tenant_id, id, unit_id, occupancy_id, status, check_in, check_out, guests, guest_name,
                      guest_email, guest_phone, total_amount, currency, lines, source, quote_id, notes, group_id,
                      cancellation_policy, created_at, updated_at, sale, reference, invoiced_elsewhere,
                      imported_nights)
SELECT ?1, value ->> 'id', value ->> 'unit_id', value ->> 'occupancy_id', value ->> 'status', value ->> 'check_in',
  value ->> 'check_out', value ->> 'guests', value ->> 'guest_name', value ->> 'guest_email', value ->> 'guest_phone',
  value ->> 'total_amount', value ->> 'currency', value ->> 'lines', value ->> 'source', value ->> 'quote_id',
  value ->> 'notes', value ->> 'group_id', value ->> 'cancellation_policy', value ->> 'created_at',
  value ->> 'updated_at', value ->> 'sale', value ->> 'reference', value ->> 'invoiced_elsewhere',
  value ->> 'imported_nights'
FROM json_each(?2)"""
INSERT_GROUP = "INSERT INTO booking_groups (tenant_id, id, name, created_at) VALUES (?1, ?2, ?3, ?4)"
# A group is there for who sees all of it.
GET_GROUP = f"""
SELECT id, name, created_at FROM booking_groups AS g WHERE tenant_id = ?1 AND id = ?2 AND NOT EXISTS (
  SELECT 1 FROM bookings WHERE tenant_id = ?1 AND group_id = ?2 AND NOT {of_unit("bookings", "?3")})"""
OF_GROUP = f"""
SELECT {ZONED}
FROM bookings INDEXED BY bookings_by_group WHERE tenant_id = ?1 AND group_id = ?2 ORDER BY id"""


class StayRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of a file may say of a booking, and where it is. `cancellation_policy`, `imported_nights` and
    `later_parts` are JSON; `imported_nights` is there where it is written or asked for."""

    id: str
    unit_id: str
    occupancy_id: str
    status: str
    check_in: str
    check_out: str
    guests: int
    guest_name: str
    guest_email: str | None
    guest_phone: str | None
    total_amount: int
    currency: str
    source: str = "direct"
    notes: str | None = None
    cancellation_policy: str | None = None
    reference: str | None = None
    imported_nights: str | None = None
    later_parts: str = "[]"
    version: int = 1


class BookingRow(StayRow, frozen=True, kw_only=True):
    """A row; `lines`, `sale`, `guest_list` and `invoiced_elsewhere` are JSON, too. `time_zone` and
    `check_in_days_before` are its property's and there where they are asked for."""

    lines: str
    created_at: int
    updated_at: int
    sale: str | None = None
    quote_id: str | None = None
    cancel_reason: str | None = None
    guest_list: str = "[]"
    group_id: str | None = None
    refund_amount: int | None = None
    invoiced_elsewhere: str | None = None
    time_zone: str = "UTC"
    check_in_days_before: int = 0


class KnownRow(StayRow, frozen=True, kw_only=True):
    """A booking that was imported, and whether the caller sees its unit."""

    seen: bool


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """What bookings that were made together have in common."""

    id: str
    name: str | None
    created_at: int


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list may be narrowed by."""

    statuses: tuple[str, ...] = ()
    unit_id: str | None = None
    check_in_from: str | None = None
    updated_since: int | None = None

    @property
    def order(self) -> str:
        """In which the list comes: of several filters the one that says what is new decides."""
        if self.updated_since is not None:
            return BY_UPDATE
        return BY_ARRIVAL if self.statuses or self.check_in_from is not None else BY_ID

    @property
    def first(self) -> int | str | None:
        """The key with which the list begins."""
        return {BY_ID: None, BY_UPDATE: self.updated_since, BY_ARRIVAL: self.check_in_from or ""}[self.order]

    def place_of(self, row: BookingRow) -> Place:
        """Where the page begins that comes after this row."""
        return Place(row.id, {BY_ID: None, BY_UPDATE: row.updated_at, BY_ARRIVAL: row.check_in}[self.order])


def get(tenant_id: str, properties: str | None, booking_id: str) -> Statement:
    """One booking of a unit that the caller sees, as `BookingRow`."""
    return sql(GET, tenant_id, booking_id, properties)


def get_with_zone(tenant_id: str, properties: str | None, booking_id: str) -> Statement:
    """The same with what its property says of the local day."""
    return sql(GET_WITH_ZONE, tenant_id, booking_id, properties)


def insert(tenant_id: str, row: BookingRow) -> Statement:
    """A new booking."""
    return sql(
        INSERT, tenant_id, row.id, row.unit_id, row.occupancy_id, row.status, row.check_in, row.check_out, row.guests,
        row.guest_name, row.guest_email, row.guest_phone, row.total_amount, row.currency, row.lines, row.source,
        row.quote_id, row.notes, row.cancellation_policy, row.created_at, row.sale,
    )  # fmt: skip


def referenced(tenant_id: str, properties: str | None, references: Sequence[str]) -> Statement:
    """The tenant's bookings with these references, as `KnownRow`."""
    return sql(REFERENCED, tenant_id, json_text(references), properties)


def insert_all(tenant_id: str, rows: Iterable[BookingRow]) -> list[Statement]:
    """Many new bookings; their occupancies and their group go before.

    Refused as `unique:bookings` when another one of the tenant has the reference.
    """
    return [sql(INSERT_ALL, tenant_id, text) for text, _ in json_lists(rows)]


def insert_group(tenant_id: str, row: GroupRow) -> Statement:
    """A new group, without its bookings."""
    return sql(INSERT_GROUP, tenant_id, row.id, row.name, row.created_at)


def get_group(tenant_id: str, properties: str | None, group_id: str) -> list[Statement]:
    """Read a `GroupRow` of which the caller sees every booking, and its bookings as `BookingRow` with time zones."""
    return [sql(GET_GROUP, tenant_id, group_id, properties), sql(OF_GROUP, tenant_id, group_id)]


def set_status(tenant_id: str, before: BookingRow, after: BookingRow) -> Statement:
    """Change the status of exactly the version that was read; put a guard behind it, as behind those that follow."""
    return sql(
        SET_STATUS, tenant_id, before.id, before.version, after.status, after.cancel_reason, after.refund_amount,
        after.updated_at,
    )  # fmt: skip


def move(tenant_id: str, before: BookingRow, after: BookingRow) -> list[Statement]:
    """Other nights, other units, another price; fails as `guard_failed` when it is not the version that was read."""
    moved = sql(
        MOVE, tenant_id, before.id, before.version, after.unit_id, after.check_in, after.check_out,
        after.total_amount, after.currency, after.lines, after.quote_id, after.sale, after.updated_at,
    )  # fmt: skip
    if (before.occupancy_id, before.later_parts) == (after.occupancy_id, after.later_parts):
        return [moved, guards.changed()]
    parts = sql(SET_PARTS, tenant_id, before.id, after.occupancy_id, after.later_parts)
    return [moved, guards.changed(), parts]


def edit(tenant_id: str, before: BookingRow, after: BookingRow) -> Statement:
    """Other guests and notes, and the price that follows the guests."""
    return sql(
        EDIT, tenant_id, before.id, before.version, after.guests, after.guest_name, after.guest_email,
        after.guest_phone, after.notes, after.guest_list, after.total_amount, after.currency, after.lines,
        after.quote_id, after.sale, after.refund_amount, after.updated_at,
    )  # fmt: skip


def list_after(tenant_id: str, properties: str | None, filters: Filters, place: Place, limit: int) -> Statement:
    """Bookings of the units that the caller sees, in the order of the filters, as `BookingRow`."""
    params: list[Value] = [tenant_id, place.id, properties, limit]

    def bound(value: Value) -> str:
        params.append(value)
        return f"?{len(params)}"

    after = "id > ?2" if place.key is None else f"({filters.order}) > ({bound(place.key)}, ?2)"
    conditions = ["tenant_id = ?1", after, of_unit("bookings", "?3")]
    if filters.check_in_from is not None and filters.order == BY_UPDATE:
        conditions.append(f"check_in >= {bound(filters.check_in_from)}")
    unit = None if filters.unit_id is None else bound(filters.unit_id)
    found = _found(" AND ".join(conditions), filters.order, unit, [bound(one) for one in filters.statuses])
    return sql(f"{found} ORDER BY {filters.order} LIMIT ?4", *params)


def _found(conditions: str, order: str, unit: str | None, statuses: list[str]) -> str:
    """Left to itself SQLite walks all of the tenant's bookings because they come in the order that is asked for."""
    one_of = f"{conditions} AND status IN ({', '.join(statuses)})" if statuses else conditions
    if unit is not None:
        return f"""
SELECT {COLUMNS} FROM bookings INDEXED BY bookings_by_unit WHERE {one_of} AND unit_id = {unit}
UNION ALL SELECT {COLUMNS} FROM bookings INDEXED BY bookings_in_parts
WHERE {one_of} AND unit_id <> {unit} AND later_parts <> '[]'
  AND EXISTS (SELECT 1 FROM json_each(later_parts) WHERE value ->> 'unit_id' = {unit})"""
    if order == BY_UPDATE:
        return f"SELECT {COLUMNS} FROM bookings INDEXED BY bookings_by_update WHERE {one_of}"
    if order == BY_ID:
        return f"SELECT {COLUMNS} FROM bookings WHERE {conditions}"
    by_status = f"SELECT {COLUMNS} FROM bookings INDEXED BY bookings_by_status WHERE {conditions} AND status ="
    if len(statuses) == 1:
        return f"{by_status} {statuses[0]}"
    # Of each status as many as the page holds: of all at once, SQLite would read and sort every booking of them.
    each = statuses or [f"'{one}'" for one in STATUSES]
    limited = [f"SELECT * FROM ({by_status} {one} ORDER BY {order} LIMIT ?4)" for one in each]
    halves = (" UNION ALL ".join(half) for half in (limited[::2], limited[1::2]))  # D1 takes five in one, not six
    return " UNION ALL ".join(f"SELECT * FROM ({half})" for half in halves)
