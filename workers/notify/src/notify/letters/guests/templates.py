"""The wording of each message, by the name that `deliveries.template` keeps.

Fields: {name} {property} {unit} {check_in} {check_out}. Values are cleaned by composer.py before they are put in.
"""

import msgspec


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """`wanted` are the states of the booking in which the message is still true when its turn comes."""

    subject: str
    heading: str
    intro: str
    closing: str
    sms: str
    wanted: tuple[str, ...]


BOOKING_CONFIRMED = "booking_confirmed"
BOOKING_CANCELLED = "booking_cancelled"
BOOKING_CHANGED = "booking_changed"

TEMPLATES = {
    BOOKING_CONFIRMED: Template(
        subject="Your stay at {property} is confirmed",
        heading="Your stay is confirmed",
        intro="Hello {name}, we look forward to welcoming you at {property}.",
        closing="Please keep this message: the reference helps us to find your booking.",
        sms="{property}: {name}, your stay in {unit} from {check_in} to {check_out} is confirmed.",
        wanted=("confirmed", "checked_in"),
    ),
    BOOKING_CHANGED: Template(
        subject="Your stay at {property} has changed",
        heading="Your stay has changed",
        intro="Hello {name}, your booking at {property} has been changed. This is how it is now.",
        closing="If you did not expect this, please answer with the reference of the booking.",
        sms="{property}: {name}, your stay has changed: {unit} from {check_in} to {check_out}.",
        wanted=("confirmed", "checked_in"),
    ),
    BOOKING_CANCELLED: Template(
        subject="Your stay at {property} is cancelled",
        heading="Your stay is cancelled",
        intro="Hello {name}, your booking at {property} has been cancelled.",
        closing="If you did not expect this, please answer with the reference of the booking.",
        sms="{property}: {name}, your stay in {unit} from {check_in} to {check_out} is cancelled.",
        wanted=("cancelled",),
    ),
}
