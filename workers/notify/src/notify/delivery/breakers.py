"""What operators are told when messages of all tenants together stop for the rest of an hour."""

from notify.delivery import budgets
from notify.delivery.budgets import Budget
from propflow import operator_alerts
from propflow.bindings.d1 import Statement
from propflow.clock import HOUR

SENT = {
    budgets.EVERYBODY: ("sms_breaker", "SMS"),
    budgets.STRANGERS: ("email_breaker", "e-mails from organisations that are not both verified and paying"),
}


def told(full: Budget | None, now: int) -> Statement | None:
    """Note once an hour that this budget is used up, if it is one of all tenants."""
    if full is None or full.reason not in SENT:
        return None
    kind, sent = SENT[full.reason]
    detail = f"{full.most} {sent} were sent within an hour, which is the most allowed; the rest wait for the next hour."
    return operator_alerts.notice(kind, "all tenants", detail, now, None, operator_alerts.QUIET, now - now % HOUR)
