"""Which units are free: two rows read per unit and one for each result without rates, however long the history."""

from collections.abc import Iterator

import msgspec

from api.core.restriction import of_property
from api.inventory.units.repository import COLUMNS, JOIN, JOIN_BY_PROPERTY
from api.stays.rates.repository import AROUND, EARLIER, LATER, PREPARATION, RULES, SEASONS_IF_ANY
from propflow.bindings.d1 import Statement, Value, sql

# Live rows of a unit are disjoint, so only the last that starts before check-out can reach past check-in.
# A hold past its expiry is no longer in the way, although nobody has closed it yet.
LAST_BEFORE = """
SELECT o.end_date FROM occupancies AS o
WHERE o.unit_id = {unit} AND o.live = 1 AND o.start_date < {end} AND (o.expires_at IS NULL OR o.expires_at > ?4)
ORDER BY o.start_date DESC LIMIT 1"""
LAST_BEFORE_STAY = LAST_BEFORE.format(unit="u.id", end="?3")
# With the days before and after that a unit keeps to be prepared.
LAST_BEFORE_PREPARATION = LAST_BEFORE.format(unit="u.id", end=LATER.format(end="?3"))
# Of a unit that consists of others each of them must be free.
LAST_BEFORE_OF_PART = LAST_BEFORE.format(unit="n.part_id", end=LATER.format(end="?3"))

# What the ledger alone decides comes first: of a taken unit nothing else is read.
VISIBLE = of_property("u.property_id", "?8")
SEARCH = f"""
SELECT {COLUMNS}, k.rules, {SEASONS_IF_ANY.format(start="?2", end="?3")},
  {AROUND.format(start="?2", end="?3", own="'[]'")}
FROM {{units}} {RULES}
WHERE u.tenant_id = ?1 AND u.id > ?6 AND u.status = 'active' AND u.max_guests >= ?5 AND {VISIBLE}{{narrowed}}
  AND COALESCE(({LAST_BEFORE_STAY}) <= ?2, 1)
  AND ({PREPARATION} = 0 OR COALESCE(({LAST_BEFORE_PREPARATION}) <= {EARLIER.format(start="?2")}, 1))
  AND NOT EXISTS (SELECT 1 FROM unit_parts AS n WHERE n.tenant_id = u.tenant_id AND n.combined_id = u.id
    AND ({LAST_BEFORE_OF_PART}) > {EARLIER.format(start="?2")})
ORDER BY u.id LIMIT ?7"""

# Each change of what is free, and of its price, is an event: the last one's position is the version of all calendars.
CALENDAR = """
SELECT COALESCE((SELECT MAX(position) FROM events WHERE tenant_id = ?1), 0) AS version,
  (SELECT MIN(expires_at) FROM occupancies INDEXED BY occupancies_next_expiry
   WHERE tenant_id = ?1 AND live = 1 AND kind = 'hold' AND expires_at > ?2) AS next_expiry"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a free unit must be. Amounts are in minor units of `currency`; those of a night are the total's average."""

    check_in: str
    check_out: str
    guests: int
    property_id: str | None = None
    amenities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    currency: str | None = None
    total_from: int | None = None
    total_to: int | None = None
    nightly_from: int | None = None
    nightly_to: int | None = None

    @property
    def priced(self) -> bool:
        """Whether a price decides, which only the rules know."""
        bounds = (self.total_from, self.total_to, self.nightly_from, self.nightly_to)
        return any(bound is not None for bound in bounds)


class Calendar(msgspec.Struct, frozen=True):
    """The version of the tenant's calendars, and when the next hold runs out (ms)."""

    version: int
    next_expiry: int | None


def calendar(tenant_id: str, now: int) -> Statement:
    """What decides whether an earlier answer still holds, as `Calendar`: two rows read at most."""
    return sql(CALENDAR, tenant_id, now)


def search(
    tenant_id: str, properties: str | None, wanted: Wanted, *, now: int, after: str, limit: int
) -> Statement:  # fmt: skip
    """Free units of the properties that the caller sees, by id, as `OfferRow`."""
    params: list[Value] = [
        tenant_id, wanted.check_in, wanted.check_out, now, wanted.guests, after, limit, properties
    ]  # fmt: skip
    narrowed = "".join(f" AND {condition}" for condition in _conditions(wanted, params))
    units = JOIN if wanted.property_id is None else JOIN_BY_PROPERTY
    return sql(SEARCH.format(units=units, narrowed=narrowed), *params)


def _conditions(wanted: Wanted, params: list[Value]) -> Iterator[str]:
    """What narrows the search; the values go to `params`. An amenity stands in its list in quotes, which none has."""

    def bound(value: Value) -> str:
        params.append(value)
        return f"?{len(params)}"

    if wanted.property_id is not None:
        yield f"u.property_id = {bound(wanted.property_id)}"
    for name in wanted.amenities:
        yield "instr(u.amenities, " + bound(f'"{name}"') + ") > 0"
    if wanted.types:
        yield f"u.type IN ({', '.join(bound(one) for one in wanted.types)})"
    if wanted.currency is not None:
        yield f"p.currency = {bound(wanted.currency)}"
