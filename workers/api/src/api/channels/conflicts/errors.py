"""What a conflict can refuse."""

from propflow.errors import BadRequest, Conflict, NotFound, Unprocessable


def conflict_not_found() -> NotFound:
    return NotFound("conflict_not_found", "There is no conflict with this id.")


def resolved_already(resolution: str | None) -> Conflict:
    return Conflict("conflict_resolved", "This conflict has been resolved.", resolution=resolution)


def not_movable(kind: str) -> Conflict:
    what = {"lease": "a lease", "ical": "a stay of another channel"}.get(kind, "a block")
    return Conflict("ours_not_movable", f"On our side is {what}, which cannot give way like that. Change it first.")


def reason_missing() -> Unprocessable:
    return Unprocessable("reason_missing", "Say why our booking is cancelled, or where it goes.", param="reason")


def unit_not_wanted() -> Unprocessable:
    return Unprocessable("unit_not_wanted", "Only keep_theirs moves our booking to another unit.", param="unit_id")


def way_differs() -> BadRequest:
    return BadRequest("way_differs", "way and resolution are two words for one thing. Send one of them.", param="way")


def booking_missing() -> Unprocessable:
    return Unprocessable("booking_missing", "Name the booking that is the same stay.", param="booking_id")


def booking_not_wanted() -> Unprocessable:
    return Unprocessable("booking_not_wanted", "Only same_stay names a booking.", param="booking_id")


def booking_not_concerned() -> Unprocessable:
    return Unprocessable("booking_not_concerned", "The conflict is not with this booking.", param="booking_id")


def booking_of_a_part() -> Conflict:
    detail = "The booking has only a part of the unit that the channel sold, so it is another stay."
    return Conflict("booking_of_a_part", detail, param="booking_id")


def booking_linked() -> Conflict:
    detail = "The booking is one stay with another entry already. Separate that one first."
    return Conflict("booking_linked", detail, param="booking_id")


def booking_has_other_nights() -> Conflict:
    detail = (
        "The booking that is one stay with it has none of these nights to give up. Bring it here by same_stay, separate"
        " the two so that it stays where it is, or cancel it."
    )
    return Conflict("booking_has_other_nights", detail)


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "What has the nights is being changed by others. Try again.")


def event_gone() -> Conflict:
    return Conflict("changed_meanwhile", "The channel says something else now. Read the conflict again.")
