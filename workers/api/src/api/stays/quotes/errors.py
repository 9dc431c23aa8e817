"""What a quote can refuse."""

from propflow.errors import Conflict, NotFound, Unprocessable


def quote_not_found() -> NotFound:
    return NotFound("quote_not_found", "There is no quote with this id.", param="quote_id")


def quote_expired() -> Conflict:
    return Conflict("quote_expired", "The price is no longer promised. Ask for a new quote.", param="quote_id")


def quote_mismatch() -> Unprocessable:
    return Unprocessable(
        "quote_mismatch", "The quote is for another unit, other dates or another number of guests.", param="quote_id"
    )
