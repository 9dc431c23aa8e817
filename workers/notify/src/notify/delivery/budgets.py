"""Pure: how much may be sent, to one recipient over all tenants, by one tenant and by all, in which stretch of time.

A stretch is a clock hour or a day, in UTC. Who is reached stands in a key as a keyed hash, so that what is counted
tells nobody's address.
"""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from propflow.clock import DAY, HOUR
from propflow.errors import Unavailable
from propflow.keyring import Keyring, KeyringInvalid

EMAILS_TO_ONE = 20  # a day, from all tenants together
EMAILS_TO_ONE_UNPROVEN = 3  # a day, from all those together of whom nobody has shown who they are and pays
EMAILS_TO_ONE_BY_ONE_UNPROVEN = 2  # so that none of them silences the others
GMAIL = ("gmail.com", "googlemail.com")  # which knows no dots
SHARE_OF_ONE = 5  # one tenant takes a fifth at most of what all together may send in an hour
OF_BOOKING_HOURLY = 3  # by each channel
OF_BOOKING_DAILY = 6

RECIPIENT = "the recipient gets enough messages for now"
TENANT = "the organisation has sent what it may in a day"
STRANGERS = "the installation has sent as many e-mails of new organisations as it may in an hour"
STRANGER_HOURLY = "the organisation has sent as many e-mails as it may in an hour"
TENANT_HOURLY = "the organisation has sent as many SMS as it may in an hour"
BOOKING = "the guest was told enough about this booking for now"
EVERYBODY = "the installation has sent as many SMS as it may in an hour"


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """At most `most` until the instant `ends_at`; `reason` is what is said when they are gone."""

    key: str
    ends_at: int
    most: int
    reason: str


class Told(msgspec.Struct, frozen=True):
    """How often a guest was told about a booking by one channel, this hour and today.

    `outside`: the message is one that this does not limit.
    """

    hour: int
    day: int
    outside: bool = False


class Used(msgspec.Struct, frozen=True):
    """How much of a budget is gone."""

    key: str
    used: int


NOTHING_TOLD = Told(0, 0)  # what is about no booking


def to_mailbox(is_proven: bool, tenant_id: str, recipient: str, now: int, most_hourly: int) -> list[Budget]:
    """What any e-mail to somebody who is not the tenant's own takes."""
    most = {f"email:{recipient}": EMAILS_TO_ONE}
    if not is_proven:
        most[f"email-unproven:{recipient}"] = EMAILS_TO_ONE_UNPROVEN
        most[f"email-unproven-by:{tenant_id}:{recipient}"] = EMAILS_TO_ONE_BY_ONE_UNPROVEN
    day = end_of(now, DAY)
    found = [Budget(key=key, ends_at=day, most=number, reason=RECIPIENT) for key, number in most.items()]
    return found if is_proven else [*found, *_of_strangers(tenant_id, end_of(now, HOUR), most_hourly)]


def _of_strangers(tenant_id: str, hour: int, most_hourly: int) -> list[Budget]:
    """What one unproven tenant takes of what all of them send. The first that is used up is told, so all come first."""
    share = share_of_one(most_hourly)
    return [
        Budget(key="email-unproven", ends_at=hour, most=most_hourly, reason=STRANGERS),
        Budget(key=f"email-unproven-of:{tenant_id}", ends_at=hour, most=share, reason=STRANGER_HOURLY),
    ]


def share_of_one(most_hourly: int) -> int:
    """How many of the messages of an hour one tenant may send: nobody stops all the others."""
    return -(-most_hourly // SHARE_OF_ONE)


def spent(budgets: Sequence[Budget], used: dict[str, int], told: Told, now: int) -> Budget | None:
    """The one of those that are used up which lasts longest, None when none is."""
    full = [one for one in budgets if used.get(one.key, 0) >= one.most]
    if not told.outside:
        full += _of_booking(told, now)
    return max(full, key=lambda one: one.ends_at, default=None)


def _of_booking(told: Told, now: int) -> list[Budget]:
    full = []
    if told.hour >= OF_BOOKING_HOURLY:
        full.append(Budget(key="booking", ends_at=end_of(now, HOUR), most=OF_BOOKING_HOURLY, reason=BOOKING))
    if told.day >= OF_BOOKING_DAILY:
        full.append(Budget(key="booking", ends_at=end_of(now, DAY), most=OF_BOOKING_DAILY, reason=BOOKING))
    return full


def hashed(keys: str, channel: str, address: str) -> str:
    """A recipient's name in keys. Raises Unavailable: the messages wait until the operator has repaired the keyring."""
    try:
        keyring = Keyring.parse(keys)
    except KeyringInvalid as error:
        raise Unavailable("keyring_invalid", f"JWT_SIGNING_KEY: {error}") from None
    secret = keyring.derived(keyring.current, "recipients of messages")
    return hmac.new(secret, f"{channel}\n{mailbox(address)}".encode(), hashlib.sha256).hexdigest()[:40]


def mailbox(address: str) -> str:
    """One spelling for all addresses of a mailbox: `Ada+x@Example.com` is `ada@example.com`. Numbers stay."""
    local, at, domain = address.strip().casefold().rpartition("@")
    if not at:
        return domain
    name = local.partition("+")[0]
    return f"{name.replace('.', '')}@gmail.com" if domain in GMAIL else f"{name}@{domain}"


def end_of(now: int, stretch: int) -> int:
    """The instant at which the hour or day of `now` ends."""
    return (now // stretch + 1) * stretch
