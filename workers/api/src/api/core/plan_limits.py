"""What a plan refuses: 402 with the evidence."""

from propflow.clock import to_rfc3339
from propflow.errors import LimitExceeded

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


def upgrade_url(app_url: str) -> str:
    """Where an owner pays or takes a larger plan."""
    return f"{app_url.rstrip('/')}/settings/plan"


def plan_limit_reached(meter: str, usage: int, limit: int, app_url: str, reset_at: int | None = None) -> LimitExceeded:
    """402 with the evidence; `reset_at` (ms) is when a month's amount begins anew, None for what one has."""
    again = "" if reset_at is None else f", or wait until {to_rfc3339(reset_at)[:10]}"
    detail = f"Your plan includes {limit:,} {NAMES[meter]} and {usage:,} are in use. Take a larger plan{again}."
    return LimitExceeded(
        "plan_limit_reached", detail, status=402, meter=meter, usage=usage, limit=limit,
        reset_at=None if reset_at is None else to_rfc3339(reset_at), upgrade_url=upgrade_url(app_url),
    )  # fmt: skip
