"""What travels through the queues: JSON text with ids, never personal data.

One tagged union and one decoder per queue. A new field has a default; a type never changes.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec

from propflow.json_text import json_text


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """`outbox_id` names the row that the consumer closes in the batch that holds its effect.

    `rowless` are the kinds that have no row: losing one must cost nothing, doing it twice must change nothing.
    """

    rowless: ClassVar[bool] = False

    tenant_id: str
    outbox_id: str
    request_id: str = ""


class CalendarMessage(Message, frozen=True, kw_only=True):
    """What occupies a unit changed, so its exports are stale; `other_unit_ids` are more such units."""

    unit_id: str
    other_unit_ids: list[str] = []

    def units(self) -> list[str]:
        """Each unit whose exports are stale, once; `unit_id` is the last."""
        return _once(self.other_unit_ids, self.unit_id)


def _once(others: Sequence[str], last: str) -> list[str]:
    return [*dict.fromkeys(one for one in others if one not in ("", last)), last]


class BookingConfirmed(CalendarMessage, frozen=True, kw_only=True, tag="booking.confirmed"):
    booking_id: str


class BookingCancelled(CalendarMessage, frozen=True, kw_only=True, tag="booking.cancelled"):
    booking_id: str


class BookingChanged(CalendarMessage, frozen=True, kw_only=True, tag="booking.changed"):
    """Other nights, another unit or another price. `unit_id` is where it is now, `previous_unit_id` where it was."""

    booking_id: str
    previous_unit_id: str = ""

    def units(self) -> list[str]:
        """The same, with where it was."""
        return _once([self.previous_unit_id, *self.other_unit_ids], self.unit_id)


class UnitCalendarChanged(CalendarMessage, frozen=True, kw_only=True, tag="unit.calendar_changed"):
    """Something other than a confirmed booking changed what occupies the unit."""


class FeedSyncRequested(Message, frozen=True, kw_only=True, tag="feed.sync_requested"):
    feed_id: str
    run_id: str


class FeedDue(FeedSyncRequested, frozen=True, kw_only=True, tag="feed.due"):
    """The schedule's turn of a feed. One that is lost costs a turn; only what it finds is written, as that run."""

    rowless: ClassVar[bool] = True

    outbox_id: str = ""


class PushRequested(Message, frozen=True, kw_only=True, tag="calendar.push_requested"):
    """A unit's calendar is to be brought to a CalDAV collection or a webhook."""

    target_id: str


class Noted(Message, frozen=True, kw_only=True, tag="account.changed"):
    """Nothing to do but to be audited (sign-up, a new property…)."""


Mail = Literal[
    "verify_email", "reset_password", "invitation", "address_known", "password_changed", "google_linked",
    "google_unlinked", "taken_over", "key_made", "operator_alerts",
]  # fmt: skip


class AccountMailRequested(Message, frozen=True, kw_only=True, tag="account.mail_requested"):
    """`object_id` is the one-time token's, the invitation's, the API key's, or else the user's id.

    `tenant_id` is the user's id, but for an invitation and a key: a mail about a person belongs to none of their
    tenants. `user_id` is the owner who is told of a key. `ended` counts what ended with a takeover, by kind.
    `operator_alerts` goes to who runs the installation: its `object_id` is the instant at which the alerts are told.
    """

    mail: Mail
    object_id: str
    user_id: str = ""
    ended: dict[str, int] = {}


Alert = Literal["trouble", "recovered", "emptied", "unread", "conflicts", "unlisted"]


class FeedAlertRequested(Message, frozen=True, kw_only=True, tag="feed.alert_requested"):
    """One person is to be told how a feed is. What there is to tell is read when the message's turn comes."""

    alert: Alert
    feed_id: str
    user_id: str


BookingNotification = BookingConfirmed | BookingCancelled | BookingChanged
Notification = BookingNotification | AccountMailRequested | FeedAlertRequested
BillingJob = BookingConfirmed | BookingCancelled | BookingChanged
CalsyncJob = (
    BookingConfirmed
    | BookingCancelled
    | BookingChanged
    | UnitCalendarChanged
    | FeedSyncRequested
    | FeedDue
    | PushRequested
)
AnyMessage = CalsyncJob | Noted | AccountMailRequested | FeedAlertRequested

NOTIFICATIONS: msgspec.json.Decoder[Notification] = msgspec.json.Decoder(Notification)
BILLING: msgspec.json.Decoder[BillingJob] = msgspec.json.Decoder(BillingJob)
CALSYNC: msgspec.json.Decoder[CalsyncJob] = msgspec.json.Decoder(CalsyncJob)
ANY: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


def encode(message: Message) -> str:
    """The message as the JSON text that is stored and sent."""
    return json_text(message)
