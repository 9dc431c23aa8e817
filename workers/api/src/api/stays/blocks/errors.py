"""What a block can refuse."""

from propflow.errors import NotFound, Unprocessable


def block_not_found() -> NotFound:
    return NotFound("block_not_found", "There is no block with this id.")


def invalid_range() -> Unprocessable:
    return Unprocessable("invalid_range", "end must be after start.", param="end")


def range_too_long(nights: int) -> Unprocessable:
    return Unprocessable("range_too_long", f"A block has at most {nights} nights.", param="end")


def invalid_repeat(detail: str, field: str) -> Unprocessable:
    return Unprocessable("invalid_repeat", detail, param=f"repeat.{field}")
