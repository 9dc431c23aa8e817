"""Pure: whether a mail about an account is still true, and where its link leads."""

from notify.delivery.decisions import TEST_SPACE
from notify.letters.accounts.models import Facts
from propflow import one_time
from propflow.errors import Permanent, Transient
from propflow.keyring import Keyring, KeyringInvalid
from propflow.messages import Mail
from propflow.one_time import Purpose

MOST_KEYS_AN_HOUR = 5  # of which the owners are told: whoever makes keys must not flood a mailbox

LINKS: dict[Mail, Purpose] = {
    "verify_email": "verify_email",
    "reset_password": "reset_password",
    "invitation": "invitation",
}


def reason_to_skip(mail: Mail, facts: Facts | None, now: int) -> str | None:
    """Why nobody should get this mail any more."""
    if facts is None:
        return "what it tells of is gone"
    if not facts.email:
        return "no address of operators is configured"
    if facts.mode == "test":
        return TEST_SPACE
    if facts.disabled:
        return "the user is disabled"
    if facts.status != "pending":
        return f"the invitation is {facts.status} by now"
    if not facts.allowed:
        return "the organisation may not write to outsiders yet: an owner must verify their address first"
    if facts.verified and mail == "verify_email" and not facts.moved:
        return "the address is verified by now"
    if facts.made_lately >= MOST_KEYS_AN_HOUR:
        return "mails told of five other keys within the hour"
    return _reason_of_link(facts, now) if mail in LINKS else None


def _reason_of_link(facts: Facts, now: int) -> str | None:
    if facts.used:
        return "the link was used by now"
    if facts.moved:
        return "the person has another address by now"
    if facts.superseded:
        return "a later link replaced this one"
    return "the link has expired" if facts.expires_at <= now else None


def link(mail: Mail, object_id: str, facts: Facts, app_url: str, keys: str) -> str:
    """Where the mail leads. A token stands behind the #, which browsers send to nobody; only a POST spends it.

    Raises Transient when the keys are the operator's to repair, Permanent when the link would not open.
    """
    base = app_url.rstrip("/")
    if mail not in LINKS:
        return base
    try:
        token = one_time.token(Keyring.parse(keys), facts.key_id, LINKS[mail], object_id, facts.revision)
    except KeyringInvalid as error:
        raise Transient(f"JWT_SIGNING_KEY: {error}") from None
    if one_time.token_hash(token) != facts.token_hash:
        raise Permanent("the link would not open: the token that was stored is another one")
    return f"{base}/{mail}#token={token}"
