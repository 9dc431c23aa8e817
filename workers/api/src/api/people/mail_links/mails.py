"""Making links: the row with the hash of its token, and the mail that will hold it."""

from api.core.commit import Fact
from api.core.context import Anonymous, Context
from api.people.identity import facts
from api.people.identity.repository import Person
from api.people.mail_links import repository
from api.people.mail_links.repository import Mailed, NewLink
from propflow import ids, one_time
from propflow.bindings.d1 import Statement
from propflow.clock import DAY, HOUR, MINUTE
from propflow.keyring import Keyring
from propflow.one_time import Purpose

LIFE: dict[Purpose, int] = {"verify_email": 7 * DAY, "reset_password": 60 * MINUTE}
MOST_PER_HOUR = 3  # mails of one kind to one address, or, of who is signed in, to that person
MOST_ASKED_PER_HOUR = 10  # the same to one address, whoever is signed in and asks: its mailbox is no target either


def new_link(ctx: Anonymous | Context, purpose: Purpose) -> NewLink:
    """A link that nobody has yet. Its token is derived again by who writes the mail."""
    keyring = Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY)
    link_id = ids.new_id("lnk", ctx.now)
    token = one_time.token(keyring, keyring.current, purpose, link_id)
    return NewLink(
        id=link_id, purpose=purpose, token_hash=one_time.token_hash(token), key_id=keyring.current,
        expires_at=ctx.now + LIFE[purpose], created_at=ctx.now,
    )  # fmt: skip


def mailed(email: str, now: int) -> Statement:
    """How many mails asked lately to verify an address, or told its owner of such a wish, as `Mailed`."""
    return repository.mailed(email, "verify_email", now - HOUR)


def is_enough(found: Mailed | None) -> bool:
    """Whether the address should be left alone for now."""
    return found is not None and found.number >= MOST_PER_HOUR


def insert(link: NewLink, user_id: str, *, most_to_address: int = MOST_PER_HOUR) -> Statement:
    """Its row, unless the person or the address got enough of them in the last hour."""
    return repository.insert(
        link, user_id, since=link.created_at - HOUR, most=MOST_PER_HOUR, most_to_address=most_to_address
    )


def verification(
    ctx: Anonymous | Context, user_id: str, known: Person | None, *, most_to_address: int = MOST_PER_HOUR
) -> tuple[Statement, Fact, Statement]:
    """The mail that asks a person to verify the address, or tells who has verified it that somebody else used it.

    The row is written in both cases, so that they cost the same; the last statement takes the mail back where it was
    not, because others were faster.
    """
    link = new_link(ctx, "verify_email")
    row = insert(link, user_id, most_to_address=most_to_address)
    if known is None or known.email_verified_at is None:
        mail = facts.by_mail(ctx, user_id, "verify_email", link.id)
    else:
        mail = facts.by_mail(ctx, known.id, "address_known", known.id)
    return row, mail, repository.forget_unsent(mail.message.tenant_id, mail.message.outbox_id, link.id)
