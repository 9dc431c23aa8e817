"""Use case of exports: render them anew, so that serving one is reading one row."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from calsync.exports import repository, rules
from calsync.exports.models import Calendar, Export, Rendered, Unit
from calsync.exports.repository import Related
from calsync.exports.rules import Taken
from calsync.ical import writer
from propflow import log
from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import Database, GuardFailed, Result, Statement
from propflow.clock import day_of, now_ms
from propflow.errors import Transient
from propflow.outbox import chunks
from propflow.parts import parts

SHOWN = timedelta(days=30)  # past stays stay a while: a reader that missed a day must not see them vanish
MOST_UNITS = 20  # read at once: a few statements each
MOST_TEXT = 2_000_000  # characters of bodies written at once, about: they are held several times on the way
ENTRY = 300  # characters of an entry in a body, about
RACES = 5
Units = dict[str, list[str]]  # the ids of units, by tenant


async def refresh(
    db: Database, installation: str, units: Sequence[Unit], *,
    closing: Sequence[Statement] = (), asking: Sequence[Statement] = (),
) -> list[Result]:  # fmt: skip
    """Render all exports of the units and of those that share their nights, from what takes them now.

    `asking` is written where these are looked up, and its results are returned; `closing` is written with the last.
    """
    asked, others, found = await _first(db, _by_tenant(units), asking)
    *early, last = chunks(others, MOST_UNITS) or [[]]
    for some in early:
        await _store(db, installation, await _read(db, some), [])
    await _store(db, installation, [*found, *await _read(db, last)], closing)
    return asked


async def _first(
    db: Database, units: Units, asking: Sequence[Statement]
) -> tuple[list[Result], list[Unit], list[Calendar]]:
    """What `asking` answers, further units that share nights with these, and the calendars of these."""
    related = [repository.related(tenant_id, ids) for tenant_id, ids in units.items()]
    results = iter(await db.batch([*asking, *related, *_reading(units)]))
    asked = [*islice(results, len(asking))]
    others = [
        Unit(tenant_id, one.id)
        for (tenant_id, ids), found in zip(units.items(), islice(results, len(units)), strict=True)
        for one in found.rows(Related)
        if one.id not in ids
    ]
    return asked, others, _calendars(units, results)


async def _read(db: Database, some: Sequence[Unit]) -> list[Calendar]:
    units = _by_tenant(some)
    return _calendars(units, iter(await db.batch(_reading(units)))) if units else []


def _by_tenant(some: Sequence[Unit]) -> Units:
    units: Units = {}
    for unit in some:
        units.setdefault(unit.tenant_id, []).append(unit.id)
    return units


def _reading(units: Units) -> list[Statement]:
    """See `_calendars`."""
    now = now_ms()
    since, until, most = (date.fromisoformat(day_of(now)) - SHOWN).isoformat(), _horizon(now), rules.MOST_ENTRIES + 1
    return [one for tenant_id, ids in units.items() for one in repository.load(tenant_id, ids, since, until, most)]


def _calendars(units: Units, results: Iterator[Result]) -> list[Calendar]:
    return [
        Calendar(Unit(tenant_id, unit_id), exports, taken)
        for tenant_id, ids in units.items()
        for unit_id, (exports, taken) in zip(ids, repository.loaded(ids, [*islice(results, 1 + len(ids))]), strict=True)
    ]


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
        except GuardFailed:
            pass
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
    return rules.horizon(day_of(now))
