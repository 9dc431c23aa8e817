"""What operators are told when messages of all tenants together stop for the rest of an hour."""

from notify import budgets
from notify.budgets import Budget
from propflow import operator_alerts
from propflow.bindings.d1 import Statement

SENT = {
    budgets.EVERYBODY: ("sms_breaker", "SMS"),
    budgets.STRANGERS: ("email_breaker", "e-mails from organisations that are not both verified and paying"),
}


def told(full: Budget, now: int) -> list[Statement]:
    """Note that this budget is used up, if it is one of all tenants."""
    if full.reason not in SENT:
        return []
    kind, sent = SENT[full.reason]
    detail = f"{full.most} {sent} were sent within an hour, which is the most allowed; the rest wait for the next hour."
    return [operator_alerts.notice(kind, "all tenants", detail, now)]
