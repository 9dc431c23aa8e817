"""What a file can refuse."""

from collections.abc import Sequence

from propflow.errors import AppError, BadRequest, Conflict, Forbidden, NotFound, Unprocessable


class LengthRequired(AppError):
    status = 411


class TooLarge(AppError):
    status = 413


class UnsupportedType(AppError):
    status = 415


class RangeNotSatisfiable(AppError):
    status = 416


def file_not_found(noun: str) -> NotFound:
    return NotFound(f"{noun}_not_found", f"There is no {noun} with this id.")


def owner_unclear(names: Sequence[str], at_fault: Sequence[str]) -> Unprocessable:
    detail = f"Name exactly one of {', '.join(names)}."
    errors = [{"param": name, "code": "owner_unclear", "detail": detail} for name in at_fault]
    return Unprocessable("owner_unclear", detail, param=at_fault[0], errors=errors)


def kind_fixed() -> Unprocessable:
    detail = (
        "An identity document stays one, and nothing else becomes one: it is kept apart. Delete it and upload anew."
    )
    return Unprocessable("kind_fixed", detail, param="kind")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The file is being changed by others. Try again.")


def nothing_here() -> NotFound:
    return NotFound("file_not_found", "There is no file at this address.")


def link_invalid() -> Forbidden:
    return Forbidden("link_invalid", "This address was not made by us for this, or somebody changed it.")


def link_expired() -> Forbidden:
    return Forbidden("link_expired", "This address has expired. Ask for a new one.")


def length_required() -> LengthRequired:
    return LengthRequired("length_required", "Send a Content-Length.")


def too_long(size: int) -> TooLarge:
    return TooLarge("body_too_large", f"This address takes exactly {size} bytes, as you said when you asked for it.")


def too_short(size: int) -> BadRequest:
    return BadRequest("body_too_short", f"This address takes exactly {size} bytes, as you said when you asked for it.")


def wrong_type(content_type: str) -> UnsupportedType:
    return UnsupportedType("unsupported_content_type", f"Send Content-Type: {content_type}, as you said before.")


def not_an_image(content_type: str) -> UnsupportedType:
    return UnsupportedType("content_mismatch", f"What was sent does not begin as {content_type} does.")


def body_incomplete() -> BadRequest:
    return BadRequest("body_incomplete", "The body ended early. Nothing was stored; send it again.")


def range_not_satisfiable(size: int) -> RangeNotSatisfiable:
    return RangeNotSatisfiable("range_not_satisfiable", f"The file has {size} bytes.", size=size)
