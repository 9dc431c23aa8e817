"""Links in mails, as a person finds them in their mailbox."""

from __future__ import annotations

import re

from support.standin_client import StandIn
from support.waiting import eventually


def tokens(standin: StandIn, address: str, page: str) -> list[str]:
    """The tokens of all links to this page (`verify_email`, `reset_password`, `invitation`), oldest first."""
    texts = [str(mail["text"]) for mail in standin.emails(address)]
    return [found[1] for text in texts if (found := re.search(rf"/{page}#token=([\w-]+)", text))]


def token(standin: StandIn, address: str, page: str, number: int = 1) -> str:
    """The token of the `number`-th such mail; waits until it is there."""
    found = eventually(lambda: tokens(standin, address, page)[number - 1 :], what=f"mail {number} with /{page}")
    return found[0]
