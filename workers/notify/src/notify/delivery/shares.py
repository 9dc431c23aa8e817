"""What becomes of deliveries that were claimed and got no share of plan and budgets; read in one batch for all."""

from collections.abc import Sequence
from itertools import islice

from notify.delivery import claims_repository, decisions
from notify.delivery.budgets import Told, Used
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.models import Letter, Taken, Way
from propflow import log, metering
from propflow.bindings.d1 import Database, Result
from propflow.errors import Transient

Shareless = tuple[Letter, Way, Claim]
READS = 3  # statements of `claims_repository.spent`


async def without_share(db: Database, taken: Sequence[Taken]) -> dict[str, Outcome]:
    """What is to happen to them instead of being sent, by their ids. What cannot be read is tried again."""
    found = [one for message in taken for one in _shareless(message)]
    if not found:
        return {}
    try:
        statements = [
            claims_repository.spent(letter.message, letter.template, way, letter.now) for letter, way, _ in found
        ]
        results = iter(await db.batch([one for of_delivery in statements for one in of_delivery]))
    except Exception as error:
        log.exception("delivery.share_unread", error, deliveries=len(found))
        again = Transient(f"what was in the way could not be read: {type(error).__name__}")
        return {claim.id: decisions.failed(again, claim, letter.now) for letter, _, claim in found}
    return {one[-1].id: _judged(one, list(islice(results, READS))) for one in found}


def _shareless(taken: Taken) -> list[Shareless]:
    """What was refused before it was claimed asked for none."""
    ways = [(taken.letter.ways[claim.channel], claim) for claim in taken.claims if claim.metered is None]
    return [(taken.letter, way, claim) for way, claim in ways if way.refusal is None]


def _judged(one: Shareless, results: Sequence[Result]) -> Outcome:
    """The month's amount is gone, or a budget is; or something was forbidden just now."""
    letter, way, claim = one
    month, used, told = results
    [spent] = month.rows(metering.Spent)
    if spent.limit is not None and spent.used >= spent.limit:
        return decisions.skipped(decisions.USED_UP)
    return decisions.without_share(way.budgets, used.rows(Used), told.rows(Told)[0], claim, letter.now)
