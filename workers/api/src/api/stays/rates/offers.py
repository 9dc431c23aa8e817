"""A unit with all that decides on a stay in it: read in one statement, then judged."""

from collections.abc import Sequence
from datetime import date

from api.core.context import Context
from api.inventory.units.errors import unit_not_found
from api.occupancies.errors import unit_not_active
from api.stays.rates import repository
from api.stays.rates.errors import people_only, stay_not_allowed
from api.stays.rates.repository import OfferRow
from api.stays.rates.rules import reasons_against, terms_of, today_at
from api.stays.rates.views import Reason
from propflow.bindings.d1 import Statement
from propflow.errors import Unprocessable


def ask(ctx: Context, unit_id: str, check_in: str, check_out: str, *, own: Sequence[str] = ()) -> Statement:
    """The statement for a batch; `own` are the occupancies of a stay that is there already. Read it as `OfferRow`."""
    return repository.offer(ctx.tenant_id, ctx.caller.properties, unit_id, check_in, check_out, ctx.now, own=own)


async def load(ctx: Context, unit_id: str, check_in: str, check_out: str) -> OfferRow:
    """The unit or NotFound, also outside of what the caller sees."""
    offer = (await ctx.bindings.core.run(ask(ctx, unit_id, check_in, check_out))).one(OfferRow)
    if offer is None:
        raise unit_not_found("unit_id")
    return offer


def reasons(ctx: Context, offer: OfferRow, check_in: str, check_out: str) -> list[Reason]:
    """What the unit's rules have against the stay."""
    if offer.rules is None and offer.seasons == "[]":
        return []
    first, last = date.fromisoformat(check_in), date.fromisoformat(check_out)
    return reasons_against(terms_of(offer), first, last, today_at(offer, ctx.now), offer.neighbours())


def check_open(ctx: Context, offer: OfferRow, *, ignore: bool) -> None:
    """Raises Conflict for a unit that is not let, and Forbidden for a key that would ignore restrictions."""
    check_let(offer)
    check_may(ctx, ignore=ignore)


def check_let(offer: OfferRow) -> None:
    """Raises Conflict for a unit that is not let."""
    if offer.status != "active":
        raise unit_not_active()


def check_may(ctx: Context, *, ignore: bool) -> None:
    """Raises Forbidden for a key that would ignore restrictions."""
    if ignore and ctx.caller.is_key:
        raise people_only()


def check(ctx: Context, offer: OfferRow, check_in: str, check_out: str, *, ignore: bool = False) -> list[str]:
    """The codes of the restrictions that somebody of the staff chose to ignore, for the audit.

    Raises Unprocessable with the reasons when there are some and nobody did.
    """
    check_open(ctx, offer, ignore=ignore)
    return allowed(reasons(ctx, offer, check_in, check_out), ignore=ignore)


def allowed(found: Sequence[Reason], *, ignore: bool) -> list[str]:
    """The same of reasons that were found."""
    if found and not ignore:
        raise stay_not_allowed(list(found))
    return [reason.code for reason in found]


def audited(ignored: Sequence[str]) -> dict[str, list[str]]:
    """What the audit says of ignored restrictions, if there were any."""
    return {"ignored_restrictions": list(ignored)} if ignored else {}


def keep_apart(
    ctx: Context, offer: OfferRow, own: Sequence[str], check_in: str, check_out: str
) -> list[Statement]:  # fmt: skip
    """What follows the taking of nights where the unit must be prepared: somebody else may have come next to them.
    `own` are the occupancies of the stay.

    It fails as `guard_failed`; nothing is asked where nothing must be prepared.
    """
    days = offer.terms().preparation_days
    if days == 0:
        return []
    return [repository.keep_apart(ctx.tenant_id, offer.id, own, check_in, check_out, days, ctx.now)]


def too_close(offer: OfferRow) -> Unprocessable:
    """The refusal for what `keep_apart` found."""
    return stay_not_allowed([Reason(code="prep", limit=offer.terms().preparation_days)])
