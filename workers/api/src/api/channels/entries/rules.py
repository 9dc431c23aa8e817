"""What may be said about an entry of a channel's calendar, and what follows: pure."""

import hashlib
import re

import msgspec

from api.channels.entries.errors import invalid_verb, not_reversible
from api.channels.entries.repository import DecisionRow, EntryRow
from propflow.json_text import json_text

_HARMLESS = re.compile(
    r"(occ_[0-9a-z]{26}|[0-9a-fA-F-]{6,80})(@(airbnb|booking|expedia|([0-9a-f]{8}\.)?propflow360)\.com)?"
)

# change → the verb that takes it back
INVERSE = {
    "created": "cancel", "reinstated": "cancel", "returned": "cancel", "moved": "put_back", "matched": "separate",
    "missing": "keep", "removed": "keep", "setting": "import", "echo": "import",
}  # fmt: skip

DETAILS = {
    "listed": "The channel lists it.",
    "listed_again": "The channel lists it again.",
    "other_nights": "The channel says other nights.",
    "same_nights": "The nights are the same.",
    "same_end": "An entry that vanished ends on the same day: it is taken for that one, under a new UID.",
    "most_nights_shared": "An entry that vanished has most of the same nights: it is taken for that one.",
    "missed": "The channel does not list it. It stays until that is said again, half an hour later or more.",
    "missed_together": "It vanished together with others. It stays for a day, or until somebody decides.",
    "unheard": "The channel does not list it for now, which says nothing yet. It is shown the booking meanwhile.",
    "older_version": "The channel lists an older version of it than the one that is known, which is kept for a day.",
    "missed_twice": "The channel did not list it in two readings half an hour apart or more.",
    "missed_for_a_day": "The channel has not listed it for a day.",
    "not_listed": "The channel does not list it any more. It took no nights.",
    "over": "Its nights are over.",
    "nights_taken": "Its nights are taken. Somebody has to decide.",
    "waits_for_the_vanished": "Its nights are those of an entry that has vanished, until that is believed.",
    "advance_notice": "A setting of the channel: it sells no stay that begins tonight.",
    "booking_window": "A setting of the channel: it sells only so many months ahead.",
    "preparation": "A setting of the channel: nights between two stays.",
    "year_long": "The channel has closed the whole year: the listing is paused there.",
    "slides": "It slides by a day each day, so it is a setting of the channel.",
    "echo_of_ours": "It is what we export to the channel, coming back.",
    "echo_with_preparation": "It is what we export to the channel, coming back with nights of preparation around it.",
    "a_person_said_so": "Somebody said that it takes no nights.",
    "same_stay": "Somebody said that it is one stay with a booking, which has its nights.",
    "dates_differ": "It is one stay with a booking, which has other nights. Somebody has to decide.",
    "a_person_separated_it": "Somebody said that it is not the booking that it was taken for.",
    "a_person_moved_it": "Somebody moved it to this unit. It follows its channel there.",
    "feed_deleted": "Its feed was deleted with the nights to come.",
}


MOVABLE = ("imported", "conflict", "waiting")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry is after somebody said something about it. `nights`: those it is to have; None for none."""

    state: str
    word: str | None
    nights: tuple[str, str] | None
    missing: bool = False


def verbs(row: EntryRow) -> list[str]:
    """What may be said about an entry."""
    missing = row.missing_since is not None and row.word != "keep"
    found = {
        "keep": row.state == "removed" or (missing and row.state == "imported"),
        "separate": row.booking_id is not None and row.state in ("conflict", "waiting"),
        "cancel": row.state in ("imported", "conflict", "waiting"),
        "import": row.state in ("setting", "echo", "ignored"),
        "move": row.state in MOVABLE,
    }
    return [verb for verb, allowed in found.items() if allowed]


def is_separated(row: EntryRow) -> bool:
    """Whether it is gone, and somebody has said that it is no booking's."""
    return row.state == "removed" and row.reason == "a_person_separated_it"


def is_said(row: EntryRow, verb: str) -> bool:
    """Whether a verb was carried out already: twice is answered alike."""
    if verb == "cancel":
        return row.state == "removed" or (row.state == "ignored" and row.word == "cancel")
    return row.state == "imported" and row.word == verb


def said(row: EntryRow, verb: str) -> Said:
    """What follows from a verb. Raises Conflict where it does not fit."""
    if verb not in verbs(row):
        raise invalid_verb(row.state, verb)
    if verb == "keep":
        nights = row.nights[0] if len(row.nights) == 1 else (row.start_date, row.end_date)
        return Said(state="imported", word="keep", nights=nights, missing=True)
    if verb == "import":
        return Said(state="imported", word="import", nights=(row.start_date, row.end_date))
    if row.missing_since is not None and row.reason != "unheard":
        return Said(state="removed", word=None, nights=None, missing=True)
    return Said(state="ignored", word="cancel", nights=None)


def separated(row: EntryRow, verb: str, now: int) -> EntryRow:
    """An entry that is one stay with no booking any more. Raises Conflict where it is none."""
    if verb not in verbs(row):
        raise invalid_verb(row.state, verb)
    return msgspec.structs.replace(row, booking_id=None, reason="a_person_separated_it", updated_at=now)


def check_move(row: EntryRow) -> None:
    """Raises Conflict for an entry that takes no nights."""
    if row.state not in MOVABLE:
        raise invalid_verb(row.state, "move")


def moved(row: EntryRow, moved_to: str | None, now: int) -> EntryRow:
    """An entry that lives in another unit: with all nights that it is to have, so it waits for nothing."""
    kept = row.nights if row.word == "keep" and row.nights else [(row.start_date, row.end_date)]
    whole = [(kept[0][0], kept[-1][1])]
    reason = "a_person_moved_it" if row.missing_since is None else row.reason
    return msgspec.structs.replace(
        row, moved_to=moved_to, state="imported", conflict_id=None, booking_id=None, reason=reason,
        ranges=json_text(whole), updated_at=now,
    )  # fmt: skip


def is_reversible(decision: DecisionRow) -> bool:
    """Whether a decision can be taken back: a conflict and what is one stay with a booking have their own ways out."""
    return decision.change in INVERSE and decision.reverted_at is None and not decision.booked


def inverse(decision: DecisionRow) -> str:
    """The verb that takes a decision back. Raises Conflict when there is none."""
    if not is_reversible(decision):
        raise not_reversible("reverted" if decision.reverted_at is not None else decision.change)
    return INVERSE[decision.change]


def shown_uid(uid: str) -> str:
    """A UID as people may see it: some hosts write addresses or names into it, and those are told apart by a hash."""
    return uid if _HARMLESS.fullmatch(uid) else f"uid-{hashlib.sha256(uid.encode()).hexdigest()[:16]}"
