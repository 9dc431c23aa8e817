"""Leases: create, show, list, change, and the schedule of their rent. What takes or frees nights is in `verbs.py`."""

from datetime import date, timedelta
from typing import Any

import msgspec

from api.core.commit import commit
from api.core.context import Context
from api.core.days import today_in
from api.edge.answers import Answer, answer, instant, page
from api.edge.preconditions import check, stale
from api.inventory.units import service as units
from api.stays.leases import facts, rent, repository, rules
from api.stays.leases.errors import lease_not_found, schedule_too_long, wrong_currency
from api.stays.leases.repository import LeaseRow
from api.stays.leases.views import Lease, Renter, RentFrom, RentPeriod, Schedule
from propflow import guards, ids
from propflow.bindings.d1 import GuardFailed
from propflow.money import Money

MOST_PERIODS = 400
USUAL = timedelta(days=366)  # how far a schedule reaches when nobody says


async def create(ctx: Context, fields: dict[str, Any]) -> Answer:
    """A draft: it takes no nights before it is activated."""
    rules.check_term(fields["start"], fields["end"])
    rules.check_due_day(fields["period"], fields["due_day"])
    unit = await units.load(ctx, fields["unit_id"], "unit_id")
    for name in ("rent", "deposit"):
        if fields[name] is not None and fields[name]["currency"] != unit.currency:
            raise wrong_currency(unit.currency, name)
    renter, deposit = fields["renter"], fields["deposit"]
    row = LeaseRow(
        id=ids.new_id("lse", ctx.real_now), unit_id=unit.id, status="draft", start_date=fields["start"],
        end_date=fields["end"], renter_name=renter["name"], renter_email=renter["email"],
        renter_phone=renter["phone"], rents=repository.rents_text([(fields["start"], fields["rent"]["amount"])]),
        currency=unit.currency, period=fields["period"], due_day=fields["due_day"],
        deposit_amount=None if deposit is None else deposit["amount"], note=fields["note"], created_at=ctx.now,
        updated_at=ctx.now, time_zone=unit.time_zone,
    )  # fmt: skip
    made = answer(201, view(ctx, row), location=f"/v1/leases/{row.id}", version=1)
    statements = [repository.insert(ctx.tenant_id, row)]
    return await commit(ctx, made, statements, facts.of_change(ctx, "lease.created", None, row))


async def load(ctx: Context, lease_id: str, param: str | None = None) -> LeaseRow:
    """The lease or NotFound, also outside of what the caller sees; `param` names the field that held the id."""
    found = await ctx.bindings.core.run(repository.get(ctx.tenant_id, ctx.caller.properties, lease_id))
    row = found.one(LeaseRow)
    if row is None:
        raise lease_not_found(param)
    return row


async def show(ctx: Context, lease_id: str) -> Answer:
    """One lease."""
    row = await load(ctx, lease_id)
    by_day = status_now(ctx, row) != row.status  # it became another by the calendar, which no version counts
    return answer(200, view(ctx, row), version=row.version, living=by_day)


async def list_all(ctx: Context, unit_id: str | None, after: str, limit: int) -> Answer:
    """The tenant's leases, of one unit if asked."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, after, limit + 1, unit_id)
    rows = (await ctx.bindings.core.run(statement)).rows(LeaseRow)
    return page([view(ctx, row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def change(ctx: Context, lease_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Another renter, due day or note, of the version that the caller has seen."""
    row = await load(ctx, lease_id)
    check(if_match, row.version)
    rules.transition(status_now(ctx, row), "change")
    renter = fields.get("renter")
    after = msgspec.structs.replace(row, due_day=fields.get("due_day", row.due_day), note=fields.get("note", row.note))
    if renter is not None:
        after = msgspec.structs.replace(
            after, renter_name=renter["name"], renter_email=renter.get("email"), renter_phone=renter.get("phone")
        )
    rules.check_due_day(after.period, after.due_day)
    if after == row:
        return await commit(ctx, answer(200, view(ctx, row), version=row.version), [])
    after = msgspec.structs.replace(after, version=row.version + 1, updated_at=ctx.now)
    statements = [repository.update(ctx.tenant_id, row, after, ctx.now), guards.changed()]
    made = answer(200, view(ctx, after), version=after.version)
    try:
        return await commit(ctx, made, statements, facts.of_change(ctx, "lease.changed", row, after))
    except GuardFailed:
        raise stale() from None


async def schedule(ctx: Context, lease_id: str, since: str | None, until: str | None) -> Answer:
    """The periods that end after `since` and begin before `until`: by default all up to a year from now."""
    row = await load(ctx, lease_id)
    agreed, today = terms(row), date.fromisoformat(today_in(row.time_zone, ctx.now))
    first = agreed.start if since is None else date.fromisoformat(since)
    last = max(today, first) + USUAL if until is None else date.fromisoformat(until)
    longest = timedelta(days=MOST_PERIODS * {**rent.DAYS, "month": 28, "quarter": 90, "year": 365}[row.period])
    if until is not None and min(last, agreed.end or last) - max(first, agreed.start) > longest:
        raise schedule_too_long(MOST_PERIODS)
    found = rent.periods(agreed, first, last)[-MOST_PERIODS:]
    due = rent.next_due(agreed, today)
    total = Money(amount=sum(one.amount for one in found), currency=row.currency)
    shown = Schedule(
        lease_id=row.id, method=rent.METHOD, next_due=None if due is None else due.isoformat(), total=total,
        periods=[_period(one, row.currency) for one in found],
    )  # fmt: skip
    return answer(200, shown)


def terms(row: LeaseRow) -> rent.Terms:
    """What was agreed, for the rules of rent."""
    return rent.Terms(
        start=date.fromisoformat(row.start_date),
        end=None if row.end_date is None else date.fromisoformat(row.end_date),
        period=row.period,
        due_day=row.due_day,
        rents=tuple((date.fromisoformat(since), amount) for since, amount in repository.rents_of(row)),
    )


def status_now(ctx: Context, row: LeaseRow) -> str:
    """The status on the property's own day."""
    return rules.status_on(row.status, row.end_date, today_in(row.time_zone, ctx.now))


def view(ctx: Context, row: LeaseRow) -> Lease:
    """A row as the API shows it."""
    rents = [
        RentFrom(start=since, rent=Money(amount=amount, currency=row.currency))
        for since, amount in repository.rents_of(row)
    ]
    return Lease(
        id=row.id, status=status_now(ctx, row), unit_id=row.unit_id, occupancy_id=row.occupancy_id,
        start=row.start_date, end=row.end_date,
        renter=Renter(name=row.renter_name, email=row.renter_email, phone=row.renter_phone), rent=rents[-1].rent,
        rents=rents, period=row.period, due_day=row.due_day,
        deposit=None if row.deposit_amount is None else Money(amount=row.deposit_amount, currency=row.currency),
        note=row.note, reason=row.reason, created_at=instant(row.created_at), updated_at=instant(row.updated_at),
    )  # fmt: skip


def _period(one: rent.Period, currency: str) -> RentPeriod:
    return RentPeriod(
        start=one.start.isoformat(), end=one.end.isoformat(), due=one.start.isoformat(), days=one.days,
        of_days=one.of_days, prorated=one.prorated, amount=Money(amount=one.amount, currency=currency),
    )  # fmt: skip
