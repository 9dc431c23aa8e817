"""Answers of dear searches in KV: advisory, and never read by anything that takes nights.

The key is the answer's tag, in which the version of the tenant's calendars stands. Each change moves it, so what lies
under a key never becomes wrong, and KV that is behind can only miss. An isolate asks KV only for what it has put there,
because KV remembers for a minute that something was absent: the first search is noted, the second one put, later ones
read it.
"""

import hashlib
import hmac

import msgspec

from api.core.context import Context
from api.edge.answers import Answer
from api.stays.availability import rules
from api.stays.availability.repository import Calendar, Wanted
from propflow import log
from propflow.clock import SECOND
from propflow.errors import Unavailable
from propflow.keyring import Keyring

FORMAT = 2  # another one for another view
WORTH = 1_000  # rows read: KV bills a read like 500 rows of D1, a write like 5,000
MOST_NOTED = 1_000  # searches
_noted: dict[str, str] = {}  # dear searches, with the tag of the answer that was put


def fingerprint(ctx: Context, wanted: Wanted, after: str, limit: int) -> str:
    """What is asked, and by whom as far as it matters: two callers may see different properties.

    Nobody else can make it, so that the tags made of it cannot be guessed.
    """
    asked = msgspec.json.encode((FORMAT, ctx.tenant_id, ctx.caller.properties, wanted, after, limit))
    keyring = Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY)
    return hmac.new(keyring.derived(keyring.current, "availability"), asked, hashlib.sha256).hexdigest()[:32]


def is_dear(query: str) -> bool:
    """Whether this search was dear before, so that it is worth to look for its answer."""
    return query in _noted


async def read(ctx: Context, query: str, calendar: Calendar) -> Answer | None:
    """The answer that was put, if it is still true and KV has it."""
    tag = rules.still_true(_noted.get(query, ""), calendar, query, ctx.now)
    if tag is None:
        return None
    try:
        body = await ctx.bindings.cache.get(_key(ctx, tag))
    except Unavailable as error:
        log.exception("snapshot.unreadable", error)
        return None
    return None if body is None else Answer(status=200, body=body, headers={"ETag": tag})


def note(ctx: Context, query: str, made: Answer, rows_read: int) -> None:
    """Remember a search that was dear; put its answer, after it was given, when it comes again."""
    if rows_read < WORTH:
        return
    if query not in _noted:
        if len(_noted) >= MOST_NOTED:
            _noted.pop(next(iter(_noted)))
        _noted[query] = ""
    elif _noted[query] != made.headers["ETag"]:
        _noted[query] = made.headers["ETag"]
        ctx.bindings.background(_put(ctx, made))


async def _put(ctx: Context, made: Answer) -> None:
    """What cannot be put is not missed."""
    try:
        await ctx.bindings.cache.put(_key(ctx, made.headers["ETag"]), made.body, ttl_seconds=rules.QUARTER // SECOND)
    except Unavailable as error:
        log.exception("snapshot.unwritten", error)


def _key(ctx: Context, tag: str) -> str:
    return "t:" + ctx.tenant_id + ":availability:" + tag.strip('"')
