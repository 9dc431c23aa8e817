"""Mails about accounts: only what is still true, with our link and nobody else's."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.channels.contents import Email
from notify.letters.accounts import composer, rules
from notify.letters.accounts.models import Facts
from notify.letters.accounts.templates import TEMPLATES
from propflow import one_time
from propflow.errors import Permanent, Transient
from propflow.keyring import Keyring
from propflow.messages import Mail

NOW = 1_800_000_000_000
KEYS = json.dumps({"current": "k1", "keys": {"k1": b64encode(b"k" * 32).decode()}})
APP = "https://app.propflow360.com"
MAILS: tuple[Mail, ...] = get_args(Mail)
NASTY = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


def facts(mail: Mail, **chosen: Any) -> Facts:
    """Of a mail that is to be sent; its link opens."""
    token = one_time.token(Keyring.parse(KEYS), "k1", rules.LINKS.get(mail, "verify_email"), "obj_1", 1)
    values: dict[str, Any] = {
        "email": "ada@example.net", "name": "Ada Byron", "key_id": "k1", "token_hash": one_time.token_hash(token),
        "expires_at": NOW + 60_000, "tenant_name": "Homes of Rome", "role": "manager",
    }  # fmt: skip
    return Facts(**values | chosen)


def written(mail: Mail, **chosen: Any) -> Email:
    of = facts(mail, **chosen)
    return composer.email(TEMPLATES[mail], of, rules.link(mail, "obj_1", of, APP, KEYS))


class Page(HTMLParser):
    """The tags, the links and the text of an email."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("mail", MAILS)
def test_every_mail_has_one_link_and_it_is_ours(mail: Mail) -> None:
    email = written(mail)
    page = Page(email.html)
    assert page.tags == {"html", "head", "meta", "title", "body", "h1", "p", "a"}
    [link] = page.links
    assert re.findall(r"https?://\S+", email.text) == [link]
    assert link.startswith(APP)
    assert email.to == "ada@example.net"
    assert "Ada Byron" in email.text
    for line in email.text.replace(f": {link}", "").splitlines():
        assert line in page.text


@pytest.mark.parametrize("mail", sorted(rules.LINKS))
def test_a_token_stands_behind_the_fragment(mail: Mail) -> None:
    [link] = Page(written(mail).html).links
    address, token = link.split("#token=")
    assert address == f"{APP}/{mail}"
    assert one_time.token_hash(token) == facts(mail).token_hash


@pytest.mark.parametrize("mail", sorted(set(MAILS) - set(rules.LINKS)))
def test_the_other_mails_hold_no_token(mail: Mail) -> None:
    assert Page(written(mail).html).links == [APP]


def test_an_invitation_names_the_tenant_and_the_role() -> None:
    email = written("invitation", name="")
    assert email.subject == "Join Homes of Rome on PropFlow360"
    assert "Hello, Homes of Rome invites you to work with them on PropFlow360 as a manager." in email.text


def test_a_link_says_until_when_it_works() -> None:
    assert "until Fri 15 January 2027, 08:01 UTC" in written("reset_password").text


@given(NASTY, NASTY)
def test_no_name_makes_a_tag_a_link_a_header_or_a_second_line(name: str, tenant: str) -> None:
    for mail in MAILS:
        email, plain = written(mail, name=name, tenant_name=tenant), written(mail)
        page = Page(email.html)
        assert page.tags == Page(plain.html).tags
        assert page.links == Page(plain.html).links
        assert len(email.text.splitlines()) == len(plain.text.splitlines())
        assert email.subject.splitlines() == [email.subject]
        assert len(email.subject) <= 150


@pytest.mark.parametrize("evil", ["Visit evil.example/now", "https://evil.example", "a@evil.example", "<a href=//x.y>"])
def test_names_are_no_links(evil: str) -> None:
    for mail in MAILS:
        email = written(mail, name=evil, tenant_name=evil)
        assert "evil.example" not in email.text + email.html + email.subject
        assert len(Page(email.html).links) == 1


@pytest.mark.parametrize(
    ("mail", "chosen", "reason"),
    [
        ("verify_email", {"used": True}, "the link was used by now"),
        ("verify_email", {"verified": True}, "the address is verified by now"),
        ("verify_email", {"expires_at": NOW}, "the link has expired"),
        ("verify_email", {"disabled": True}, "the user is disabled"),
        ("reset_password", {"superseded": True}, "a later link replaced this one"),
        ("reset_password", {"used": True}, "the link was used by now"),
        ("reset_password", {"moved": True}, "the person has another address by now"),
        ("reset_password", {"verified": True}, None),
        ("reset_password", {"expires_at": NOW + 1}, None),
        ("invitation", {"status": "revoked"}, "the invitation is revoked by now"),
        ("invitation", {"status": "accepted"}, "the invitation is accepted by now"),
        ("invitation", {"expires_at": NOW - 1}, "the link has expired"),
        ("invitation", {"mode": "test"}, "test space"),
        ("password_changed", {"disabled": True}, "the user is disabled"),
        ("password_changed", {"expires_at": 0}, None),
        ("google_linked", {}, None),
        ("address_known", {}, None),
    ],
)
def test_only_what_is_still_true_is_sent(mail: Mail, chosen: dict[str, Any], reason: str | None) -> None:
    assert rules.reason_to_skip(mail, facts(mail, **chosen), NOW) == reason


@pytest.mark.parametrize("mail", MAILS)
def test_what_is_gone_is_not_written_about(mail: Mail) -> None:
    assert rules.reason_to_skip(mail, None, NOW) == "what it tells of is gone"


def test_a_link_that_would_not_open_is_never_sent() -> None:
    with pytest.raises(Permanent, match="would not open"):
        rules.link("invitation", "obj_1", facts("invitation", revision=2), APP, KEYS)


@pytest.mark.parametrize("keys", [KEYS.replace("k1", "k2"), "no keyring"])
def test_a_key_that_is_missing_is_the_operators_to_repair(keys: str) -> None:
    with pytest.raises(Transient, match="JWT_SIGNING_KEY") as raised:
        rules.link("verify_email", "obj_1", facts("verify_email"), APP, keys)
    assert "kkkk" not in str(raised.value)


def test_the_mail_on_a_linked_google_account_says_what_helps_and_in_which_order() -> None:
    text = written("google_linked").text
    assert "with your address" not in text
    first, second, third = (text.index(one) for one in ("unlink it", "end the sessions", "change your password"))
    assert first < second < third
