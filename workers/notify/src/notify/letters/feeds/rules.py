"""Pure: whether a mail about a feed is still true, and for whom."""

from notify.delivery.decisions import TEST_SPACE
from notify.letters.feeds.models import Facts
from propflow.messages import Alert

TOLD = ("owner", "admin", "manager")


def reason_to_skip(alert: Alert, facts: Facts | None) -> str | None:
    """Why nobody should get this mail any more."""
    if facts is None:
        return "the feed is gone"
    if facts.mode == "test":
        return TEST_SPACE
    if facts.disabled or not facts.verified or facts.role not in TOLD:
        return "the person does not look after this feed"
    if facts.status == "paused":
        return "the feed is paused"
    return _reason_of_state(alert, facts)


def _reason_of_state(alert: Alert, facts: Facts) -> str | None:
    going_on = facts.alerts.split(",")
    if alert == "recovered":
        return "the feed is in trouble again" if "trouble" in going_on else None
    if alert == "conflicts":
        return None if facts.conflicts else "no conflict is open any more"
    if alert == "unlisted":
        return None if facts.unlisted else "somebody has decided about it"
    return None if alert in going_on else "it is over by now"
