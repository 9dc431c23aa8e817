"""What a tenant's standing allows: suspended or not, and its subscription's status. Statuses as Stripe names them.

Who may change things is a list of those who may, so that a status that we do not know changes nothing. A tenant that is
not on it keeps reading, paying and leaving; nothing of it is lost and nothing new is done for it.
https://docs.stripe.com/api/subscriptions/object#subscription_object-status
"""

from api.access.permissions import TABLE, Permission
from api.core.plan_limits import upgrade_url
from propflow.errors import Forbidden, LimitExceeded

WRITES = frozenset({"trialing", "active"})
ENDED = frozenset({"canceled", "incomplete_expired"})


def require_acting(suspended: int | None, permission: Permission) -> None:
    """Raises Forbidden while the tenant is suspended: 1 lets its people and keys read, 0 nothing.

    A person may always log out and go to another organisation, which takes nothing from this one.
    """
    if suspended is None or permission == "leave" or (suspended == 1 and _only_reads(permission)):
        return
    if suspended == 1:
        raise tenant_suspended("This organisation is suspended: it can be read, and nothing can be changed.")
    raise tenant_suspended("This organisation is suspended. Write to those who run PropFlow360.")


def tenant_suspended(detail: str) -> Forbidden:
    """403 for what a suspended tenant may not do."""
    return Forbidden("tenant_suspended", detail)


def _only_reads(permission: Permission) -> bool:
    """One's own account, its password and sessions, and whether one stays a member, is a person's own affair."""
    return permission == "self" or permission.endswith(":read")


def require_standing(status: str, permission: Permission, app_url: str) -> None:
    """Raises LimitExceeded (402) for a change while a payment is due or when the subscription has ended."""
    if status in WRITES or TABLE[permission].unpaid:
        return
    if status in ENDED:
        raise LimitExceeded(
            "subscription_ended",
            "The subscription has ended. Everything can still be read and exported; changes need a new one, and the "
            "free plan is one.",
            status=402, upgrade_url=upgrade_url(app_url), subscription_status=status,
        )  # fmt: skip
    raise LimitExceeded(
        "payment_required",
        "A payment for the subscription is due. Everything can still be read; changes work again once it is paid.",
        status=402, upgrade_url=upgrade_url(app_url), subscription_status=status,
    )  # fmt: skip
