"""Bookings that are made and cancelled together, all or none."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any, TypeVar

import msgspec

from api.core import idempotency
from api.core.commit import Fact, commit
from api.core.context import Context
from api.core.retry import retried
from api.edge.answers import Answer, answer, instant
from api.inventory.units.errors import unit_not_found
from api.occupancies import changes, several
from api.occupancies.service import remembered
from api.stays.bookings import facts, repository, rules
from api.stays.bookings.errors import bookings_overlap, changed_meanwhile, group_not_found
from api.stays.bookings.reading import occupancy, view
from api.stays.bookings.repository import BookingRow, GroupRow
from api.stays.bookings.service import new_row, quoted
from api.stays.bookings.states import changed
from api.stays.bookings.views import BookingGroup
from api.stays.nights import check_guests, nights_of
from api.stays.prices import Priced, price_stay
from api.stays.quotes import repository as quotes
from api.stays.quotes.errors import quote_not_found
from api.stays.quotes.repository import QuoteRow
from api.stays.quotes.rules import check_quote
from api.stays.rates import offers
from api.stays.rates.repository import OfferRow
from propflow import ids
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.errors import AppError, Conflict

T = TypeVar("T")
Wanted = dict[str, Any]
Found = tuple[OfferRow, QuoteRow | None]


async def create(ctx: Context, wanted: list[Wanted], name: str | None) -> Answer:
    """Take all nights and create all bookings, or nothing; a 409 names what is in the way of which one."""
    idempotency.require(ctx)
    try:
        return await _create(ctx, wanted, name)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _create(ctx: Context, wanted: list[Wanted], name: str | None) -> Answer:
    for index, one in enumerate(wanted):
        _at(index, nights_of, one["check_in"], one["check_out"])
    _check_apart(wanted)
    found = await _load(ctx, wanted)
    ignored = [_at(index, _check, ctx, one, *found[index]) for index, one in enumerate(wanted)]
    group = GroupRow(id=ids.new_id("grp", ctx.real_now), name=name, created_at=ctx.now)
    rows = _rows(ctx, group, wanted, found, _prices(ctx, wanted, found))
    occupied = [occupancy(row) for row in rows]
    statements = [
        *changes.insert_all(ctx.tenant_id, occupied, ctx.now), repository.insert_group(ctx.tenant_id, group),
        *repository.insert_all(ctx.tenant_id, rows), *_apart(ctx, wanted, found, rows),
    ]  # fmt: skip
    told = [facts.created(ctx, row, codes) for row, codes in zip(rows, ignored, strict=True)]
    try:
        return await several.take(ctx, _shown(group, rows, 201), occupied, statements, told)
    except GuardFailed:
        raise changed_meanwhile() from None  # somebody came next to nights that need days of preparation


def _rows(
    ctx: Context, group: GroupRow, wanted: list[Wanted], found: list[Found], prices: list[Priced]
) -> list[BookingRow]:
    in_order = sorted(ids.new_id("bkg", ctx.real_now) for _ in wanted)  # so that they are shown as they were asked for
    return [
        msgspec.structs.replace(new_row(ctx, one, unit, price), id=booking_id, group_id=group.id)
        for booking_id, one, (unit, _), price in zip(in_order, wanted, found, prices, strict=True)
    ]


async def _load(ctx: Context, wanted: list[Wanted]) -> list[Found]:
    """The units and the quotes, in one round trip."""
    results = await ctx.bindings.core.batch([
        statement for one in wanted for statement in (
            offers.ask(ctx, one["unit_id"], one["check_in"], one["check_out"]),
            quotes.get(ctx.tenant_id, ctx.caller.properties, one["quote_id"] or ""),
        )
    ])  # fmt: skip
    found: list[Found] = []
    for index, one in enumerate(wanted):
        unit, quote = results[2 * index].one(OfferRow), results[2 * index + 1].one(QuoteRow)
        if unit is None:
            raise unit_not_found(f"bookings.{index}.unit_id")
        if one["quote_id"] is not None and quote is None:
            raise _of(index, quote_not_found())
        found.append((unit, quote))
    return found


def _check(ctx: Context, one: Wanted, unit: OfferRow, quote: QuoteRow | None) -> list[str]:
    check_guests(one["guests"], unit.max_guests)
    if quote is not None:
        check_quote(quote, unit.id, one["check_in"], one["check_out"], one["guests"], ctx.now)
    return offers.check(ctx, unit, one["check_in"], one["check_out"], ignore=one["ignore_restrictions"])


def _check_apart(wanted: list[Wanted]) -> None:
    """Raises Unprocessable when two of the group want the same night of a unit."""
    for (_, one), (index, other) in combinations(enumerate(wanted), 2):
        meet = one["check_in"] < other["check_out"] and other["check_in"] < one["check_out"]
        if meet and one["unit_id"] == other["unit_id"]:
            raise bookings_overlap(index)


def _apart(ctx: Context, wanted: list[Wanted], found: list[Found], rows: list[BookingRow]) -> list[Statement]:
    return [
        statement
        for one, (unit, _), row in zip(wanted, found, rows, strict=True) if not one["ignore_restrictions"]
        for statement in offers.keep_apart(ctx, unit, [row.occupancy_id], row.check_in, row.check_out)
    ]  # fmt: skip


def _prices(ctx: Context, wanted: list[Wanted], found: list[Found]) -> list[Priced]:
    return [_price(ctx, one, unit, quote) for one, (unit, quote) in zip(wanted, found, strict=True)]


def _price(ctx: Context, one: Wanted, unit: OfferRow, quote: QuoteRow | None) -> Priced:
    """What was quoted, else today's price."""
    if quote is not None:
        return quoted(quote)
    return price_stay(unit, one["check_in"], one["check_out"], one["guests"], ctx.now)


