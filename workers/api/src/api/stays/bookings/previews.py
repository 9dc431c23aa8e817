"""What a change of a booking would come to. Nothing is written."""

from collections.abc import Sequence
from typing import Any

import msgspec

from api.core.context import Context
from api.edge.answers import Answer, answer
from api.edge.preconditions import check
from api.occupancies import several
from api.occupancies.service import in_the_way
from api.occupancies.views import Blocking
from api.stays.bookings import edits, judging, moves, offered, rules
from api.stays.bookings.reading import load, occupancies
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.repricing import repriced
from api.stays.bookings.rules import Reprice
from api.stays.bookings.views import BookingPreview, PreviewPrice
from api.stays.rates.views import Reason
from propflow.models import PriceLine
from propflow.money import Money


async def of_edit(
    ctx: Context, booking_id: str, fields: dict[str, Any], reprice: Reprice, if_match: str | None
) -> Answer:  # fmt: skip
    """What other guests, or a price made anew, would come to."""
    row = await _load(ctx, booking_id, if_match)
    return await _shown(ctx, row, await edits.edited(ctx, row, fields, reprice), reprice)


async def of_move(ctx: Context, booking_id: str, request: dict[str, Any], if_match: str | None) -> Answer:
    """What other nights or another unit would come to, also where they cannot be had."""
    row, reprice = await _load(ctx, booking_id, if_match), request["reprice"]
    after = moves.placed(ctx, row, request)
    if moves.place(row) == moves.place(after):
        return await _shown(ctx, row, await edits.edited(ctx, row, {}, reprice), reprice)
    found = await offered.load(ctx, after, row)
    offered.check_room(after.guests, judging.new_to(row, found))
    against = judging.against(ctx, row, found, ignore=request["ignore_restrictions"])
    return await _shown(ctx, row, repriced(ctx, found, row, after, reprice), reprice, against)


async def _load(ctx: Context, booking_id: str, if_match: str | None) -> BookingRow:
    row = await load(ctx, booking_id)
    if if_match is not None:
        check(if_match, row.version)
    return row


async def _shown(
    ctx: Context, row: BookingRow, after: BookingRow, reprice: Reprice, against: Sequence[Reason] = ()
) -> Answer:  # fmt: skip
    conflicts = await _in_the_way(ctx, row, after)
    total, same = Money(amount=after.total_amount, currency=after.currency), after.currency == row.currency
    was, now = _lines(row), _lines(after)
    more = Money(amount=after.total_amount - row.total_amount, currency=row.currency)
    made = BookingPreview(
        reprice=reprice, price=PreviewPrice(total=total, lines=now), difference=more if same else None,
        changes=rules.compared(was, now) if same else [], free=not conflicts, conflicts=list(conflicts),
        rules=list(against), messages=_messages(row, after),
    )  # fmt: skip
    return answer(200, made, version=row.version)


async def _in_the_way(ctx: Context, row: BookingRow, after: BookingRow) -> Sequence[Blocking]:
    had, wanted = occupancies(row), occupancies(after)
    if len(had) == len(wanted) == 1:
        return await in_the_way(ctx, wanted)
    return await several.in_the_way(ctx, wanted, [one.id for one in had])


def _lines(row: BookingRow) -> list[PriceLine]:
    return msgspec.json.decode(row.lines, type=list[PriceLine])


def _messages(row: BookingRow, after: BookingRow) -> list[str]:
    """Whose booking is moved or costs something else is told, if they know of it."""
    known = moves.place(row) != moves.place(after) or rules.owes_else(row, after)
    return ["booking_changed"] if known and row.status in rules.TOLD else []
