"""What a booking can refuse."""

from propflow.errors import Conflict, NotFound, Unprocessable


def booking_not_found(param: str | None = None) -> NotFound:
    return NotFound("booking_not_found", "There is no booking with this id.", param=param)


def hold_not_found() -> NotFound:
    return NotFound("hold_not_found", "There is no hold with this id.", param="hold_id")


def hold_expired() -> Conflict:
    return Conflict("hold_expired", "The hold has run out or was used.", param="hold_id")


def hold_mismatch() -> Unprocessable:
    return Unprocessable("hold_mismatch", "The hold is for another unit or other dates.", param="hold_id")


def invalid_transition(status: str, verb: str) -> Conflict:
    return Conflict("invalid_transition", f"A booking that is {status} cannot be changed by {verb}.", status_now=status)


def too_early(check_in: str) -> Conflict:
    return Conflict("too_early", f"The guest may still come: the day of arrival is {check_in}.")


def not_yet_arriving(first: str) -> Conflict:
    return Conflict("too_early", f"The guest can be checked in from {first} on.")


def not_yet_there(check_in: str) -> Conflict:
    detail = f"The stay begins on {check_in}, so nobody can leave yet. Undo the check-in if it was a mistake."
    return Conflict("too_early", detail)


def stay_is_over(check_out: str) -> Conflict:
    return Conflict("too_late", f"The stay has ended: the day of departure was {check_out}.")


def guest_is_there() -> Conflict:
    return Conflict("guest_is_there", "The guest has arrived, so check_in stays as it is.", param="check_in")


def currency_differs(sold: str, now: str) -> Unprocessable:
    detail = f"The booking was sold in {sold} and the unit is priced in {now} now; the amounts cannot be added."
    return Unprocessable("currency_differs", detail, param="reprice")


def keep_price_differs(reprice: str) -> Unprocessable:
    detail = f"keep_price contradicts reprice: {reprice}. Leave it out."
    return Unprocessable("keep_price_differs", detail, param="keep_price")


def too_many_parts(most: int) -> Unprocessable:
    return Unprocessable("too_many_parts", f"A stay changes its unit at most {most - 1} times.", param="from")


def not_within(check_in: str, check_out: str) -> Unprocessable:
    detail = f"The day must lie in the stay, from {check_in} to the day before {check_out}."
    return Unprocessable("from_outside_stay", detail, param="from")


def other_property() -> Unprocessable:
    detail = "One booking has one property: only from its first day on can a stay be moved to another."
    return Unprocessable("other_property", detail, param="unit_id")


def stay_in_parts(param: str) -> Conflict:
    detail = "This stay changes its unit. Move all of it to one unit first: name unit_id and leave from out."
    return Conflict("stay_in_parts", detail, param=param)


def same_unit() -> Unprocessable:
    return Unprocessable("same_unit", "Both bookings are of the same unit.", param="other_booking_id")


def same_booking() -> Unprocessable:
    return Unprocessable("same_booking", "Name two bookings.", param="other_booking_id")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The booking is being changed by others. Try again.")


def group_not_found() -> NotFound:
    return NotFound("booking_group_not_found", "There is no group of bookings with this id.")


def bookings_overlap(index: int) -> Unprocessable:
    return Unprocessable(
        "bookings_overlap", "Two bookings of the group want the same nights of a unit.", param=f"bookings.{index}"
    )
