"""Settings, echoes and new UIDs: what looks like news and is none."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calsync.exports.rules import Taken
from calsync.feeds import echo, kinds, rolling
from calsync.feeds.kinds import kind_of
from calsync.feeds.matching import matched
from calsync.feeds.models import Known, Ours
from calsync.ical.models import Event
from calsync.spans import Nights, Timeline
from propflow.clock import HOUR
from tests.unit.calsync.ranges import ranges

TODAY = "2026-11-10"
OURS, THEIRS = "occ_01m8ktpbz064e472wpvk198kys", "occ_01m8ktpc0s2rh5mn221esypxjg"


def day(offset: int) -> str:
    return (date.fromisoformat(TODAY) + timedelta(days=offset)).isoformat()


def closed(start: int, end: int, code: str = "x") -> Event:
    return Event(f"7f662ec65913-{code}@airbnb.com", day(start), day(end), "Airbnb (Not available)")


def stay(start: int, end: int, code: str = "s") -> Event:
    return Event(f"1418fb94e984-{code}@airbnb.com", day(start), day(end), "Reserved")


def booking(start: int, end: int, code: str = "b") -> Event:
    return Event(f"{code}@booking.com", day(start), day(end), "CLOSED - Not available")


def hub(title: str) -> Event:
    return Event("0f3a5b6c-1111-4222-8333-444455556666", day(10), day(14), title)


def known(event: Event, state: str = "imported", kind: str = "block", said: int = 0) -> Known:
    return Known(
        uid=event.uid, start=event.start, end=event.end, kind=kind, state=state, occupancy_id=f"occ_{event.uid}",
        said_on=day(said), ranges=ranges((event.start, event.end)) if state == "imported" else "[]",
    )  # fmt: skip


def setting(event: Event, *others: Event, before: tuple[Known, ...] = ()) -> str | None:
    return rolling.Settings([event, *others], before, TODAY).reason(event)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (closed(0, 1), "advance_notice"), (closed(0, 2), None), (closed(1, 2), None),
        (closed(0, 365), "year_long"), (closed(-3, 330), "year_long"), (closed(0, 120), None),
        (closed(90, 365), "booking_window"), (closed(180, 365), "booking_window"), (closed(272, 366), "booking_window"),
        (closed(365, 730), "booking_window"), (closed(200, 365), None), (closed(180, 300), None),
        (booking(0, 1), None), (stay(0, 1), None), (booking(180, 365), None),
    ],
)  # fmt: skip
def test_a_setting_is_told_by_where_it_begins_and_ends(event: Event, reason: str | None) -> None:
    assert setting(event) == reason


def test_nights_of_preparation_are_those_after_every_stay() -> None:
    assert setting(closed(14, 15), stay(10, 14)) == "preparation"
    assert setting(closed(9, 10), stay(10, 14), closed(14, 15, "after")) == "preparation"
    assert setting(closed(14, 15), stay(10, 14), stay(20, 22, "t")) is None, "after the other the night is open"
    assert setting(closed(14, 15), stay(10, 14), stay(15, 18, "t"), closed(18, 19, "u")) == "preparation"
    assert setting(closed(14, 15), stay(10, 14), stay(20, 22, "t"), closed(22, 24, "u")) is None
    assert setting(closed(16, 17), stay(10, 14), closed(14, 15, "after")) is None


def test_what_slides_by_a_day_each_day_is_a_setting() -> None:
    assert setting(closed(0, 2), before=(known(closed(-1, 1), said=-1),)) == "slides"
    assert setting(closed(0, 2), before=(known(closed(-1, 1), said=-3),)) is None
    assert setting(closed(0, 3), before=(known(closed(-1, 1), said=-1),)) is None
    assert setting(closed(60, 80), before=(known(closed(59, 79), said=-1),)) is None, "somebody moved it, perhaps"
    assert setting(closed(60, 80), before=(known(closed(59, 79), "setting", said=-1),)) == "slides"


def is_echo(
    event: Event, *ours: tuple[int, int], before: Known | None = None, age: int = 2 * HOUR, own: bool = False
) -> str | None:
    now = 100 * HOUR
    taken = [
        Ours(occupancy_id=f"occ_{start}", start=day(start), end=day(end), since=now - age, own=own, title="Reserved")
        for start, end in ours
    ]  # fmt: skip
    return echo.Echoes(Nights([]), Timeline(taken), [OURS], today=TODAY, now=now).reason(event, before)


@pytest.mark.parametrize(
    ("event", "ours", "reason"),
    [
        (closed(10, 14), [(10, 14)], "echo_of_ours"), (closed(10, 14), [(8, 12), (12, 20)], "echo_of_ours"),
        (closed(10, 14), [], None), (closed(10, 14), [(12, 14)], "echo_with_preparation"),
        (closed(10, 15), [(12, 14)], None), (closed(10, 14), [(11, 17)], None), (closed(10, 14), [(20, 24)], None),
        (booking(10, 14), [(10, 14)], "echo_of_ours"), (booking(9, 14), [(10, 14)], None),
        (stay(10, 14), [(10, 14)], None),
        (Event(f"{OURS}@propflow360.com", day(10), day(14), "Reserved"), [], "echo_of_ours"),
        (Event(f"{OURS}@0a1b2c3d.propflow360.com", day(10), day(14), "Reserved"), [], "echo_of_ours"),
        (Event(f"{THEIRS}@propflow360.com", day(10), day(14), "Reserved"), [(10, 14)], None),
        (hub("Reserved"), [(10, 14)], "echo_of_ours"), (hub("  reserved "), [(10, 14)], "echo_of_ours"),
        (hub("Reserved"), [(9, 14)], None), (hub("Reserved"), [(10, 12), (12, 14)], None), (hub("Blocked"), [], None),
    ],
)  # fmt: skip
def test_an_echo_is_told_by_its_nights(event: Event, ours: list[tuple[int, int]], reason: str | None) -> None:
    assert is_echo(event, *ours) == reason


# Ten languages and scripts, with a name and without: we never wrote any of it.
GUESTS = [
    "Reserviert - Melanie", "Reserviert", "Réservée - M & Mme", "Reservado - José", "Prenotato: Giulia", "Gereserveerd",
    "Zarezerwowane — Łucja", "Забронировано - Ольга", "予約済み 田中", "已预订 - 王伟", "محجوز - ليلى", "예약됨",
    "Κράτηση", "", "Melanie", "Reserved - Melanie", "Reserved (2 guests)", "Reserved.", "RESERVED for Anna",
]  # fmt: skip


@pytest.mark.parametrize("title", GUESTS)
def test_what_we_never_wrote_is_a_guest_in_any_language(title: str) -> None:
    assert is_echo(hub(title), (10, 14)) is None
    assert is_echo(hub(title), (8, 20)) is None


@given(st.text(max_size=40), st.sampled_from(["Reserved", "Blocked", "Not available", "Nicht verfügbar", ""]))
def test_no_title_that_says_more_is_an_echo(name: str, title: str) -> None:
    words = f"{title} {name}".strip()
    assume(words.casefold() not in {"reserved", "blocked"} and not kinds.may_repeat(hub(words)))
    assert is_echo(hub(words), (10, 14)) is None


def test_a_closure_in_any_language_is_an_echo_and_one_that_names_somebody_is_not() -> None:
    for title in ("Blockiert", "Gesperrt", "Nicht verfügbar", "No disponible", "Bloqueado", "Niet beschikbaar"):
        assert kind_of(hub(title)) == "block" and is_echo(hub(title), (10, 14)) == "echo_of_ours"
    for title in ("Anna Meier (phone unavailable)", "Blocked for Anna Meier, 2 guests", "Unavailable: Anna, paid"):
        assert is_echo(hub(title), (10, 14)) is None


def test_a_guest_within_our_nights_is_no_echo_where_a_channel_tells_nothing() -> None:
    assert is_echo(booking(10, 14), (9, 15)) is None
    assert is_echo(booking(10, 14), (10, 12), (12, 14)) == "echo_of_ours"
    assert is_echo(booking(0, 4), (-3, 4)) == "echo_of_ours", "what has begun is cut off at today"


def test_what_may_be_a_guest_is_an_echo_only_if_the_channel_can_have_read_ours() -> None:
    assert is_echo(booking(10, 14), (10, 14), age=HOUR // 3) is None
    assert is_echo(closed(10, 14), (10, 14), age=0) == "echo_of_ours"
    for state in ("imported", "conflict"):
        moved = known(booking(20, 24), state, "stay")
        assert is_echo(booking(10, 14), (10, 14), before=moved) is None, "a guest has moved onto our nights"


def test_a_channel_that_reads_its_own_stays_closes_them() -> None:
    assert is_echo(closed(10, 14), (10, 14), own=True) == "echo_of_ours"
    assert is_echo(booking(10, 14), (10, 14), own=True) is None, "two guests of one channel"
    itself = msgspec.structs.replace(known(closed(9, 12)), occupancy_id="occ_9")
    assert is_echo(closed(10, 12), (9, 12), before=itself, own=True) is None


def test_an_echo_outlives_its_origin() -> None:
    once = known(closed(10, 14), "echo")
    gone = echo.Echoes(echo.nights_of([once]), Timeline(()), [], today=TODAY, now=0)
    assert is_echo(closed(10, 14), before=once) == "echo_of_ours"
    assert is_echo(closed(10, 15), before=once) is None
    assert gone.reason(closed(11, 14, "new"), None) == "echo_of_ours"
    assert gone.reason(booking(11, 14), None) is None


def test_only_what_the_channel_reads_can_come_back() -> None:
    def taken(ident: str, source: str) -> Taken:
        return Taken(id=ident, start=day(1), end=day(2), kind="booking", source=source, created_at=0, updated_at=0)

    rows = [taken("a", "direct"), taken("b", "ical:www.airbnb.com"), taken("c", "ical:ical.booking.com")]

    def exported(channels: list[str], host: str) -> int:
        return len(echo.exported(rows, channels, host, frozenset()))

    assert (exported(["any"], "www.airbnb.com"), exported(["airbnb"], "www.airbnb.ch")) == (3, 2)
    assert (exported(["booking"], "www.airbnb.com"), exported([], "www.airbnb.com")) == (0, 0)
    assert (exported(["booking"], "cal.example.net"), exported(["any"], "x.net")) == (2, 3)
    assert [one.own for one in echo.exported(rows, ["any"], "x.net", frozenset("b"))] == [False, True, False]


@pytest.mark.parametrize(
    ("host", "source", "reason"),
    [
        ("ical.booking.com", "moved:ical:admin.booking.com", None),
        ("ical.booking.com", "moved:ical:www.airbnb.com", "echo_of_ours"),
        ("ical.booking.com", "ical:www.airbnb.com", "echo_of_ours"),
    ],
)
def test_a_guest_moved_here_from_a_listing_of_the_same_channel_may_be_moved_there_as_well(
    host: str, source: str, reason: str | None
) -> None:
    one = Taken(id=OURS, start=day(10), end=day(14), kind="ical", source=source, created_at=0, updated_at=0)
    ours = echo.exported([one], ["booking"], host, frozenset())
    echoes = echo.Echoes(Nights([]), Timeline(ours), [], today=TODAY, now=2 * HOUR)
    assert echoes.reason(booking(10, 14), None) == reason


def test_a_new_uid_is_the_entry_that_ends_on_the_same_day_else_the_one_that_shares_most() -> None:
    def pairs(new: list[Event], *gone: Event) -> dict[str, str]:
        found = matched(new, [known(one, kind="stay") for one in gone])
        return {uid.partition("@")[0]: before.uid.partition("@")[0] for uid, before in found.items()}

    assert pairs([booking(12, 14, "n")], booking(10, 14, "o")) == {"n": "o"}
    assert pairs([booking(10, 16, "n")], booking(10, 14, "o")) == {"n": "o"}
    assert pairs([booking(13, 20, "n")], booking(10, 14, "o")) == {}
    assert pairs([booking(14, 16, "n")], booking(10, 14, "o")) == {}
    assert pairs([booking(10, 12, "n"), booking(12, 14, "m")], booking(10, 14, "o")) == {"m": "o"}, "one to one"
    assert pairs([booking(10, 14, "n")], booking(10, 12, "o"), booking(12, 14, "p")) == {"n": "p"}
    assert pairs([closed(10, 14, "n")], booking(10, 14, "o")) == {}, "a closure is no stay"
