"""Pure: whether a tenant may write to somebody who is not its own, and why not."""

import msgspec

from propflow.calling_codes import USUAL, country_of
from propflow.standing import Standing, why_no_email, why_no_sms


class Sender(Standing, frozen=True, kw_only=True):
    """A tenant's standing, and what it may send: a daily amount that is None is unlimited.

    `countries` (JSON) are those that it chose for SMS, None when it chose none.
    """

    emails_daily: int | None
    sms_daily: int | None
    countries: str | None


def why_not(sender: Sender, channel: str, address: str) -> str | None:
    """Why nothing is sent this way, whatever it is; None when it may be."""
    if channel == "email":
        return why_no_email(sender)
    return why_no_sms(sender) or _why_not_there(sender, address)


def _why_not_there(sender: Sender, number: str) -> str | None:
    allowed = USUAL if sender.countries is None else msgspec.json.decode(sender.countries, type=list[str])
    country = country_of(number)
    if country is None:
        return "SMS are not sent to numbers that belong to no country"
    return None if country in allowed else f"{country} is not one of the countries to which the organisation sends SMS"
