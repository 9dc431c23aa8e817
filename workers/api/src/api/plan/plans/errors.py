"""What a plan can refuse."""

from api.access.standing import upgrade_url
from propflow.clock import to_rfc3339
from propflow.errors import Conflict, Forbidden, LimitExceeded, Unprocessable

NAMES = {
    "units": "units",
    "users": "people",
    "properties": "properties",
    "feeds": "feeds",
    "push_targets": "push targets",
    "files": "files",
    "storage_bytes": "bytes of files",
    "api_calls": "API calls a month",
    "messages": "e-mails to guests a month",
    "sms": "SMS a month",
    "ai_calls": "AI calls a month",
}


def plan_limit_reached(meter: str, usage: int, limit: int, app_url: str, reset_at: int | None = None) -> LimitExceeded:
    """402 with the evidence; `reset_at` (ms) is when a month's amount begins anew, None for what one has."""
    again = "" if reset_at is None else f", or wait until {to_rfc3339(reset_at)[:10]}"
    detail = f"Your plan includes {limit:,} {NAMES[meter]} and {usage:,} are in use. Take a larger plan{again}."
    return LimitExceeded(
        "plan_limit_reached", detail, status=402, meter=meter, usage=usage, limit=limit,
        reset_at=None if reset_at is None else to_rfc3339(reset_at), upgrade_url=upgrade_url(app_url),
    )  # fmt: skip


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
