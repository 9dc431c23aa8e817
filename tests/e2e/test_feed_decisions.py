"""Calendars as the channels serve them (docs/calendars.md, S1 to S4), each with what is decided about it, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from support.channel import Channel, Entry, Space, closed, day, decided, ics, stay
from support.people import fresh_guest, ok

NEW, CLOSED = ("created", "listed"), "CLOSED - Not available"
Decided = list[tuple[str, str]]
Nights = list[tuple[int, int]]


@dataclass(frozen=True)
class Reading:
    """What the channel lists on a day, what is decided, and which nights are taken then."""

    entries: list[Entry]
    decided: Decided
    taken: Nights
    on: float = 0
    conflicts: int = 0


def entry(uid: str, start: int, end: int, title: str = "Reserved") -> Entry:
    return uid, day(start), day(end), title


def host(*ranges: tuple[int, int], code: str = "u") -> list[Entry]:
    """Booking.com: one title for everything."""
    return [entry(f"{code}{start}-{end}@booking.com", start, end, CLOSED) for start, end in ranges]


def airbnb(*entries: tuple[str, int, int]) -> list[Entry]:
    return [(stay if code.startswith("s") else closed)(code, day(start), day(end)) for code, start, end in entries]


THREE = airbnb(("s1", 5, 9), ("s2", 12, 14), ("s3", 20, 22))
VRBO_EN = [
    entry("7a2c7c5e-3f0e-4a55-9d5c-0d8a1f3f0b13", 5, 9, "Reserved - Melanie"),
    entry("7b2c7c5e-3f0e-4a55-9d5c-0d8a1f3f0b14", 12, 14, "Tentative - Sylvia"),
]
VRBO = [
    entry("8a2c7c5e-3f0e-4a55-9d5c-0d8a1f3f0b11", 5, 9, "Réservée - Mélanie"),
    entry("9b2c7c5e-3f0e-4a55-9d5c-0d8a1f3f0b12", 12, 14, "Provisoire - Sylvie"),
]
FIXTURES: dict[str, list[Reading]] = {
    "airbnb_1_0": [Reading(airbnb(("s1", 5, 9), ("b1", 20, 22)), [NEW, NEW], [(5, 9), (20, 22)])],
    "airbnb_0_8_8": [
        Reading([entry("6fec1092d3fa-1@airbnb.com", 5, 9, "Not available")], [NEW], [(5, 9)]),
        Reading([], [], [(5, 9)]),
    ],
    "airbnb_moved_dates": [
        Reading(airbnb(("s1", 5, 9)), [NEW], [(5, 9)]),
        Reading(airbnb(("s1", 6, 10)), [("moved", "other_nights")], [(6, 10)]),
        Reading(airbnb(("s1", 6, 10)), [], [(6, 10)]),
    ],
    "airbnb_rolling": [
        Reading(
            airbnb((f"t{n}", n, n + 1), (f"w{n}", n + 180, n + 365)), wanted, [], on=n,
        )
        for n, wanted in enumerate([
            [("setting", "advance_notice"), ("setting", "booking_window")],
            *[[("setting", "advance_notice"), ("setting", "booking_window")]] * 2,
        ])
    ],
    "year_long_block": [Reading(airbnb(("b1", 0, 364)), [("setting", "year_long")], [])],
    "airbnb_preparation": [
        Reading(airbnb(("s1", 5, 9), ("b1", 9, 10)), [NEW, ("setting", "preparation")], [(5, 9)])
    ],
    "airbnb_vanishes": [
        Reading(airbnb(("s1", 5, 9), ("s2", 12, 14)), [NEW, NEW], [(5, 9), (12, 14)]),
        Reading(airbnb(("s2", 12, 14)), [("missing", "missed")], [(5, 9), (12, 14)], on=0.01),
        Reading(airbnb(("s2", 12, 14)), [], [(5, 9), (12, 14)], on=0.02),
        Reading(airbnb(("s2", 12, 14)), [("removed", "missed_twice")], [(12, 14)], on=0.1),
        Reading(airbnb(("s1", 5, 9), ("s2", 12, 14)), [("reinstated", "listed_again")], [(5, 9), (12, 14)], on=0.2),
    ],
    "the_day_of_departure": [
        Reading(airbnb(("s1", 0, 3), ("s2", 12, 14)), [NEW, NEW], [(0, 3), (12, 14)]),
        Reading(airbnb(("s2", 12, 14)), [], [(0, 3), (12, 14)], on=1),
        Reading(airbnb(("s2", 12, 14)), [], [(0, 3), (12, 14)], on=3),
        Reading(airbnb(("s2", 12, 14)), [], [(0, 3), (12, 14)], on=9),
    ],
    "booking_remint": [
        Reading(host((0, 4)), [NEW], [(0, 4)]),
        Reading(host((1, 4)), [("matched", "same_nights")], [(0, 4)], on=1),
        Reading(host((1, 5), code="v"), [("matched", "most_nights_shared")], [(1, 5)], on=1),
    ],
    "booking_merged_contiguous": [
        Reading(host((5, 8), (8, 11)), [NEW, NEW], [(5, 8), (8, 11)]),
        Reading(host((5, 11)), [("missing", "missed"), ("waiting", "waits_for_the_vanished")], [(5, 8), (8, 11)]),
        Reading(host((5, 11)), [("moved", "other_nights"), ("removed", "missed_twice")], [(5, 11)], on=0.1),
    ],
    "vrbo_fr": [Reading(VRBO, [NEW, NEW], [(5, 9), (12, 14)]), Reading(VRBO, [], [(5, 9), (12, 14)])],
    "vrbo_en": [Reading(VRBO_EN, [NEW, NEW], [(5, 9), (12, 14)]), Reading(VRBO_EN[::-1], [], [(5, 9), (12, 14)])],
    "airbnb_empty": [
        Reading(THREE, [NEW] * 3, [(5, 9), (12, 14), (20, 22)]),
        Reading([], [], [(5, 9), (12, 14), (20, 22)], on=0.1),
        Reading([], [], [(5, 9), (12, 14), (20, 22)], on=1),
        Reading(THREE, [], [(5, 9), (12, 14), (20, 22)], on=2),
        Reading([], [], [(5, 9), (12, 14), (20, 22)], on=3),  # what was empty before counts no more
    ],
    "mass_missing": [
        Reading(THREE, [NEW] * 3, [(5, 9), (12, 14), (20, 22)]),
        Reading(THREE[:1], [("missing", "missed_together")] * 2, [(5, 9), (12, 14), (20, 22)], on=0.1),
        Reading(THREE[:1], [], [(5, 9), (12, 14), (20, 22)], on=0.5),
        Reading(THREE[:2], [("returned", "same_nights")], [(5, 9), (12, 14), (20, 22)], on=0.6),
        Reading(THREE[:2], [("removed", "missed_for_a_day")], [(5, 9), (12, 14)], on=1.2),
        Reading(THREE, [("reinstated", "listed_again")], [(5, 9), (12, 14), (20, 22)], on=1.3),
    ],
    "vrbo_date_uid": [
        Reading([entry("03062027-0306-2027-0309-030620270309", 5, 8, "Blocked")], [NEW], [(5, 8)]),
        Reading(
            [entry("03062027-0306-2027-0311-030620270311", 5, 10, "Blocked")], [("matched", "most_nights_shared")],
            [(5, 10)],
        ),
    ],
    "vrbo_blocked_replacement": [
        Reading(VRBO, [NEW, NEW], [(5, 9), (12, 14)]),
        Reading(
            [entry("02292020-x", 5, 9, "Blocked"), VRBO[1]],
            [("missing", "missed"), ("waiting", "waits_for_the_vanished")], [(5, 9), (12, 14)],
        ),
        Reading(
            [entry("02292020-x", 5, 9, "Blocked"), VRBO[1]], [NEW, ("removed", "missed_twice")], [(5, 9), (12, 14)],
            on=0.1,
        ),
    ],
    "smoobu_triple": [
        Reading([entry("m1", 5, 6, "Check-in"), entry("m1", 8, 9, "Check-out"), entry("m1", 5, 9)], [NEW], [(5, 9)])
    ],
    "duplicate_uid": [Reading([entry("d1", 5, 7), entry("d1", 6, 9)], [NEW], [(5, 9)])],
    "guesty_names": [Reading([entry("g1", 5, 7, "J*** S****"), entry("g2", 7, 9, "Grace Guest")], [NEW, NEW],
                             [(5, 7), (7, 9)])],
    "two_of_one_feed_overlap": [
        Reading(
            airbnb(("s1", 5, 9), ("s2", 8, 12)), [("conflict", "nights_taken"), NEW], [(5, 9), (9, 12)], conflicts=1,
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FIXTURES)
def test_a_calendar_and_what_is_decided(space: Space, name: str) -> None:
    readings = iter(FIXTURES[name])
    first = next(readings)
    channel = space.connect(first.entries)
    check(space, channel.first, first)
    for reading in readings:
        space.set_clock(day(int(reading.on)), 12 + 24 * (reading.on % 1))
        check(space, channel.sync(reading.entries), reading)


def check(space: Space, run: dict[str, object], reading: Reading) -> None:
    assert decided(run) == sorted(reading.decided), run
    assert space.taken() == [(day(start), day(end), "ical") for start, end in reading.taken]
    assert len(conflicts(space)) == reading.conflicts


def conflicts(space: Space, status: str = "open") -> list[dict[str, object]]:
    return [one for one in space.conflicts(status) if one["unit_id"] == space.unit_id]


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ((10, 14), (10, 14), ("echo", "echo_of_ours")), ((10, 14), (11, 13), ("echo", "echo_of_ours")),
        ((10, 14), (9, 15), ("echo", "echo_with_preparation")), ((10, 14), (9, 18), ("conflict", "nights_taken")),
        ((10, 14), (12, 17), ("conflict", "nights_taken")), ((10, 14), (14, 16), NEW),
    ],
)  # fmt: skip
def test_an_echo_in_full_in_part_and_more_than_that(
    space: Space, ours: tuple[int, int], theirs: tuple[int, int], reason: tuple[str, str]
) -> None:
    booking = ok(space.api.book(space.unit_id, day(ours[0]), day(ours[1]), guest=fresh_guest()))
    ok(space.api.create_export(space.unit_id))
    channel = space.connect(airbnb(("b1", *theirs)))
    assert decided(channel.first) == [reason]
    assert channel.sync()["decisions"] == []
    if reason[0] == "echo":
        ok(space.api.cancel(booking["id"]), 200)
        assert (channel.sync(airbnb(("b2", *theirs)))["conflicts"], space.taken()) == (0, [])


def test_an_echo_is_followed_over_days_until_it_is_gone(space: Space) -> None:
    """Booking.com re-mints its UIDs each day, reads us every few hours, and is a day behind what we do."""
    ok(space.api.create_export(space.unit_id))
    channel = space.connect([])
    booking = ok(space.api.book(space.unit_id, day(10), day(14), guest=fresh_guest()))
    ours = [(day(10), day(14), "booking")]
    space.set_clock(day(1))
    assert decided(channel.sync(host((10, 14)))) == [("echo", "echo_of_ours")]
    space.set_clock(day(2))
    assert decided(channel.sync(host((10, 14), code="v"))) == [("echo", "echo_of_ours"), ("gone", "not_listed")]
    assert space.taken() == ours
    ok(space.api.move(booking["id"], check_in=day(11), check_out=day(15)), 200)
    assert channel.sync()["conflicts"] == 0
    assert space.taken() == [(day(11), day(15), "booking")]
    space.set_clock(day(3))
    channel.sync(host((11, 15), code="w"))
    assert space.taken() == [(day(11), day(15), "booking")]
    ok(space.api.cancel(booking["id"]), 200)
    channel.sync()
    space.set_clock(day(4))
    for at in (12, 13):
        space.set_clock(day(4), at)
        channel.sync([])
    assert space.taken() == [] and conflicts(space) == conflicts(space, "resolved") == []


def test_nights_that_we_export_to_nobody_are_no_echo(space: Space) -> None:
    ok(space.api.book(space.unit_id, day(10), day(14), guest=fresh_guest()))
    assert decided(space.connect(airbnb(("b1", 10, 14))).first) == [("conflict", "nights_taken")]


def test_hundreds_of_nights_of_expedia_are_written_once(space: Space) -> None:
    entries = [entry(f"{10**18 + n}@expedia.com", n, n + 1, "Unavailable on Expedia") for n in range(1, 389)]
    channel = space.connect(entries)
    assert channel.first["created"] == 388
    unchanged = channel.sync(list(reversed(entries)))
    assert (unchanged["status"], unchanged["decisions"]) == ("unchanged", [])


def test_shapes_of_bytes_are_no_news(space: Space) -> None:
    channel: Channel = space.connect(ics(host((5, 9))))
    lf = ics(host((5, 9))).replace(b"\r\n", b"\n")
    folded = b"\xef\xbb\xbf" + ics(host((5, 9))).replace(b"CLOSED - Not", b"CLOSED -\r\n  Not")
    for body in (lf, folded):
        assert channel.sync(body)["status"] == "unchanged"
    for broken in (b"", b"<html>Log in</html>", lf[:-20]):
        assert channel.sync(broken)["status"] == "failed"
    assert space.taken() == [(day(5), day(9), "ical")]


def test_uids_that_may_be_about_people_are_not_shown(space: Space) -> None:
    run = space.connect([entry("grace.guest@example.net", 5, 9)]).first
    assert run["decisions"][0]["uid"].startswith("uid-") and "grace" not in str(run)
