"""The calendar of a unit, and what happened to a night."""

from datetime import date, timedelta

import msgspec

from api.core.context import Context
from api.edge.answers import Answer, answer, instant
from api.edge.etags import digest
from api.inventory.units import repository as units
from api.inventory.units.errors import unit_not_found
from api.inventory.units.repository import UnitRow
from api.stays.calendar import repository
from api.stays.calendar.errors import LONGEST, invalid_range, range_too_long
from api.stays.calendar.repository import HappeningRow, TakenRow, TakingRow
from api.stays.calendar.rules import Nights
from api.stays.calendar.views import Calendar, Happening, Lineage, Night, NightHistory, Taking
from api.stays.rates import repository as rates
from api.stays.rates.repository import OfferRow
from api.stays.rates.rules import Terms, terms_of, today_at
from propflow.bindings.d1 import Statement
from propflow.money import Money

AROUND = timedelta(days=400)  # rates beyond the range that may decide on the nights in it
FIRST, LAST = date(1999, 1, 1), date(2101, 12, 31)


async def show(ctx: Context, unit_id: str, start: str, end: str) -> Answer:
    """Each night of the range, with a tag of its content."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    _check((last - first).days)
    found = await ctx.bindings.core.batch([
        _offer(ctx, unit_id, first, last),
        repository.taken(ctx.tenant_id, unit_id, start, end, ctx.now),
    ])  # fmt: skip
    offer = found[0].one(OfferRow)
    if offer is None:
        raise unit_not_found()
    terms, taken = terms_of(offer), found[1].rows(TakenRow)
    nights = Nights(terms, taken, first, last, today_at(offer, ctx.now))
    days = (first + timedelta(days=number) for number in range((last - first).days))
    made = answer(200, Calendar(data=[_night(nights, terms, offer.currency, day) for day in days]))
    return msgspec.structs.replace(made, headers={"ETag": f'"{digest(made.body)}"'})


def _check(nights: int) -> None:
    if nights < 1:
        raise invalid_range()
    if nights > LONGEST:
        raise range_too_long()


def _offer(ctx: Context, unit_id: str, start: date, end: date) -> Statement:
    """The unit with the rates of its nights and of those around them."""
    first, last = max(start - AROUND, FIRST), min(end + AROUND, LAST)
    seen = ctx.caller.properties
    return rates.offer(ctx.tenant_id, seen, unit_id, first.isoformat(), last.isoformat(), ctx.now)


def _night(nights: Nights, terms: Terms, currency: str, day: date) -> Night:
    owner, reasons = nights.of(day)
    return Night(
        date=day.isoformat(), state="free" if owner is None else "taken", reasons=reasons,
        nightly_rate=Money(amount=terms.amount(day), currency=currency),
        occupancy_id=None if owner is None else owner.id,
        lineage=None if owner is None else Lineage(kind=owner.kind, ref_id=owner.ref_id, source=owner.source),
    )  # fmt: skip


async def history(ctx: Context, unit_id: str, day: str) -> Answer:
    """Who took a night and gave it back."""
    found = await ctx.bindings.core.batch([
        units.get(ctx.tenant_id, ctx.caller.properties, unit_id),
        repository.takings(ctx.tenant_id, unit_id, day),
        repository.happenings(ctx.tenant_id, unit_id, day),
    ])  # fmt: skip
    if found[0].one(UnitRow) is None:
        raise unit_not_found()
    takings = [_taking(row, ctx.now) for row in found[1].rows(TakingRow)]
    events = [_happening(row) for row in found[2].rows(HappeningRow)]
    return answer(200, NightHistory(unit_id=unit_id, date=day, occupancies=takings, events=events))


def _taking(row: TakingRow, now: int) -> Taking:
    ran_out = row.live and row.expires_at is not None and row.expires_at <= now  # and nobody has closed it yet
    ended_at = row.expires_at if ran_out else None if row.live else row.updated_at
    return Taking(
        occupancy_id=row.id, kind=row.kind, ref_id=row.ref_id, source=row.source, start=row.start_date,
        end=row.end_date, live=row.live and not ran_out, taken_at=instant(row.created_at),
        ended_at=None if ended_at is None else instant(ended_at),
    )  # fmt: skip


def _happening(row: HappeningRow) -> Happening:
    return Happening(
        id=row.id, type=row.type, object_id=row.object_id, actor=row.actor, request_id=row.request_id,
        changed=msgspec.json.decode(row.changed), previous=msgspec.json.decode(row.previous),
        at=instant(row.created_at),
    )  # fmt: skip
