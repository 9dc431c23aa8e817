"""Who may ask a calendar host, and whose answer counts for whom: conditions in SQL about rows of this minute.

`h` is a row of `calendar_hosts` (all tenants together), `own` one of `calendar_turns` (one tenant); both may be
missing. No tenant can use up what others need, however many feeds it has: by hand it may take half of what the others
have left, the schedule keeps a part of the turns that people cannot take, and they one that it cannot. Those who
have not shown who they are have half of that together. What a test space takes is its live tenant's.
"""

from propflow import clock
from propflow.standing import ACTS, KNOWN, PAYS

RATE = 300  # requests a minute to one host, by everybody: a feed each quarter of an hour, for 4,500 of them
BY_HAND = 150  # of these, that people may ask for; the others are the schedule's alone
SCHEDULED = 240  # of these, that the schedule may take; the others are people's alone
UNKNOWN = BY_HAND // 2  # of these, for all who have not shown who they are: accounts cost nothing
MOST = 60  # that the people of one tenant may ask for

TOLD_WITHIN = 15 * clock.MINUTE
LATELY = 2 * clock.HOUR
NOTED_AFTER = clock.HOUR  # how old `asked_at` may be while the schedule goes on asking
TENANTS = 3
LONGEST_FOR_ALL = clock.HOUR  # after which the host is asked again for somebody

_ALL = "CASE WHEN h.minute = ?3 THEN h.asked ELSE 0 END"
_ALL_BY_HAND = "CASE WHEN h.minute = ?3 THEN h.by_hand ELSE 0 END"
_ALL_UNKNOWN = "CASE WHEN h.minute = ?3 THEN h.by_unknown ELSE 0 END"
_OWN = "CASE WHEN own.minute = ?3 THEN own.by_hand ELSE 0 END"


def ours(tenant: str) -> str:
    """Whose turns and waits those of a tenant are, by an expression: a test space's are its live tenant's."""
    return f"coalesce((SELECT s.live_id FROM tenants AS s WHERE s.id = {tenant}), {tenant})"


def known(tenant: str) -> str:
    """Whether a tenant has shown who they are, 1 or 0."""
    return f"coalesce((SELECT {KNOWN} FROM tenants AS t WHERE t.id = {tenant}), 0)"


# ?1 is the tenant, ?3 the minute. Half of what others have left, rounded up: who comes after seven who take all they
# can gets a turn, and after eight nobody.
MAY_ASK = f"""{_OWN} < min({MOST}, (
  min({BY_HAND}, {RATE} - ({_ALL} - {_ALL_BY_HAND})) - ({_ALL_BY_HAND} - {_OWN}) + 1) / 2)
  AND ({known("?1")} OR {_OWN} < ({UNKNOWN} - ({_ALL_UNKNOWN} - {_OWN}) + 1) / 2)"""

# The same of a turn that the schedule takes on the way, where a redirect leads; see `rules.scheduled`.
MAY_BE_SCHEDULED = f"{_ALL} - {_ALL_BY_HAND} < min({SCHEDULED}, {RATE} - {_ALL_BY_HAND})"

# A tenant whose servers let us wait may take a tenth of the time that the queue has (5 batches of 4 at a time); one
# that pays, and so may have many of them, three tenths.
WINDOW = 5 * clock.MINUTE
MOST_WAITED = 5 * 4 * WINDOW // 10
MORE = 3
SLOW = 2 * clock.SECOND  # an answer that took longer is counted
WAITED_OUT = f"""w.waited >= {MOST_WAITED} * (
  CASE WHEN (SELECT {PAYS} FROM tenants AS t WHERE t.id = w.tenant_id) THEN {MORE} ELSE 1 END)"""

# Until when a tenant leaves the host alone.
HELD_UNTIL = "max(coalesce(h.held_until, 0), coalesce(own.held_until, 0))"


def waited_until(tenant: str) -> str:
    """Until when a tenant asks no host at all; `tenant` is an expression."""
    return f"""coalesce((
  SELECT w.since + {WINDOW} FROM calendar_waits AS w WHERE w.tenant_id = {tenant} AND {WAITED_OUT}), 0)"""


def left_until(tenant: str) -> str:
    """Until when a tenant asks a host nothing, for either reason."""
    return f"max({HELD_UNTIL}, {waited_until(tenant)})"


# A host that tells several tenants to slow down means us all. They must be live tenants who have shown who they are,
# one of whom pays, and half of all who asked it lately: of accounts that cost nothing no number suffices. That their
# waits are over is no matter (of short ones few run at a time), but somebody's must run: `until`. ?4 is now.
MEANS_ALL = f"told >= {TENANTS} AND paying >= 1 AND 2 * told >= asked AND until IS NOT NULL"
WAS_TOLD = f"(own.held_at > ?4 - {TOLD_WITHIN} AND t.mode = 'live' AND {ACTS})"
