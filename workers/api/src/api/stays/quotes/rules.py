"""Decisions about quotes: pure, with time as an argument."""

from api.stays.quotes.errors import quote_expired, quote_mismatch
from api.stays.quotes.repository import QuoteRow


def check_quote(quote: QuoteRow, unit_id: str, check_in: str, check_out: str, guests: int, now: int) -> None:
    """Whether the quote still promises a price for exactly this stay."""
    if (quote.unit_id, quote.check_in, quote.check_out, quote.guests) != (unit_id, check_in, check_out, guests):
        raise quote_mismatch()
    if quote.expires_at <= now:
        raise quote_expired()
