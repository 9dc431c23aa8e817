"""The stand-in as a process: it remembers when asked to, ends cleanly, and says why it cannot start."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from support.process import NotStarted
from support.standin_client import StandIn

MAIL = {"from": "a@example.net", "to": "g@example.net", "subject": "Hi", "text": "Hi"}
HEADERS = {"Authorization": "Bearer re", "Idempotency-Key": "k"}


def test_what_was_received_survives_a_kill(lasting: StandIn, tmp_path: Path) -> None:
    url = lasting.url
    first = httpx.post(f"{url}/resend/emails", json=MAIL, headers=HEADERS, timeout=60).json()
    calendar = lasting.put_calendar("flat", b"BEGIN:VCALENDAR\r\n")
    lasting.kill()
    with (tmp_path / "received.jsonl").open("a") as journal:
        journal.write('{"kind": "email", "rec')  # the line that the kill cut off
    lasting.start()
    assert lasting.url == url
    assert [email["id"] for email in lasting.emails()] == [first["id"]]
    assert httpx.post(f"{url}/resend/emails", json=MAIL, headers=HEADERS, timeout=60).json() == first
    assert httpx.get(calendar, timeout=60).content == b"BEGIN:VCALENDAR\r\n"
    assert len(lasting.emails()) == 1


def test_without_state_it_forgets(tmp_path: Path) -> None:
    server = StandIn(log=tmp_path / "log").start()
    httpx.post(f"{server.url}/resend/emails", json=MAIL, headers=HEADERS, timeout=60)
    server.stop()
    server.start()
    assert server.emails() == []
    server.stop()


def test_clearing_is_remembered(lasting: StandIn) -> None:
    httpx.post(f"{lasting.url}/resend/emails", json=MAIL, headers=HEADERS, timeout=60)
    lasting.clear()
    lasting.kill()
    lasting.start()
    assert lasting.emails() == []


def test_it_stops_while_a_client_waits(tmp_path: Path) -> None:
    server = StandIn(log=tmp_path / "log").start()
    server.fault("resend", "timeout")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/resend/emails", json=MAIL, headers=HEADERS, timeout=0.2)
    server.stop()


def test_a_port_that_is_taken_is_named(lasting: StandIn, tmp_path: Path) -> None:
    port = int(lasting.host.rpartition(":")[2])
    with pytest.raises(NotStarted, match=f"cannot listen on 127.0.0.1:{port}"):
        StandIn(port=port, log=tmp_path / "second.log").start()
