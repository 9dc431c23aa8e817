"""What a plan can refuse."""

from api.core.plan_limits import upgrade_url
from propflow.errors import Conflict, Forbidden, Unprocessable


def feature_not_in_plan(feature: str, plan: str, app_url: str) -> Forbidden:
    """403 for what only a larger plan has."""
    return Forbidden(
        "feature_not_in_plan", f"The plan {plan} does not include {feature}. Take a larger plan to use it.",
        feature=feature, plan=plan, upgrade_url=upgrade_url(app_url),
    )  # fmt: skip


def plan_not_found() -> Unprocessable:
    return Unprocessable("plan_not_found", "There is no plan with this id.", param="plan")


def is_test_space() -> Unprocessable:
    return Unprocessable("test_space", "A test space follows the subscription of its live tenant.")


def superseded() -> Conflict:
    return Conflict("superseded", "What is known of this subscription is newer than this.", param="at")
