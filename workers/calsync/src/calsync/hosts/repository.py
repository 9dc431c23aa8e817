"""SQL of calendar hosts. They belong to no tenant: a host knows one reader, whichever feed it reads for."""

from collections.abc import Mapping

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.clock import MINUTE

# One row read and one written for each fetch that somebody asks for, in the batch that loads the feed. A refused turn
# counts as well, so a minute in which too many come is over when the clock says so and not before.
TAKE_TURN = """
INSERT INTO calendar_hosts (host, minute, asked)
SELECT f.host, ?3, 1 FROM feeds f WHERE f.tenant_id = ?1 AND f.id = ?2
ON CONFLICT (host) DO UPDATE SET
  asked = CASE WHEN minute = excluded.minute THEN asked + 1 ELSE 1 END, minute = excluded.minute
RETURNING asked, held_until"""

# The schedule takes the turns of a minute together: one row for each host, however many of its feeds are due.
TAKE_TURNS = """
INSERT INTO calendar_hosts (host, minute, asked) SELECT value ->> 0, ?2, value ->> 1 FROM json_each(?1) WHERE true
ON CONFLICT (host) DO UPDATE SET
  asked = CASE WHEN minute = excluded.minute THEN asked ELSE 0 END + excluded.asked, minute = excluded.minute"""

ASKED = "SELECT asked, held_until FROM calendar_hosts WHERE host = ?1"
ASKED_OF = """
SELECT h.asked, h.held_until FROM feeds f JOIN calendar_hosts h ON h.host = f.host
WHERE f.tenant_id = ?1 AND f.id = ?2"""

HOLD = """
INSERT INTO calendar_hosts (host, minute, asked, held_until) VALUES (?1, ?2, 0, ?3)
ON CONFLICT (host) DO UPDATE SET held_until = max(held_until, excluded.held_until)"""


def take_turn(tenant_id: str, feed_id: str, now: int) -> Statement:
    """Count a request to the feed's host; returns its `Turn`."""
    return sql(TAKE_TURN, tenant_id, feed_id, now // MINUTE)


def take_turns(counts: Mapping[str, int], now: int) -> Statement:
    """Count so many requests to each of these hosts."""
    return sql(TAKE_TURNS, msgspec.json.encode(list(counts.items())).decode(), now // MINUTE)


def asked(host: str) -> Statement:
    """What is known of a host, as `Turn`, without asking for one."""
    return sql(ASKED, host)


def asked_of(tenant_id: str, feed_id: str) -> Statement:
    """The same of the host of a feed whose turn the schedule has taken."""
    return sql(ASKED_OF, tenant_id, feed_id)


def hold(host: str, until: int, now: int) -> Statement:
    """Leave the host alone, for all its feeds."""
    return sql(HOLD, host, now // MINUTE, until)
