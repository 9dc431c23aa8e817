"""Search for free units."""

import msgspec

from api.core.context import Context
from api.edge.answers import Answer, part
from api.edge.etags import digest
from api.stays.availability import repository, rules, snapshots
from api.stays.availability.repository import Calendar, Wanted
from api.stays.availability.views import FreeUnit
from api.stays.nights import nights_of
from api.stays.prices import stay_of
from api.stays.rates import offers
from api.stays.rates.repository import OfferRow
from propflow.models import Price
from propflow.prices import price

MOST_PRICED = 500  # free units that one page of a search by price looks at


async def search(ctx: Context, wanted: Wanted, *, after: str, limit: int, known: str | None) -> Answer:
    """The units that are free for the whole stay, take that many guests and allow it, with their totals.

    304 when the caller has the answer already. A page may be shorter than `limit`, because units whose rules are
    against the stay are left out; by price it is filled from up to 500 free units. To who is restricted to some
    properties the tag must not tell that something happened to others: it is one of the content.
    """
    if ctx.caller.property_ids is None:
        return await _search(ctx, wanted, after, limit, known)
    made = await _search(ctx, wanted, after, limit, None)
    return msgspec.structs.replace(made, headers={"ETag": f'"{digest(made.body)}"'})


async def _search(ctx: Context, wanted: Wanted, after: str, limit: int, known: str | None) -> Answer:
    nights_of(wanted.check_in, wanted.check_out)
    rules.check(wanted)
    query = snapshots.fingerprint(ctx, wanted, after, limit)
    if known is not None or snapshots.is_dear(query):
        kept = await _kept(ctx, query, known)
        if kept is not None:
            return kept
    most = MOST_PRICED if wanted.priced else limit
    calendar, found = await ctx.bindings.core.batch([
        repository.calendar(ctx.tenant_id, ctx.now),
        repository.search(ctx.tenant_id, ctx.caller.properties, wanted, now=ctx.now, after=after, limit=most + 1),
    ])  # fmt: skip
    version, made = calendar.rows(Calendar)[0], _page(ctx, wanted, found.rows(OfferRow), most, limit)
    tagged = msgspec.structs.replace(made, headers={"ETag": rules.tag_of(version, query, ctx.now)})
    snapshots.note(ctx, query, tagged, found.meta.rows_read)
    return tagged


async def _kept(ctx: Context, query: str, known: str | None) -> Answer | None:
    """The answer without a search: the caller's own, or one that was kept."""
    calendar = (await ctx.bindings.core.run(repository.calendar(ctx.tenant_id, ctx.now))).rows(Calendar)[0]
    tag = None if known is None else rules.still_true(known, calendar, query, ctx.now)
    if tag is not None:
        return Answer(status=304, body="", headers={"ETag": tag})
    return await snapshots.read(ctx, query, calendar)


def _page(ctx: Context, wanted: Wanted, found: list[OfferRow], most: int, limit: int) -> Answer:
    """Up to `limit` of the units that fit; the next page goes on after the last one that was looked at."""
    looked, stay = found[:most], (wanted.check_in, wanted.check_out)
    allowed = [row for row in looked if not offers.reasons(ctx, row, *stay)]
    prices = [price(stay_of(row, *stay, wanted.guests, ctx.now)) for row in allowed]
    nights = nights_of(*stay)
    priced = zip(allowed, prices, strict=True)
    fitting = [_view(row, found) for row, found in priced if rules.fits(wanted, found.total.amount, nights)]
    if len(fitting) > limit:
        return part(fitting[:limit], fitting[limit - 1].unit_id)
    return part(fitting, looked[-1].id if len(found) > most else None)


def _view(row: OfferRow, price: Price) -> FreeUnit:
    return FreeUnit(
        unit_id=row.id, property_id=row.property_id, name=row.name, max_guests=row.max_guests, available=True,
        total=price.total, lines=price.lines,
    )  # fmt: skip
