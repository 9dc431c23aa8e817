"""The wording of the mails about feeds.

Fields: {feed} {unit} {property} {since} {count} {unlisted} {error}. Values are cleaned by
composer.py before they are put in.
"""

import msgspec

from propflow.messages import Alert


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """`closing` says what to do, and what happens by itself."""

    subject: str
    intro: str
    closing: str


TEMPLATES: dict[Alert, Template] = {
    "trouble": Template(
        subject="The calendar {feed} of {unit} cannot be read",
        intro="the calendar {feed} of {unit} ({property}) was last read successfully {since}. {error}",
        closing="What was imported stays. Bookings made there since then are missing here, so please look at the "
        "channel before you confirm new stays, and check the address of the feed. We keep trying, and write when it "
        "works again.",
    ),
    "recovered": Template(
        subject="The calendar {feed} of {unit} is read again",
        intro="the calendar {feed} of {unit} ({property}) can be read again, and what it says was imported.",
        closing="There is nothing to do, unless another message tells of conflicts.",
    ),
    "conflicts": Template(
        subject="Nights of {unit} are taken twice: {count} to decide",
        intro="the calendar {feed} reports stays in {unit} ({property}) on nights that are taken here. Open conflicts: "
        "{count}.",
        closing="Neither stay was changed. Please decide which of them holds before a guest arrives.",
    ),
    "unlisted": Template(
        subject="The calendar {feed} of {unit} has lost stays that you entered by hand",
        intro="the calendar {feed} of {unit} ({property}) no longer lists stays that are bookings here as well. "
        "Bookings to decide about: {unlisted}.",
        closing="They were not cancelled and keep their nights. If the guest has cancelled at the channel, cancel the "
        "booking; if not, keep it.",
    ),
    "unread": Template(
        subject="The calendar {feed} of {unit} can only be read in part",
        intro="the calendar {feed} of {unit} ({property}) has entries that cannot be read, so nights that were sold "
        "there may be open here.",
        closing="The last run of the feed says which entries they are, and why. Please look at the channel before you "
        "confirm new stays, and close their nights here by a block. Everything else was imported.",
    ),
    "emptied": Template(
        subject="The calendar {feed} of {unit} has lost its stays",
        intro="stays that were to come have vanished all at once from the calendar {feed} of {unit} ({property}). "
        "Channels do that by mistake, so their nights stay closed here.",
        closing="If they really were cancelled, you need not do anything: after a day it is believed. If they were "
        "not, tell the channel.",
    ),
}
