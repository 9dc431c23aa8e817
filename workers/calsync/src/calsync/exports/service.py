"""Use case of exports: render them anew, so that serving one is reading one row."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from calsync.exports import repository, rules
from calsync.exports.models import Calendar, Changed, Export, Rendered, Unit
from calsync.exports.repository import Related
from calsync.exports.rules import Taken
from calsync.ical import writer
from propflow import log
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import ConstraintFailed, Database, Result, Statement
from propflow.clock import now_ms
from propflow.errors import Transient
from propflow.outbox import chunks
from propflow.parts import parts

SHOWN = timedelta(days=30)  # past stays stay a while: a reader that missed a day must not see them vanish
MOST_UNITS = 20  # read at once: a few statements each
MOST_TEXT = 2_000_000  # characters of bodies written at once, about: they are held several times on the way
ENTRY = 300  # characters of an entry in a body, about
RACES = 5


async def refresh(
    db: Database, installation: str, changed: Sequence[Changed], closing: Sequence[Statement] = ()
) -> list[Result]:
    """Render all exports of the units and of those that share their nights, from what takes them now.

    The results of what the units were `asking` are returned; `closing` is written with the last.
    """
    asked, related, found = await _first(db, changed)
    *early, last = chunks(related, MOST_UNITS) or [[]]
    for some in early:
        await _store(db, installation, await _read(db, some), [])
    await _store(db, installation, [*found, *await _read(db, last)], closing)
    return asked


async def _first(db: Database, changed: Sequence[Changed]) -> tuple[list[Result], list[Unit], list[Calendar]]:
    """The answers to what the units are asking, further units that share their nights, and their own calendars."""
    asking, units = [statement for one in changed for statement in one.asking], [one.unit for one in changed]
    sharing = [repository.related(unit.tenant_id, unit.id) for unit in units]
    results = await db.batch([*asking, *sharing, *_reading(units)])
    answers, sharers, contents = (
        results[: len(asking)], results[len(asking) : -2 * len(units)], results[-2 * len(units) :]
    )  # fmt: skip
    others = dict.fromkeys(
        Unit(unit.tenant_id, other.id)
        for unit, found in zip(units, sharers, strict=True)
        for other in found.rows(Related)
    )
    return answers, [other for other in others if other not in units], _calendars(units, contents)


async def _read(db: Database, units: Sequence[Unit]) -> list[Calendar]:
    return _calendars(units, await db.batch(_reading(units))) if units else []


def _reading(units: Sequence[Unit]) -> list[Statement]:
    """Two statements for each unit; see `_calendars`."""
    now = now_ms()
    since, until = (_day(now) - SHOWN).isoformat(), _horizon(now)
    most = rules.MOST_ENTRIES + 1
    return [one for unit in units for one in repository.load(unit.tenant_id, unit.id, since, until, most)]


def _calendars(units: Sequence[Unit], results: Sequence[Result]) -> list[Calendar]:
    pairs = zip(units, chunks(results, 2), strict=True)
    return [Calendar(unit, *repository.loaded(pair)) for unit, pair in pairs]


async def _store(db: Database, installation: str, calendars: Sequence[Calendar], closing: Sequence[Statement]) -> None:
    """In one batch what fits into one; `closing` is written with the last."""
    *early, last = [*parts(calendars, _length, MOST_TEXT)] or [[]]
    for some in early:
        await _write(db, installation, some, [])
    await _write(db, installation, last, closing)


def _length(calendar: Calendar) -> int:
    return len(calendar.exports) * len(calendar.taken) * ENTRY


async def _write(db: Database, installation: str, calendars: Sequence[Calendar], closing: Sequence[Statement]) -> None:
    """Who was overtaken with any of them reads all of them again."""
    for _ in range(RACES):
        statements = [*_storing(installation, calendars), *closing]
        if not statements:
            return
        try:
            await db.batch(statements)
        except ConstraintFailed as refused:
            if refused.name != "guard_failed":
                raise
        else:
            return
        units = [one.unit for one in calendars]
        log.info("export.refresh_overtaken", unit_ids=[unit.id for unit in units])
        calendars = await _read(db, units)
    raise Transient("other refreshes of these units' exports keep being faster")


def _storing(installation: str, calendars: Sequence[Calendar]) -> list[Statement]:
    now = now_ms()
    until, rendered = _horizon(now), dict[str, list[Rendered]]()
    for one in calendars:
        taken = rules.bounded(one.taken, until)
        bodies = [_render(export, taken, installation) for export in one.exports]
        rendered.setdefault(one.unit.tenant_id, []).extend(bodies)
    return [statement for tenant, some in rendered.items() for statement in repository.store(tenant, some, now)]


def _render(export: Export, taken: list[Taken], installation: str) -> Rendered:
    body = writer.write(rules.entries(taken, export.channel, installation))
    etag = sha256(body)
    unsent = None if etag == export.etag else body
    return Rendered(id=export.id, body=unsent, etag=etag, refreshed_at=export.refreshed_at)


def _horizon(now: int) -> str:
    return rules.horizon(_day(now).isoformat())


def _day(now: int) -> date:
    return datetime.fromtimestamp(now / 1000, UTC).date()
