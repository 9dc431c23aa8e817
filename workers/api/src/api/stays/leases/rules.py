"""Decisions about leases: pure, with days as arguments."""

from api.stays.leases.errors import invalid_term, invalid_transition
from api.stays.leases.rent import DAYS
from api.stays.leases.repository import Rents

# verb → (statuses it may start from, status it leads to). A lease ends by itself on its last day: see `status_on`.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "activate": (frozenset({"draft"}), "active"),
    "renew": (frozenset({"active"}), "active"),
    "terminate": (frozenset({"active"}), "terminated"),
    "cancel": (frozenset({"draft"}), "cancelled"),
    "change": (frozenset({"draft", "active"}), ""),
}
REPEATABLE = frozenset({"activate", "terminate", "cancel"})
"""Verbs that are answered as they were when the lease is there already."""


def transition(status: str, verb: str) -> str | None:
    """The status that a verb leads to; None when the lease is there already. Raises Conflict when it may not."""
    allowed, target = TRANSITIONS[verb]
    if status == target and verb in REPEATABLE:
        return None
    if status not in allowed:
        raise invalid_transition(status, verb)
    return target or status


def status_on(stored: str, end: str | None, today: str) -> str:
    """An active lease has ended when its last night is over."""
    return "ended" if stored == "active" and end is not None and end <= today else stored


def check_term(start: str, end: str | None) -> None:
    """A lease has at least one night."""
    if end is not None and end <= start:
        raise invalid_term("end must be after start.", "end")


def check_due_day(period: str, due_day: int | None) -> None:
    """Rent by the week is due on the weekday of the start."""
    if due_day is not None and period in DAYS:
        raise invalid_term("A due day goes with rent by the month, quarter or year only.", "due_day")


def check_renewal(was: str | None, end: str | None) -> None:
    """A renewal reaches further than the lease did, or keeps an open end; what ends earlier is terminated."""
    if was is None and end is not None:
        raise invalid_term("The lease has an open end. Terminate it to end it.", "end")
    if was is not None and end is not None and end <= was:
        raise invalid_term(f"end must be after {was}. Terminate the lease to end it earlier.", "end")


def rent_from(was: str | None, end: str | None, rents: Rents, asked: str | None) -> str:
    """The day from which another rent counts: later than the one before, and while the lease lasts."""
    since = asked or was
    if since is None:
        raise invalid_term("Say from which day the rent counts: the lease has no end so far.", "rent_from")
    if since <= rents[-1][0] or (end is not None and since >= end):
        raise invalid_term(f"rent_from must be after {rents[-1][0]} and before the end.", "rent_from")
    return since


def check_termination(start: str, was: str | None, at: str) -> None:
    """A termination shortens. On the first day it gives back every night."""
    if at < start:
        raise invalid_term(f"date must not be before the start, {start}.", "date")
    if was is not None and at > was:
        raise invalid_term(f"date must not be after the end, {was}. Renew the lease to extend it.", "date")


def with_rent(rents: Rents, since: str, amount: int) -> Rents:
    """The rents when another amount counts from a day on."""
    return rents if amount == rents[-1][1] else [*rents, (since, amount)]
