"""How many calls API keys may make in a month. People and test spaces are not metered.

Counted by the object that is asked for the rate anyway. When it does not answer, calls pass uncounted, as with rates.
"""

from api.access.bucket import Taken
from api.access.portion import Count
from api.access.repository import Principal
from api.core.context import Bindings
from api.core.plan_limits import plan_limit_reached
from propflow import metering


def call_of(principal: Principal, now: int) -> Count | None:
    """What is to be counted of this request; None when nothing is."""
    if principal.role is not None or principal.mode != "live":
        return None
    return Count(tenant_id=principal.tenant_id, limit=principal.api_calls_monthly, now=now)


def require(bindings: Bindings, taken: Taken, call: Count | None) -> None:
    """Raises LimitExceeded (402) when the month's amount is used up."""
    if call is None or taken.call is None:
        return
    if not taken.call.allowed:
        limit = taken.call.used if call.limit is None else call.limit
        raise plan_limit_reached(
            "api_calls", taken.call.used, limit, bindings.settings.APP_BASE_URL, metering.resets_at(call.now)
        )
