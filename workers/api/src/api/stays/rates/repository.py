"""Statements about rates and rules, and about a unit with all that decides on a stay in it."""

from collections.abc import Sequence

import msgspec

from api.core.restriction import of_property
from api.inventory.units.repository import COLUMNS, JOIN, UnitRow
from api.stays.rates.neighbours import Neighbours
from api.stays.rates.seasons import Season
from api.stays.rates.views import RateRules
from propflow import guards
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

# {start} and {end} are the parameters of the stay. A range that begins on the day of departure may forbid to leave.
# The lower bound, the last range that begins before the stay, keeps former years out of it.
SEASONS = """
(SELECT json_group_array(json_array(r.start_date, r.end_date, r.nightly_amount, r.min_stay, r.max_stay,
                                    r.closed_to_arrival, r.closed_to_departure))
 FROM rates AS r WHERE r.tenant_id = u.tenant_id AND r.unit_id = u.id AND r.start_date <= {end}
   AND r.end_date > {start} AND r.start_date >= COALESCE((
     SELECT b.start_date FROM rates AS b
     WHERE b.tenant_id = u.tenant_id AND b.unit_id = u.id AND b.start_date <= {start}
     ORDER BY b.start_date DESC LIMIT 1), ''))"""
# To look for a range costs a row even where there is none, to ask whether one is there does not.
SEASONS_IF_ANY = f"""
CASE WHEN EXISTS (SELECT 1 FROM rates AS r WHERE r.tenant_id = u.tenant_id AND r.unit_id = u.id)
THEN {SEASONS} ELSE '[]' END AS seasons"""
RULES = "LEFT JOIN rate_rules AS k ON k.tenant_id = u.tenant_id AND k.unit_id = u.id"
PREPARATION = "COALESCE(k.rules ->> 'preparation_days', 0)"
# A stay and the days that the unit needs before and after it.
EARLIER = f"CASE WHEN {PREPARATION} = 0 THEN {{start}} ELSE date({{start}}, '-' || {PREPARATION} || ' days') END"
LATER = f"CASE WHEN {PREPARATION} = 0 THEN {{end}} ELSE date({{end}}, '+' || {PREPARATION} || ' days') END"

# The unit and what it consists of: what takes one of them is next to a stay. {own} are the occupancies (JSON) of a stay
# that is there already: neither these nor what follows them on the parts are next to themselves. What follows is called
# `{main}:{unit}`, so the index knows all that is asked.
EACH = """(
  SELECT u.id AS unit_id UNION ALL
  SELECT p.part_id FROM unit_parts AS p WHERE p.tenant_id = u.tenant_id AND p.combined_id = u.id) AS n"""
OTHERS = """
occupancies AS o WHERE o.unit_id = n.unit_id AND o.live = 1
  AND instr({own}, '"' || replace(o.id, ':' || n.unit_id, '') || '"') = 0"""
# Live rows of a unit are disjoint: of those that begin before a day the last one ends last.
LAST_OF_EACH = f"""
SELECT (SELECT json_array(o.start_date, o.end_date) FROM {OTHERS} AND o.start_date < {LATER}
          AND (o.expires_at IS NULL OR o.expires_at > {{now}}) ORDER BY o.start_date DESC LIMIT 1) AS last
FROM {EACH}"""
NEAR = f"""
CASE WHEN {PREPARATION} > 0 THEN (
  SELECT last FROM ({LAST_OF_EACH.format(own="?7", end="?5", now="?6")}) WHERE last IS NOT NULL
  ORDER BY last ->> 1 DESC LIMIT 1) END AS near"""
