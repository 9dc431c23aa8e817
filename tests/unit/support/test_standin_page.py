"""The front page: what a newcomer sees, and that nothing received can do harm there."""

from __future__ import annotations

import httpx
from support.standin_client import StandIn

AUTH = {"Authorization": "Bearer re"}
EVIL = "<script>alert(1)</script>\"'><b>"


def test_an_empty_page_says_how_to_fill_it(server: StandIn, http: httpx.Client) -> None:
    page = http.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Nothing has been sent yet" in page.text
    assert "make demo" in page.text


def test_messages_are_shown_newest_first(server: StandIn, http: httpx.Client) -> None:
    for subject in ("First", "Second"):
        mail = {"from": "Casa <a@example.net>", "to": "g@example.net", "subject": subject, "html": "<h1>Hello</h1>"}
        http.post("/resend/emails", json=mail, headers=AUTH)
    http.post("/clicksend/v3/sms/send", json={"messages": [{"to": "+34600000001", "body": "Hi"}]}, auth=("u", "k"))
    text = http.get("/").text
    assert text.index("Second") < text.index("First")
    assert "2 emails, 1 SMS" in text
    assert "&lt;h1&gt;Hello&lt;/h1&gt;" in text
    assert "+34600000001" in text
    assert "Nothing has been sent yet" not in text


def test_what_was_received_is_escaped(server: StandIn, http: httpx.Client) -> None:
    mail = {"from": "a@example.net", "to": "g@example.net", "subject": EVIL, "html": EVIL, "text": EVIL}
    assert http.post("/resend/emails", json=mail, headers=AUTH).status_code == 200
    http.post("/clicksend/v3/sms/send", json={"messages": [{"to": "+34600000001", "body": EVIL}]}, auth=("u", "k"))
    page = http.get("/")
    assert "<script>alert" not in page.text
    assert page.text.count("&lt;script&gt;alert(1)") == 4
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'nonce-" in policy


def test_nothing_is_loaded_from_elsewhere(server: StandIn, http: httpx.Client) -> None:
    page = http.get("/")
    nonce = page.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    text = page.text.replace(nonce, "")  # which may by chance hold what is looked for
    assert "http://" not in text
    assert "https://" not in text
    assert "__" not in text


def test_a_waiting_fault_is_shown(server: StandIn, http: httpx.Client) -> None:
    server.fault("resend", "500", count=3)
    assert "resend is told to fail: 500, for the next 3 calls" in http.get("/").text


def test_the_version_moves_with_each_message(server: StandIn, http: httpx.Client) -> None:
    before = http.get("/_control/version").json()["version"]
    http.post("/clicksend/v3/sms/send", json={"messages": [{"to": "+34600000001", "body": "Hi"}]}, auth=("u", "k"))
    assert http.get("/_control/version").json()["version"] > before
