"""SQL of calendar hosts: their turns, and who leaves them alone."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from calsync.hosts import shares
from calsync.hosts.rules import Turn
from propflow.bindings.d1 import Result, Statement, sql
from propflow.clock import MINUTE
from propflow.json_text import json_text
from propflow.standing import KNOWN, PAYS

_OURS = shares.ours("?1")
_ROWS = f"""
LEFT JOIN calendar_hosts AS h ON h.host = asked.host
LEFT JOIN calendar_turns AS own ON own.host = asked.host AND own.tenant_id = {_OURS}"""
_BY_FEED = "(SELECT f.host FROM feeds AS f WHERE f.tenant_id = ?1 AND f.id = ?2) AS asked"
_BY_NAME = "(SELECT ?2 AS host) AS asked"

# Who is refused has taken nothing. ?5: the hosts of which no turns are counted (JSON).
TAKE = f"""
INSERT INTO calendar_turns (host, tenant_id, minute, by_hand, asked_at)
SELECT asked.host, {_OURS}, ?3, 1, ?4 FROM {_BY_NAME} {_ROWS}
WHERE {shares.left_until(_OURS)} <= ?4 AND (({shares.MAY_ASK}) OR asked.host IN (SELECT value FROM json_each(?5)))
ON CONFLICT (host, tenant_id) DO UPDATE SET
  by_hand = CASE WHEN minute = excluded.minute THEN by_hand + 1 ELSE 1 END, minute = excluded.minute,
  asked_at = excluded.asked_at
RETURNING host"""
COUNT = f"""
INSERT INTO calendar_hosts (host, minute, asked, by_hand, by_unknown)
SELECT ?1, ?2, 1, 1, 1 - {shares.known("?3")} WHERE changes() > 0
ON CONFLICT (host) DO UPDATE SET
  asked = CASE WHEN minute = excluded.minute THEN asked + 1 ELSE 1 END,
  by_hand = CASE WHEN minute = excluded.minute THEN by_hand + 1 ELSE 1 END,
  by_unknown = CASE WHEN minute = excluded.minute THEN by_unknown ELSE 0 END + excluded.by_unknown,
  minute = excluded.minute"""

# A run of the schedule that is led to the host takes one of the schedule's turns there.
TAKE_SCHEDULED = f"""
INSERT INTO calendar_hosts (host, minute, asked)
SELECT asked.host, ?3, 1 FROM {_BY_NAME} {_ROWS}
WHERE {shares.left_until(_OURS)} <= ?4 AND (
  {shares.MAY_BE_SCHEDULED} OR asked.host IN (SELECT value FROM json_each(?5)))
ON CONFLICT (host) DO UPDATE SET
  asked = CASE WHEN minute = excluded.minute THEN asked + 1 ELSE 1 END,
  by_hand = CASE WHEN minute = excluded.minute THEN by_hand ELSE 0 END,
  by_unknown = CASE WHEN minute = excluded.minute THEN by_unknown ELSE 0 END, minute = excluded.minute