# The bounds of a stay's gap, where the rules ask for them: nowhere else rows are read. Who takes nights of the stay
# itself is none, nor is a hold, which may run out.
BEFORE = f"""
SELECT o.end_date FROM {OTHERS} AND o.expires_at IS NULL AND o.start_date < {{start}} AND o.end_date <= {{start}}
ORDER BY o.start_date DESC LIMIT 1"""
AFTER = f"""
SELECT o.start_date FROM {OTHERS} AND o.expires_at IS NULL AND o.start_date >= {{end}}
ORDER BY o.start_date LIMIT 1"""
AROUND = f"""
CASE WHEN k.rules ->> 'gap_min_stay' IS NOT NULL THEN (
  SELECT json_array(MAX(({BEFORE})), MIN(({AFTER}))) FROM {EACH}) END AS around"""
OFFER = f"""
SELECT {COLUMNS}, k.rules, {SEASONS_IF_ANY.format(start="?4", end="?5")}, {NEAR},
  {AROUND.format(start="?4", end="?5", own="?7")}
FROM {JOIN} {RULES} WHERE u.tenant_id = ?1 AND u.id = ?2 AND {of_property("u.property_id", "?3")}"""


# Only the last before the end of the days that must stay free can be in them, on the unit and on each of its parts.
KEEP_APART = f"""
INSERT INTO require_change SELECT COALESCE((SELECT MAX((
  SELECT o.end_date FROM {OTHERS.format(own="?3")} AND o.start_date < date(?5, '+' || CAST(?6 AS INTEGER) || ' days')
    AND (o.expires_at IS NULL OR o.expires_at > ?7)
  ORDER BY o.start_date DESC LIMIT 1)) FROM {EACH}) <= date(?4, '-' || CAST(?6 AS INTEGER) || ' days'), 1)
FROM (SELECT ?1 AS tenant_id, ?2 AS id) AS u"""
LIST = """
SELECT json_group_array(json_array(r.start_date, r.end_date, r.nightly_amount, r.min_stay, r.max_stay,
                                   r.closed_to_arrival, r.closed_to_departure)) AS seasons
FROM rates AS r WHERE r.tenant_id = ?1 AND r.unit_id = ?2"""
CLEAR = "DELETE FROM rates WHERE tenant_id = ?1 AND unit_id = ?2"
REMOVE = """
DELETE FROM rates WHERE tenant_id = ?1 AND (unit_id, start_date, revision) IN (
  SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2))"""
ADD = """
INSERT INTO rates (tenant_id, unit_id, start_date, end_date, nightly_amount, min_stay, max_stay, closed_to_arrival,
                   closed_to_departure, revision)
SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, ?3
FROM json_each(?2)"""

PRICED = f"""
SELECT u.id, p.currency,
  (SELECT COUNT(*) FROM rates AS r WHERE r.tenant_id = u.tenant_id AND r.unit_id = u.id) AS ranges
FROM json_each(?2) AS j JOIN units AS u ON u.tenant_id = ?1 AND u.id = j.value
JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
WHERE {of_property("u.property_id", "?3")}"""
# With the neighbours that only touch, so that equal ones can be joined.
TOUCHED = """
SELECT r.unit_id, r.revision, json_array(r.start_date, r.end_date, r.nightly_amount, r.min_stay, r.max_stay,
                                         r.closed_to_arrival, r.closed_to_departure) AS season
FROM json_each(?2) AS j JOIN rates AS r ON r.tenant_id = ?1 AND r.unit_id = j.value ->> 0
WHERE r.start_date <= j.value ->> 2 AND r.end_date >= j.value ->> 1 AND r.start_date >= COALESCE((
  SELECT b.start_date FROM rates AS b
  WHERE b.tenant_id = ?1 AND b.unit_id = j.value ->> 0 AND b.start_date < j.value ->> 1
  ORDER BY b.start_date DESC LIMIT 1), '')"""
GET_RULES = "SELECT rules FROM rate_rules WHERE tenant_id = ?1 AND unit_id = ?2"
PUT_RULES = """
INSERT INTO rate_rules (tenant_id, unit_id, rules, updated_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET rules = excluded.rules, updated_at = excluded.updated_at"""


