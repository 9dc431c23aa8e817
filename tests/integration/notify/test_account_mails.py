"""Mails about accounts: sent once, only while they are true, and their tokens are nowhere but in the mail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.notify.accounts import HOUR, Person, ask, delivery, invitation, now_ms, token, waiting
from support.deliver import deliver_many, deliver_one
from support.rows import Rows
from support.standin_client import StandIn
from support.suite import Suite

EVERY_TABLE = ("deliveries", "outbox", "dead_letters", "one_time_tokens", "invitations", "users")


def let_time_pass(suite: Suite) -> None:
    """Every lease and every pause is over."""
    suite.d1("UPDATE deliveries SET lease_until = 0 WHERE status IN ('pending', 'sending', 'unknown')")


@pytest.mark.parametrize("purpose", ["verify_email", "reset_password"])
def test_a_link_comes_by_mail_and_is_stored_nowhere(suite: Suite, standin: StandIn, purpose: Any) -> None:
    person = Person(suite)
    link_id = person.link(purpose)
    fact = person.mail(purpose, link_id)
    assert deliver_one(suite, "notifications", fact.body) is None
    [email] = standin.emails(person.email)
    secret = token(purpose, link_id)
    assert f"{suite.url}/{purpose}#token={secret}" in email["text"]
    assert f'href="{suite.url}/{purpose}#token={secret}"' in email["html"]
    assert email["idempotency_key"] == f"{fact.id}:email"
    assert (delivery(suite, fact)["status"], waiting(suite, fact)) == ("sent", 0)
    assert delivery(suite, fact)["metered"] is None
    stored = json.dumps([suite.d1(f"SELECT * FROM {table}") for table in EVERY_TABLE])
    assert secret not in stored
    assert secret not in suite.output()
    assert link_id in stored


def test_an_invitation_names_tenant_and_role_and_holds_the_latest_token(
    suite: Suite, standin: StandIn, rows: Rows
) -> None:
    invited = invitation(suite, rows.tenant_id, revision=3)
    fact = ask(suite, rows.tenant_id, "invitation", invited["id"])
    assert deliver_one(suite, "notifications", fact.body) is None
    [email] = standin.emails(invited["email"])
    assert email["subject"] == "Join Homes on PropFlow360"
    assert "Homes invites you to work with them on PropFlow360 as a manager." in email["text"]
    assert f"/invitation#token={token('invitation', invited['id'], 3)}" in email["text"]


@pytest.mark.parametrize(
    ("mail", "subject"),
    [
        ("address_known", "You have an account already"),
        ("password_changed", "Your password was changed"),
        ("google_linked", "You can now log in with Google"),
    ],
)
def test_a_person_is_told_what_happened(suite: Suite, standin: StandIn, mail: str, subject: str) -> None:
    person = Person(suite)
    assert deliver_one(suite, "notifications", person.mail(mail).body) is None
    [email] = standin.emails(person.email)
    assert email["subject"] == subject
    assert "Hello Ada Byron," in email["text"]
    assert "token" not in email["text"] + email["html"]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"used_at": 1}, "the link was used by now"),
        ({"expires_at": 1}, "the link has expired"),
        ({"email": "before@example.net"}, "the person has another address by now"),
    ],
)
def test_a_link_that_no_longer_opens_is_not_sent(suite: Suite, chosen: dict[str, Any], reason: str) -> None:
    person = Person(suite)
    fact = person.mail("reset_password", person.link("reset_password", **chosen))
    assert_skipped(suite, fact, reason)


def test_only_the_latest_link_is_sent(suite: Suite, standin: StandIn) -> None:
    person = Person(suite)
    older = person.link("verify_email", id=f"lnk_{'0' * 22}{person.id[-4:]}")
    newer = person.link("verify_email")
    assert_skipped(suite, person.mail("verify_email", older), "a later link replaced this one")
    assert deliver_one(suite, "notifications", person.mail("verify_email", newer).body) is None
    assert len(standin.emails(person.email)) == 1


@pytest.mark.parametrize("mail", ["verify_email", "reset_password", "address_known", "password_changed"])
def test_a_disabled_user_gets_no_mail(suite: Suite, standin: StandIn, mail: Any) -> None:
    person = Person(suite, disabled=True)
    about = person.link(mail) if mail in ("verify_email", "reset_password") else person.id
    assert_skipped(suite, person.mail(mail, about), "the user is disabled")
    assert standin.emails(person.email) == []


def test_an_address_that_is_verified_needs_no_link(suite: Suite) -> None:
    person = Person(suite, verified=True)
    fact = person.mail("verify_email", person.link("verify_email"))
    assert_skipped(suite, fact, "the address is verified by now")


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"status": "revoked"}, "the invitation is revoked by now"),
        ({"status": "accepted"}, "the invitation is accepted by now"),
        ({"expires_at": 1}, "the link has expired"),
    ],
)
def test_an_invitation_that_is_over_is_not_sent(suite: Suite, rows: Rows, chosen: dict[str, Any], reason: str) -> None:
    invited = invitation(suite, rows.tenant_id, **chosen)
    assert_skipped(suite, ask(suite, rows.tenant_id, "invitation", invited["id"]), reason)


def test_what_is_gone_is_skipped(suite: Suite) -> None:
    person = Person(suite)
    assert_skipped(suite, person.mail("verify_email", "lnk_gone"), "what it tells of is gone")


def test_one_persons_link_is_not_sent_in_the_name_of_another(suite: Suite, standin: StandIn) -> None:
    person, other = Person(suite), Person(suite)
    fact = other.mail("reset_password", person.link("reset_password"))
    assert_skipped(suite, fact, "what it tells of is gone")
    assert standin.emails(person.email) == []


def test_a_link_of_another_key_fails_and_is_not_sent(suite: Suite, standin: StandIn) -> None:
    person = Person(suite)
    fact = person.mail("verify_email", person.link("verify_email", token_hash=f"another-{person.id}"))
    assert deliver_one(suite, "notifications", fact.body) is None
    row = delivery(suite, fact)
    assert (row["status"], waiting(suite, fact)) == ("failed", 0)
    assert row["reason"].startswith("the link would not open")
    assert standin.emails(person.email) == []


def test_a_key_that_notify_does_not_have_yet_is_waited_for(suite: Suite, standin: StandIn) -> None:
    person = Person(suite)
    fact = person.mail("verify_email", person.link("verify_email", key_id="k9"))
    assert (deliver_one(suite, "notifications", fact.body) or 0) >= 5
    row = delivery(suite, fact)
    assert (row["status"], row["reason"]) == ("pending", "JWT_SIGNING_KEY: the keyring has no key 'k9'")
    assert waiting(suite, fact) == 1


def test_hostile_names_stay_text(suite: Suite, standin: StandIn, rows: Rows) -> None:
    evil = 'Win at https://evil.example\r\nBcc: all@evil.example <a href="https://evil.example">x</a>'
    person = Person(suite, name=evil)
    suite.d1("UPDATE tenants SET name = ?2 WHERE id = ?1", rows.tenant_id, evil)
    invited = invitation(suite, rows.tenant_id)
    for fact in (person.mail("address_known"), ask(suite, rows.tenant_id, "invitation", invited["id"])):
        assert deliver_one(suite, "notifications", fact.body) is None
    for email in standin.emails(person.email) + standin.emails(invited["email"]):
        assert "evil.example" not in json.dumps(email)
        assert email["html"].count("<a ") == 1
        assert "\n" not in email["subject"]


@pytest.mark.parametrize("mode", ["500", "429", "drop_after_accept", "timeout"])
def test_one_mail_in_the_end(suite: Suite, faults: StandIn, mode: str) -> None:
    person = Person(suite)
    fact = person.mail("verify_email", person.link("verify_email"))
    faults.fault("resend", mode, count=1, to=person.email)
    assert deliver_one(suite, "notifications", fact.body) is not None
    assert waiting(suite, fact) == 1
    let_time_pass(suite)
    assert deliver_one(suite, "notifications", fact.body, attempts=2) is None
    assert len(faults.emails(person.email)) == 1
    assert (delivery(suite, fact)["status"], waiting(suite, fact)) == ("sent", 0)


def test_shuffled_duplicates_and_copies_at_once_send_one_mail_each(suite: Suite, standin: StandIn) -> None:
    people = [Person(suite) for _ in range(10)]
    facts = [person.mail("verify_email", person.link("verify_email")) for person in people]
    deliver_many(suite, "notifications", [fact.body for fact in facts] * 2)
    assert [len(standin.emails(person.email)) for person in people] == [1] * 10
    assert all(waiting(suite, fact) == 0 for fact in facts)


def test_a_mail_of_unknown_fate_whose_link_was_used_meanwhile_is_not_repeated(suite: Suite, standin: StandIn) -> None:
    person = Person(suite)
    link_id = person.link("verify_email")
    fact = person.mail("verify_email", link_id)
    assert deliver_one(suite, "notifications", fact.body) is None
    suite.d1_batch([
        ("UPDATE deliveries SET status = 'sending', lease_until = 0 WHERE outbox_id = ?1", [fact.id]),
        ("UPDATE outbox SET waiting = 1 WHERE id = ?1", [fact.id]),
        ("UPDATE one_time_tokens SET used_at = ?2 WHERE id = ?1", [link_id, now_ms() - HOUR]),
    ])  # fmt: skip
    assert deliver_one(suite, "notifications", fact.body) is None
    assert len(standin.emails(person.email)) == 1
    assert (delivery(suite, fact)["status"], waiting(suite, fact)) == ("skipped", 0)


def assert_skipped(suite: Suite, fact: Any, reason: str) -> None:
    assert deliver_one(suite, "notifications", fact.body) is None
    row = delivery(suite, fact)
    assert (row["status"], row["reason"], waiting(suite, fact)) == ("skipped", reason, 0)
