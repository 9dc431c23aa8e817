"""What a subscription's status allows. Statuses as Stripe names them.

A tenant in arrears keeps reading, paying and leaving; nothing of it is lost and nothing new is done for it.
https://docs.stripe.com/api/subscriptions/object#subscription_object-status
"""

from api.access.permissions import TABLE, Permission
from propflow.errors import LimitExceeded

IN_ARREARS = frozenset({"past_due", "unpaid", "paused", "incomplete"})


def require_standing(status: str, permission: Permission, app_url: str) -> None:
    """Raises LimitExceeded (402) for a change while a payment is due."""
    if status in IN_ARREARS and not TABLE[permission].unpaid:
        raise LimitExceeded(
            "payment_required",
            "A payment for the subscription is due. Everything can still be read; changes work again once it is paid.",
            status=402, upgrade_url=upgrade_url(app_url), subscription_status=status,
        )  # fmt: skip


def upgrade_url(app_url: str) -> str:
    """Where an owner pays or takes a larger plan."""
    return f"{app_url.rstrip('/')}/settings/plan"