class OfferRow(UnitRow, frozen=True, kw_only=True):
    """A unit with its rates for a stay, its rules and, where they ask for it, what is next to the stay: all JSON."""

    rules: str | None = None
    seasons: str = "[]"
    near: str | None = None
    around: str | None = None

    def terms(self) -> RateRules:
        """The rules; a unit without any has none."""
        return RateRules() if self.rules is None else msgspec.json.decode(self.rules, type=RateRules)

    def neighbours(self) -> Neighbours:
        """What is next to the stay, as far as the rules ask for it."""
        near = None if self.near is None else msgspec.json.decode(self.near, type=tuple[str, str])
        before, after = msgspec.json.decode(self.around or "[null,null]", type=tuple[str | None, str | None])
        return Neighbours(near, before, after)


class ListRow(msgspec.Struct, frozen=True):
    """A unit's ranges as JSON."""

    seasons: str


class PricedRow(msgspec.Struct, frozen=True):
    """What must be known of a unit before its ranges are changed."""

    id: str
    currency: str
    ranges: int


class TouchedRow(msgspec.Struct, frozen=True):
    """A range, as JSON, and the write that made it."""

    unit_id: str
    revision: str
    season: str


class RulesRow(msgspec.Struct, frozen=True):
    """A unit's rules as JSON."""

    rules: str


def offer(
    tenant_id: str, properties: str | None, unit_id: str, start: str, end: str, now: int, *, own: Sequence[str] = ()
) -> Statement:
    """A unit that the caller sees, with what decides on a stay, as `OfferRow`; `own` are the stay's own occupancies."""
    return sql(OFFER, tenant_id, unit_id, properties, start, end, now, json_text(own))


def keep_apart(
    tenant_id: str, unit_id: str, own: Sequence[str], start: str, end: str, days: int, now: int
) -> Statement:  # fmt: skip
    """Fail as `guard_failed` when something lies less than so many days before or after nights of these occupancies."""
    return sql(KEEP_APART, tenant_id, unit_id, json_text(own), start, end, days, now)


def list_all(tenant_id: str, unit_id: str) -> Statement:
    """All ranges of a unit, as one `ListRow`."""
    return sql(LIST, tenant_id, unit_id)


def replace_all(tenant_id: str, unit_id: str, seasons: Sequence[Season], revision: str) -> list[Statement]:
    """The unit has these ranges and no others."""
    return [sql(CLEAR, tenant_id, unit_id), add(tenant_id, [(unit_id, season) for season in seasons], revision)]


def add(tenant_id: str, seasons: Sequence[tuple[str, Season]], revision: str) -> Statement:
    """New ranges of units; refused as `rates_overlap`."""
    rows = [(unit_id, *msgspec.structs.astuple(season)) for unit_id, season in seasons]
    return sql(ADD, tenant_id, json_text(rows), revision)


def remove(tenant_id: str, rows: Sequence[tuple[str, str, str]]) -> list[Statement]:
    """Take ranges away by unit, start and revision; refused as `guard_failed` when one of them is not that any more."""
    return [sql(REMOVE, tenant_id, json_text(rows)), guards.changed_all(len(rows))]


def priced(tenant_id: str, properties: str | None, unit_ids: Sequence[str]) -> Statement:
    """The units that the caller sees, as `PricedRow`."""
    return sql(PRICED, tenant_id, json_text(unit_ids), properties)


def touched(tenant_id: str, spans: Sequence[tuple[str, str, str]]) -> Statement:
    """The ranges in and next to spans of units (unit, start, end), as `TouchedRow`."""
    return sql(TOUCHED, tenant_id, json_text(spans))


def get_rules(tenant_id: str, unit_id: str) -> Statement:
    """A unit's rules, as `RulesRow`."""
    return sql(GET_RULES, tenant_id, unit_id)


def put_rules(tenant_id: str, unit_id: str, rules: RateRules, now: int) -> Statement:
    """The unit has these rules and no others."""
    return sql(PUT_RULES, tenant_id, unit_id, json_text(rules), now)
