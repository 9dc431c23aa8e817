"""Pure: what a message to a guest takes of the budgets."""

from notify.delivery import budgets
from notify.delivery.budgets import Budget
from notify.letters.guests.sender import Sender
from propflow.clock import DAY, HOUR

SMS_TO_ONE_HOURLY = 5
SMS_TO_ONE_DAILY = 12


def emails(sender: Sender, tenant_id: str, recipient: str, now: int, most_hourly: int) -> list[Budget]:
    """What an e-mail to a guest takes; `most_hourly` is what all unproven tenants send together."""
    found = budgets.to_mailbox(sender.is_proven, tenant_id, recipient, now, most_hourly)
    if sender.emails_daily is not None:
        most, day = sender.emails_daily, budgets.end_of(now, DAY)
        found.append(Budget(key=f"email-by:{tenant_id}", ends_at=day, most=most, reason=budgets.TENANT))
    return found


def sms(sender: Sender, tenant_id: str, recipient: str, now: int, most_hourly: int) -> list[Budget]:
    """What an SMS of one part takes; `most_hourly` is the installation's."""
    hour, day = budgets.end_of(now, HOUR), budgets.end_of(now, DAY)
    share = budgets.share_of_one(most_hourly)
    found = [
        Budget(key=f"sms-hour:{recipient}", ends_at=hour, most=SMS_TO_ONE_HOURLY, reason=budgets.RECIPIENT),
        Budget(key=f"sms-day:{recipient}", ends_at=day, most=SMS_TO_ONE_DAILY, reason=budgets.RECIPIENT),
        Budget(key="sms-of-all", ends_at=hour, most=most_hourly, reason=budgets.EVERYBODY),
        Budget(key=f"sms-hour-by:{tenant_id}", ends_at=hour, most=share, reason=budgets.TENANT_HOURLY),
    ]
    if sender.sms_daily is not None:
        found.append(Budget(key=f"sms-by:{tenant_id}", ends_at=day, most=sender.sms_daily, reason=budgets.TENANT))
    return found