def _at(index: int, judge: Callable[..., T], *about: Any) -> T:
    """Judge one of the group; a refusal names which one."""
    try:
        return judge(*about)
    except AppError as error:
        raise _of(index, error) from None


def _of(index: int, error: AppError) -> AppError:
    error.param = f"bookings.{index}" if error.param is None else f"bookings.{index}.{error.param}"
    return error


async def show(ctx: Context, group_id: str) -> Answer:
    """The group with its bookings."""
    return _shown(*await _get(ctx, group_id))


async def _get(ctx: Context, group_id: str) -> tuple[GroupRow, list[BookingRow]]:
    found = await ctx.bindings.core.batch(repository.get_group(ctx.tenant_id, ctx.caller.properties, group_id))
    group = found[0].one(GroupRow)
    if group is None:
        raise group_not_found()
    return group, found[1].rows(BookingRow)


async def cancel(ctx: Context, group_id: str, reason: str | None) -> Answer:
    """Cancel every booking of the group that is not cancelled yet, or none."""
    return await retried(partial(_cancel, ctx, group_id, reason), changed_meanwhile)


async def _cancel(ctx: Context, group_id: str, reason: str | None) -> Answer:
    group, rows = await _get(ctx, group_id)
    statements: list[Statement] = []
    told: list[Fact] = []
    after = []
    for row in rows:
        if rules.transition(row.status, "cancel") is not None:
            row, more, fact = changed(ctx, row, "cancel", reason)
            statements += more
            told.append(fact)
        after.append(row)
    return await commit(ctx, _shown(group, after), statements, told, unit_id=min(row.unit_id for row in rows))


def _shown(group: GroupRow, rows: Sequence[BookingRow], status: int = 200) -> Answer:
    """Every change of a booking makes its version, and so the group's, one more."""
    made = BookingGroup(
        id=group.id, name=group.name, bookings=[view(row) for row in rows], created_at=instant(group.created_at)
    )
    location = f"/v1/booking_groups/{group.id}" if status == 201 else None
    return answer(status, made, location=location, version=sum(row.version for row in rows))