RETURNING host"""
NOTE_SCHEDULED = f"""
INSERT INTO calendar_turns (host, tenant_id, asked_at) SELECT ?1, ?2, ?3 WHERE changes() > 0
ON CONFLICT (host, tenant_id) DO UPDATE SET asked_at = excluded.asked_at
WHERE asked_at <= excluded.asked_at - {shares.NOTED_AFTER}"""


def _held(asked: str) -> str:
    until = f"{shares.HELD_UNTIL} AS held_until, {shares.waited_until(_OURS)} AS waited_until"
    return f"SELECT {until} FROM {asked} {_ROWS}"


HELD_OF_FEED, HELD = _held(_BY_FEED), _held(_BY_NAME)

# The schedule takes the turns of a minute together: one row for each host, however many of its feeds are due.
TAKE_TURNS = """
INSERT INTO calendar_hosts (host, minute, asked) SELECT value ->> 0, ?2, value ->> 1 FROM json_each(?1) WHERE true
ON CONFLICT (host) DO UPDATE SET
  asked = CASE WHEN minute = excluded.minute THEN asked ELSE 0 END + excluded.asked,
  by_hand = CASE WHEN minute = excluded.minute THEN by_hand ELSE 0 END,
  by_unknown = CASE WHEN minute = excluded.minute THEN by_unknown ELSE 0 END, minute = excluded.minute"""
NOTE = """
INSERT INTO calendar_turns (host, tenant_id, asked_at) SELECT value ->> 0, value ->> 1, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (host, tenant_id) DO UPDATE SET asked_at = excluded.asked_at"""

HOLD = f"""
INSERT INTO calendar_turns (host, tenant_id, asked_at, held_at, held_until) SELECT ?1, {shares.ours("?2")}, ?3, ?3, ?4
WHERE true
ON CONFLICT (host, tenant_id) DO UPDATE SET
  asked_at = excluded.asked_at, held_at = excluded.held_at, held_until = max(held_until, excluded.held_until)"""
# Of those who were not told it is only counted how many there are: to judge a tenant costs more than its row.
_ASKED_LATELY = "own.host = ?1 AND own.asked_at > ?3 AND own.asked_at <= ?4"
HOLD_ALL = f"""
INSERT INTO calendar_hosts (host, minute, asked, held_until)
SELECT ?1, ?2, 0, min(until, ?4 + {shares.LONGEST_FOR_ALL})
FROM (
  SELECT (SELECT count(*) FROM calendar_turns AS own WHERE {_ASKED_LATELY}) AS asked, sum(known) AS told,
    sum(pays) AS paying, min(CASE WHEN known AND held_until > ?4 THEN held_until END) AS until
  FROM (
    SELECT own.held_until, {KNOWN} AS known, {PAYS} AS pays
    FROM calendar_turns AS own CROSS JOIN tenants AS t ON t.id = own.tenant_id
    WHERE {_ASKED_LATELY} AND {shares.WAS_TOLD}
  ) AS who
) AS seen WHERE {shares.MEANS_ALL}
ON CONFLICT (host) DO UPDATE SET held_until = max(held_until, excluded.held_until)"""

# How long it took counts for the window that runs, or begins one.
WAITED = f"""
INSERT INTO calendar_waits (tenant_id, since, waited) SELECT {_OURS}, ?2, ?3 WHERE true
ON CONFLICT (tenant_id) DO UPDATE SET
  waited = CASE WHEN since > excluded.since - {shares.WINDOW} THEN waited ELSE 0 END + excluded.waited,
  since = CASE WHEN since > excluded.since - {shares.WINDOW} THEN since ELSE excluded.since END"""
WAITED_OUT = f"SELECT {shares.waited_until(_OURS)} AS waited_until"


class _Held(msgspec.Struct, frozen=True):
    held_until: int = 0
    waited_until: int = 0


class _Taken(msgspec.Struct, frozen=True):
    host: str


def take(tenant_id: str, host: str, now: int, unlimited: Collection[str]) -> list[Statement]:
    """Ask for a turn of a host, because a person waits; see `taken`. Of `unlimited` hosts all get one."""
    minute = now // MINUTE
    return [
        sql(TAKE, tenant_id, host, minute, now, json_text(sorted(unlimited))),
        sql(COUNT, host, minute, tenant_id), sql(HELD, tenant_id, host),
    ]  # fmt: skip


def take_scheduled(tenant_id: str, host: str, now: int, unlimited: Collection[str]) -> list[Statement]:
    """Ask for one of the schedule's turns of a host; see `taken`."""
    return [
        sql(TAKE_SCHEDULED, tenant_id, host, now // MINUTE, now, json_text(sorted(unlimited))),
        sql(NOTE_SCHEDULED, host, tenant_id, now), sql(HELD, tenant_id, host),
    ]  # fmt: skip


def taken(results: Sequence[Result]) -> Turn:
    """What `take` and `take_scheduled` have done."""
    held = results[-1].one(_Held) or _Held()
    return Turn(taken=bool(results[0].rows(_Taken)), held_until=held.held_until, waited_until=held.waited_until)


def held_of(tenant_id: str, feed_id: str) -> Statement:
    """Until when the host of a feed, whose turn the schedule has taken, is left alone; see `turn_of`."""
    return sql(HELD_OF_FEED, tenant_id, feed_id)


def turn_of(result: Result) -> Turn:
    """What `held_of` has read."""
    held = result.one(_Held) or _Held()
    return Turn(taken=True, held_until=held.held_until, waited_until=held.waited_until)


def take_turns(counts: Mapping[str, int], now: int) -> Statement:
    """Count so many requests to each of these hosts."""
    return sql(TAKE_TURNS, json_text(list(counts.items())), now // MINUTE)


def note(asking: Sequence[tuple[str, str]], now: int) -> Statement:
    """These hosts are asked for these tenants."""
    return sql(NOTE, json_text(asking), now)


def hold(host: str, tenant_id: str, until: int, now: int) -> list[Statement]:
    """Leave the host alone, for all feeds of the tenant; for those of all tenants when it means all of them."""
    return [
        sql(HOLD, host, tenant_id, now, until), sql(HOLD_ALL, host, now // MINUTE, now - shares.LATELY, now)
    ]  # fmt: skip


def waited(tenant_id: str, length: int, now: int) -> Statement:
    """A server of the tenant's took so many milliseconds."""
    return sql(WAITED, tenant_id, now, length)


def waited_out(tenant_id: str) -> Statement:
    """Whether the tenant's servers have taken all the time that they may; see `until`."""
    return sql(WAITED_OUT, tenant_id)


def until(result: Result, now: int) -> int:
    """Until when no server of the tenant's is asked, from `waited_out`; 0 when they are."""
    held = result.one(_Held)
    return held.waited_until if held and held.waited_until > now else 0
