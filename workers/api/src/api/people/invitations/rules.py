"""Decisions about invitations: pure, with time as an argument."""

from api.people.invitations.errors import (
    invited_enough,
    mailed_enough,
    mailed_just_now,
    not_pending,
    owners_invite_admins,
)
from propflow.clock import DAY, MINUTE, SECOND

LIFE = 7 * DAY
PAUSE = MINUTE  # between two mails of one invitation
MOST_MAILS = 1 + 10  # the first and ten more
MOST_PER_DAY = 100  # invitations of one tenant
MOST_PER_ADDRESS = 5  # of these to one address: revoking and inviting anew is no way around the other limits

STATUSES = ("pending", "accepted", "revoked", "expired")


def check_role(actor: str, role: str) -> None:
    """Who may invite as what. That nobody is invited as owner, the schema says."""
    if role == "admin" and actor != "owner":
        raise owners_invite_admins()


def check_amount(today: int, to_address: int) -> None:
    """Raises LimitExceeded when a tenant has sent enough for a day."""
    if is_enough(today, to_address):
        raise invited_enough()


def is_enough(today: int, to_address: int) -> bool:
    """Whether a tenant, or an address, has its share of a day. The statement that inserts counts for certain."""
    return today >= MOST_PER_DAY or to_address >= MOST_PER_ADDRESS


def status_at(status: str, expires_at: int, now: int) -> str:
    """A pending invitation that ran out is expired, although nobody has written that down."""
    return "expired" if status == "pending" and expires_at <= now else status


def check_resend(status: str, times_sent: int, sent_at: int, now: int) -> None:
    """Whether it may be mailed again; what has expired lives again."""
    if status not in ("pending", "expired"):
        raise not_pending(status)
    if times_sent >= MOST_MAILS:
        raise mailed_enough()
    if now < sent_at + PAUSE:
        raise mailed_just_now((sent_at + PAUSE - now + SECOND - 1) // SECOND)
