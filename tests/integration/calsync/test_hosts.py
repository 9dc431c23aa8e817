"""Hosts that fail, lie or lead elsewhere: the run says why without the secret, nothing changes, others go on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from integration.calsync.connected import Connected, ask, day
from integration.calsync.listeners import Canary
from support.suite import Suite

STAYS = [(0, 4, "HMAAAAAAAA")]
SECRET = "s3cr3t"


@pytest.fixture
def canary() -> Iterator[Canary]:
    listener = Canary()
    yield listener
    listener.close()


@pytest.fixture
def connected(calendar: Connected) -> Connected:
    calendar.connect(calendar.publish(STAYS) + f"?s={SECRET}")
    return calendar


def failed(calendar: Connected) -> str:
    """Sync, expect a failure that changed nothing, and return its reason."""
    before, failures = calendar.everything(), calendar.feed()["failures"]
    run = calendar.sync()
    assert run["status"] == "failed", run
    assert calendar.everything() == before
    feed = calendar.feed()
    assert (feed["failures"], feed["error"]) == (failures + 1, run["error"])
    assert SECRET not in str(feed) + str(run)
    return str(run["error"])


def test_a_redirect_into_a_private_network_is_not_followed(connected: Connected, canary: Canary) -> None:
    for target in (
        f"http://127.0.0.1:{canary.port}/", f"http://localhost:{canary.port}/", f"https://127.0.0.1:{canary.port}/",
        f"http://0x7f.1:{canary.port}/", f"http://2130706433:{canary.port}/", f"http://[::1]:{canary.port}/",
        "https://169.254.169.254/latest/meta-data", "https://api.propflow360.com/healthz", "file:///etc/passwd",
    ):  # fmt: skip
        connected.standin.put_calendar(connected.name, b"", redirect=target)
        assert "redirects to an address that is not allowed" in failed(connected)
    assert canary.hits == 0


def test_three_redirects_are_followed_and_no_more(connected: Connected) -> None:
    last = connected.standin.put_calendar(f"{connected.name}-end", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    for hop in range(3, 0, -1):
        last = connected.standin.put_calendar(f"{connected.name}-{hop}", b"", redirect=last)
    connected.standin.put_calendar(connected.name, b"", redirect=last)
    assert "more than 3 times" in failed(connected)
    connected.standin.put_calendar(
        connected.name, b"", redirect=last.replace(f"{connected.name}-1", f"{connected.name}-2")
    )
    assert connected.sync()["status"] == "succeeded"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty answer"),
        (b"<html><body>Log in</body></html>", "web page"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20991210\r\nEND:VEVENT\r\n", "cut off"),
        (b"BEGIN:VCALENDAR\r\nX:" + b"x" * (1 << 20) + b"\r\nEND:VCALENDAR\r\n", "larger than"),
    ],
)
def test_what_is_no_whole_calendar_changes_nothing(connected: Connected, body: bytes, reason: str) -> None:
    connected.standin.put_calendar(connected.name, body)
    assert reason in failed(connected)


@pytest.mark.parametrize(
    ("mode", "reason"), [("500", "500"), ("429", "asked too often"), ("refuse", "connection failed")]
)
def test_a_host_that_fails_is_asked_again_later(connected: Connected, mode: str, reason: str) -> None:
    connected.standin.fault("calendar", mode, to=connected.name)
    assert reason in failed(connected)
    assert reason in failed(connected)
    connected.standin.clear_faults()
    assert connected.sync()["status"] in ("succeeded", "unchanged")
    assert (connected.feed()["failures"], connected.feed()["error"]) == (0, None)


def test_a_defect_of_ours_is_a_failure_that_heals(connected: Connected) -> None:
    connected.suite.d1(
        "CREATE TRIGGER refuse_boom BEFORE INSERT ON feed_events WHEN NEW.uid = 'boom'"
        " BEGIN SELECT RAISE(ABORT, 'boom'); END"
    )
    body = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:boom\nDTSTART:{day(9).replace('-', '')}\nEND:VEVENT\nEND:VCALENDAR\n"
    connected.standin.put_calendar(connected.name, body.encode())
    try:
        assert "on our side" in failed(connected)
    finally:
        connected.suite.d1("DROP TRIGGER refuse_boom")
    assert connected.sync()["created"] == 1
    assert (connected.feed()["failures"], connected.feed()["error"]) == (0, None)


def test_a_calendar_that_is_gone(connected: Connected) -> None:
    connected.standin.drop_calendar(connected.name)
    assert "no calendar at this address any more" in failed(connected)


def test_one_deadline_for_a_host_that_does_not_answer(connected: Connected) -> None:
    connected.standin.fault("calendar", "timeout", count=1, to=connected.name)
    before, begun = len(connected.standin.readings(connected.name)), time.monotonic()
    assert "no answer in time" in failed(connected)
    assert len(connected.standin.readings(connected.name)) == before + 1
    assert time.monotonic() - begun < 40  # ten seconds and what a loaded machine takes; the host would wait sixty


def test_a_broken_entry_is_skipped_and_reported(calendar: Connected) -> None:
    body = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:bad\r\nDTSTART:20260230\r\nSUMMARY:Grace Guest\r\nEND:VEVENT\r\n"
        f"BEGIN:VEVENT\r\nUID:good\r\nDTSTART:{day(1).replace('-', '')}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    run = calendar.connect(calendar.standin.put_calendar(calendar.name, body.encode()))
    assert (run["status"], run["created"]) == ("succeeded", 1)
    assert run["problems"] == ["bad: The entry has a date or a duration that does not exist."]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1/a.ics?s=s3cr3t", "url_private"),
        ("https://user:s3cr3t@example.com/a.ics", "url_has_credentials"),
        ("https://api.propflow360.com/ical/s3cr3t.ics", "url_own_zone"),
        ("http://example.com/s3cr3t.ics", "url_not_https"),
        ("https://example.com:8443/s3cr3t.ics", "url_port"),
    ],
)
def test_addresses_that_are_refused(calendar: Connected, url: str, code: str) -> None:
    answer = calendar.manager.api.create_feed(calendar.unit_id, url)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert '"url"' in answer.text
    assert SECRET not in answer.text


def test_a_calendar_is_checked_before_it_is_connected(suite: Suite, calendar: Connected) -> None:
    verdict = ask(suite, "check_feed", {"url": calendar.publish(STAYS)})["value"]
    assert verdict == {"host": calendar.standin.host, "events": 1}
    page = calendar.standin.put_calendar(calendar.name, b"<html></html>")
    for url, code in ((page, "feed_not_a_calendar"), (page.replace(".ics", "x.ics"), "feed_unreachable")):
        error = ask(suite, "check_feed", {"url": url})["error"]
        assert (error["status"], error["code"], error["param"]) == (422, code, "url")
    assert not suite.d1("SELECT 1 FROM feeds WHERE unit_id = ?1", calendar.unit_id)
