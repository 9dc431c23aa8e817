"""Mails about feeds: who gets them, when they are true, and what strangers' words become in them."""

from __future__ import annotations

import msgspec
import pytest

from notify.letters.feeds import composer, rules
from notify.letters.feeds.models import Facts
from notify.letters.feeds.templates import TEMPLATES
from propflow.messages import Alert

GOOD = Facts(
    feed_name="Airbnb", host="www.airbnb.com", status="active", error="www.airbnb.com answered 403.",
    last_success_at=1_800_000_000_000, unit_name="Flat", property_name="House", alerts="trouble,emptied,unread",
    conflicts=2, unlisted=1, email="a@example.net", name="Ada", disabled=False, verified=True, role="manager",
    mode="live",
)  # fmt: skip
ALERTS: list[Alert] = ["trouble", "recovered", "emptied", "unread", "conflicts", "unlisted"]


def reason(alert: Alert, **more: object) -> str | None:
    return rules.reason_to_skip(alert, msgspec.structs.replace(GOOD, **more))


@pytest.mark.parametrize("alert", ALERTS)
def test_who_does_not_look_after_the_feed_any_more_is_not_told(alert: Alert) -> None:
    true = {"alerts": "" if alert == "recovered" else GOOD.alerts}
    assert reason(alert, **true) is None
    for change in ({"role": None}, {"role": "member"}, {"disabled": True}, {"verified": False}, {"mode": "test"},
                   {"status": "paused"}):  # fmt: skip
        assert reason(alert, **true, **change) is not None, change
    assert rules.reason_to_skip(alert, None) == "the feed is gone"


def test_what_is_over_is_not_told() -> None:
    assert reason("trouble", alerts="emptied") and reason("emptied", alerts="trouble")
    assert reason("unread", alerts="trouble")
    assert reason("recovered", alerts="trouble") and reason("conflicts", conflicts=0)
    assert reason("unlisted", unlisted=0)


@pytest.mark.parametrize("alert", ALERTS)
def test_words_of_strangers_are_text_on_one_line_without_links(alert: Alert) -> None:
    evil = "Evil\r\nBcc: x@evil.example <a href='https://evil.example'>{count}</a>"
    facts = msgspec.structs.replace(GOOD, feed_name=evil, unit_name=evil, property_name=evil, name=evil, error=evil)
    mail = composer.email(TEMPLATES[alert], facts, "https://api.propflow360.com")
    assert mail == composer.email(TEMPLATES[alert], facts, "https://api.propflow360.com")
    assert "\n" not in mail.subject and "\r" not in mail.text
    for text in (mail.subject, mail.text, mail.html):
        assert "evil.example" not in text and "https://evil" not in text and "<a href='" not in text
    assert mail.text.count("https://") == 1 and mail.html.count("<a ") == 1
