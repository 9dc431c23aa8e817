"""What a search can refuse."""

from propflow.errors import BadRequest


def currency_required() -> BadRequest:
    return BadRequest("currency_required", "Say in which currency the price is.", param="currency")


def invalid_amenities(most: int) -> BadRequest:
    return BadRequest("invalid_filter", f"Name at most {most} amenities, by commas.", param="amenities")
