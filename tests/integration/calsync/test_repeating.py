"""A calendar whose entries repeat takes the nights of each occurrence, and each lives its own life."""

from __future__ import annotations

from integration.calsync.connected import Connected, day


def plain(offset: int) -> str:
    return day(offset).replace("-", "")


def series(*entries: str) -> bytes:
    lines = [line for entry in entries for line in ("BEGIN:VEVENT", "UID:series@google.com", entry, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()


def test_occurrences_come_move_and_go_and_what_cannot_be_followed_opens_nothing(calendar: Connected) -> None:
    weekly = f"DTSTART;VALUE=DATE:{plain(0)}\r\nDTEND;VALUE=DATE:{plain(2)}\r\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = f"RECURRENCE-ID;VALUE=DATE:{plain(7)}\r\nDTSTART:{plain(8)}\r\nDTEND:{plain(10)}"

    run = calendar.connect(calendar.standin.put_calendar(calendar.name, series(weekly)))
    assert (run["status"], run["created"], run["problems"]) == ("succeeded", 3, [])
    assert calendar.taken() == calendar.imported((0, 2), (7, 9), (14, 16))
    assert calendar.suite.d1("SELECT etag FROM feeds WHERE id = ?1", calendar.feed_id) == [{"etag": None}]
    assert calendar.sync()["status"] == "unchanged"

    calendar.standin.put_calendar(calendar.name, series(weekly, moved))
    run = calendar.sync()
    assert (run["created"], run["updated"], run["removed"]) == (0, 1, 0)
    assert calendar.taken() == calendar.imported((0, 2), (8, 10), (14, 16))

    calendar.standin.put_calendar(calendar.name, series(f"{weekly}\r\nEXRULE:FREQ=YEARLY", moved))
    for _ in range(2):
        run = calendar.sync()
        assert "EXRULE" in run["problems"][0]
        calendar.let_time_pass(60)
    assert calendar.taken() == calendar.imported((0, 2), (8, 10), (14, 16))

    calendar.standin.put_calendar(calendar.name, series(f"{weekly}\r\nEXDATE;VALUE=DATE:{plain(14)}", moved))
    calendar.sync()
    calendar.let_time_pass(60)
    assert calendar.sync()["removed"] == 1
    assert calendar.taken() == calendar.imported((0, 2), (8, 10))
