"""What is to be brought where, and when it is tried again. Pure."""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from calsync.exports.rules import Taken, entries
from calsync.ical import writer
from calsync.ical.models import Entry
from calsync.pushes.models import Plan, Pushed, Put, Secret
from propflow import clock
from propflow.json_text import json_text

# As Standard Webhooks advises, but for its first five seconds: the schedule runs each minute.
PAUSES = (5 * clock.MINUTE, 30 * clock.MINUTE, *(hours * clock.HOUR for hours in (2, 5, 10, 14, 20, 24)))
MOST_RANGES = 300  # of a webhook, whose payload stays below 20 kB


class Night(msgspec.Struct, frozen=True):
    """A half-open range of nights."""

    start: str
    end: str


def shown(taken: Iterable[Taken], host: str, installation: str) -> list[Entry]:
    """What others are shown: all that is taken but for what came from this very host."""
    return entries((one for one in taken if one.source != f"ical:{host}"), "", installation)


def plan(entries_now: Iterable[Entry], pushed: Mapping[str, Pushed], since: str) -> Plan:
    """Compare what should be in a collection with what we put there. What ended before `since` is not taken away."""
    wanted = {entry.uid: entry for entry in entries_now}
    puts = [
        Put(uid=uid, end_date=entry.end, content_hash=digest, body=body, etag=before.etag if before else None)
        for uid, entry in wanted.items()
        for body in [writer.resource(entry)]
        for digest in [hashlib.sha256(body.encode()).hexdigest()]
        for before in [pushed.get(uid)]
        if before is None or before.content_hash != digest
    ]
    gone = [before for uid, before in pushed.items() if uid not in wanted]
    return Plan(
        puts=puts, removals=[one for one in gone if one.end_date >= since],
        forgotten=[one.uid for one in gone if one.end_date < since],
    )  # fmt: skip


def payload(unit_id: str, revision: int, entries_now: Iterable[Entry], today: str, now: int) -> str:
    """The body of a webhook: which nights from today on are taken. `complete` is false when there are too many."""
    ranges = merged((max(entry.start, today), entry.end) for entry in entries_now)
    told = [Night(*one) for one in ranges if one[1] > today]
    data = {
        "unit_id": unit_id, "revision": revision, "from": today, "taken": told[:MOST_RANGES],
        "complete": len(told) <= MOST_RANGES,
    }  # fmt: skip
    whole = {"type": "unit.availability_changed", "timestamp": clock.to_rfc3339(now), "data": data}
    return json_text(whole)


def merged(ranges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Ranges that touch or overlap as one, in order: where one stay ends and the next begins is nobody's business."""
    found: list[tuple[str, str]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def signing(secrets: Iterable[Secret], now: int) -> list[str]:
    """The secrets that sign at `now`: the present one, and one that was replaced lately."""
    return [one.secret for one in secrets if one.until is None or one.until > now]


def next_attempt(failures: int, now: int, retry_after: int | None) -> int | None:
    """When to try again after so many failures in a row; None when it is given up. `retry_after` is in seconds."""
    if failures > len(PAUSES):
        return None
    pause = PAUSES[failures - 1]
    return now + max(pause, (retry_after or 0) * clock.SECOND)
