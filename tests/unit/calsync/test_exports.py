"""What an export shows to whom, and that storing one is never overtaken."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

import icalendar
import msgspec
import pytest

from calsync.exports import repository, rules
from calsync.exports.models import Rendered
from calsync.exports.rules import Taken, entries, is_own, sequence
from calsync.ical import writer
from tests.unit.calsync.core_database import TENANT, UNIT, Core

ID = "occ_01m8ktpbz064e472wpvk198kys"


@pytest.mark.parametrize(
    ("channel", "source", "own"),
    [
        ("airbnb", "ical:www.airbnb.com", True),
        ("airbnb", "ical:www.airbnb.co.uk", True),
        ("airbnb", "airbnb", True),
        ("airbnb", "ical:ical.booking.com", False),
        ("booking", "ical:ical.booking.com", True),
        ("booking", "ical:admin.booking.com", True),
        ("vrbo", "ical:www.abritel.fr", True),
        ("vrbo", "ical:www.vrbo.com", True),
        ("fewo_direkt", "ical:www.fewo-direkt.de", True),
        ("booking_com", "ical:ical.booking.com", True),
        ("booking_com", "booking", True),
        ("booking_com", "ical:www.airbnb.com", False),
        ("expedia", "ical:apps.expediapartnercentral.com", True),
        ("expedia_com", "ical:www.expedia.co.uk", True),
        ("abritel", "ical:www.vrbo.com", True),
        ("homeaway", "ical:www.abritel.fr", True),
        ("vrbo", "ical:www.homeaway.co.uk", True),
        ("abritel", "ical:www.airbnb.fr", False),
        ("expedia", "ical:www.vrbo.com", False),
        ("any", "ical:www.airbnb.com", False),
        ("any", "direct", False),
        ("com", "ical:www.airbnb.com", False),
        ("www", "ical:www.airbnb.com", False),
        ("airbnb", "ical:notairbnb.com", False),
        ("airbnb", "ical:127.0.0.1:8788", False),
    ],
)
def test_a_channel_never_gets_its_own_stays_back(channel: str, source: str, own: bool) -> None:
    assert is_own(channel, source) is own


def test_titles_are_neutral() -> None:
    kinds = ("booking", "lease", "owner", "maintenance", "ical")
    taken = [
        Taken(
            id=f"occ_{kind}",
            start="2026-12-10",
            end="2026-12-11",
            kind=kind,
            source="direct",
            created_at=1,
            updated_at=1,
        )
        for kind in kinds
    ]
    shown = {entry.uid: entry.summary for entry in entries(taken, "any", "1nst4ll8")}
    assert shown == {
        "occ_booking@1nst4ll8.propflow360.com": "Reserved", "occ_lease@1nst4ll8.propflow360.com": "Reserved",
        "occ_owner@1nst4ll8.propflow360.com": "Blocked", "occ_maintenance@1nst4ll8.propflow360.com": "Blocked",
        "occ_ical@1nst4ll8.propflow360.com": "Blocked",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("uid", "named"),
    [
        (f"{ID}@propflow360.com", ID), (f"{ID}@0a1b2c3d.propflow360.com", ID),
        (f"{ID}~2027-04-12@x.propflow360.com", ID), (f"{ID}:unit_{ID[4:]}@x.propflow360.com", ID),
        (f"{ID}@evil.com", None), (f"{ID}@propflow360.com.evil.com", None), (f"x{ID}@propflow360.com", None),
        ("occ_1@propflow360.com", None), (f"{ID}@a.b.propflow360.com", None), ("", None),
    ],
)  # fmt: skip
def test_a_uid_of_ours_names_its_occupancy(uid: str, named: str | None) -> None:
    assert rules.occupancy_of(uid) == named


def test_only_occupancies_of_the_unit_and_of_what_shares_its_nights_are_ours(core: Core) -> None:
    for unit in ("villa", "room", "far"):
        core.add_unit(unit)
    for part in (UNIT, "room"):
        core.run("INSERT INTO unit_parts VALUES ('ten_1', 'villa', ?, '2026-01-01')", part)
    for number, unit in enumerate((UNIT, "villa", "room", "far", "far")):
        core.run(
            "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at,"
            " updated_at) VALUES ('ten_1', ?1, ?2, '2027-01-01', '2027-01-02', 0, 'booking', ?3, 0, 0)",
            f"occ_{number}", unit, f"bkg_{number}",
        )  # fmt: skip
    core.run(
        "INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor,"
        " request_id, created_at)"
        " VALUES ('ten_1', 1, 'evt_1', 'booking.created', 'bkg_4', ?, 1, '{}', '{}', '', '', 0)",
        UNIT,
    )  # fmt: skip
    asked = [f"occ_{number}" for number in range(6)]
    [result] = core.batch([repository.ours(TENANT, UNIT, asked)])
    found = {one.id for one in result.rows(repository.Related)}
    assert found == {"occ_0", "occ_1", "occ_4"}, "its own, the villa's, and one that was its own before it moved away"


@pytest.fixture
def core() -> Core:
    core = Core()
    for ident, channel in (("exp_1", "any"), ("exp_2", "airbnb")):
        core.run(
            "INSERT INTO calendar_exports (tenant_id, id, unit_id, channel, token_hash, key_id, created_at)"
            " VALUES ('ten_1', ?1, 'unit_1', ?2, ?1, 'k1', 0)",
            ident, channel,
        )  # fmt: skip
    return core


def test_only_what_is_taken_from_the_cutoff_on_is_read(core: Core) -> None:
    for number in range(1, 25):
        core.occupy(
            f"occ_{number:02}", f"2026-{number % 12 + 1:02}-{number:02}", f"2026-{number % 12 + 1:02}-{number + 1:02}"
        )
    core.occupy("occ_hold", "2027-01-01", "2027-01-02", "hold", 10)
    core.occupy("occ_long", "2026-10-25", "2026-11-05", "owner")
    reading = repository.load(TENANT, [UNIT], "2026-11-01", "2030-01-01", 100)
    [(exports, taken)] = repository.loaded([UNIT], core.batch(reading))
    assert [export.channel for export in exports] == ["airbnb", "any"]
    expected = core.run(
        "SELECT id FROM occupancies WHERE end_date >= '2026-11-01' AND kind <> 'hold' ORDER BY start_date"
    )
    assert [one.id for one in taken] == [row["id"] for row in expected]
    assert "occ_long" in {one.id for one in taken}


def test_the_revision_counts_changes_of_the_body(core: Core) -> None:
    def store(etag: str, body: str | None, seen: int | None, now: int) -> tuple[str, int, int]:
        rendered = [Rendered(id=export, body=body, etag=etag, refreshed_at=seen) for export in ("exp_1", "exp_2")]
        core.batch(repository.store(TENANT, rendered, now))
        row = core.run("SELECT body, revision, refreshed_at FROM calendar_exports WHERE id = 'exp_1'")[0]
        return row["body"], row["revision"], row["refreshed_at"]

    assert store("e1", "one", None, 5) == ("one", 1, 5)
    assert store("e1", None, 5, 6) == ("one", 1, 6)
    assert store("e2", "two", 6, 7) == ("two", 2, 7)
    with pytest.raises(sqlite3.IntegrityError, match="guard_failed"):
        store("e1", "one", 6, 8)
    assert core.run("SELECT body FROM calendar_exports WHERE id = 'exp_1'") == [{"body": "two"}]


def taken(number: int, start: str, end: str, **more: object) -> Taken:
    base = {"id": f"occ_{number:05}", "kind": "booking", "source": "direct", "created_at": 1_000, "updated_at": 1_000}
    return msgspec.convert(base | {"start": start, "end": end} | more, Taken)


def test_a_sequence_grows_with_each_later_version() -> None:
    changes = [1_000, 1_001, 2_500, 60_000, 9_000_000_000]
    found = [sequence(taken(1, "2026-12-01", "2026-12-02", updated_at=at)) for at in changes]
    assert found == sorted(set(found)) and found[:2] == [0, 1]


def test_the_horizon_ends_what_has_no_end_and_stays_for_a_year() -> None:
    assert {rules.horizon(day) for day in ("2026-01-01", "2026-12-31")} == {"2030-01-01"}
    [lease] = rules.bounded([taken(1, "2026-12-01", "9999-12-31", kind="lease")], "2030-01-01")
    assert (lease.start, lease.end, lease.id) == ("2026-12-01", "2030-01-01", "occ_00001")


def test_of_too_much_nothing_is_left_open_and_the_body_stays_below_a_mebibyte() -> None:
    first = date(2026, 11, 1)
    days = [(first + timedelta(days=number // 20)).isoformat() for number in range(25_000)]
    many = [
        taken(number, day, (date.fromisoformat(day) + timedelta(days=1)).isoformat(), source="combined",
              id=f"occ_{number:026}:unit_{number:026}")
        for number, day in enumerate(days)
    ]  # fmt: skip
    shown = entries(rules.bounded(many, "2030-01-01"), "airbnb", "i")
    assert len(shown) == rules.MOST_ENTRIES and shown[-1].summary == "Blocked"
    assert (shown[-1].start, shown[-1].end) == (days[rules.MOST_ENTRIES - 1], "2030-01-01")
    body = writer.write(shown)
    assert len(body) < 1 << 20
    assert len(icalendar.Calendar.from_ical(body).events) == rules.MOST_ENTRIES


def test_what_is_rendered_costs_the_same_whatever_the_history(core: Core) -> None:
    statement = repository.load(TENANT, [UNIT], "2026-11-01", "2030-01-01", 100)[1]
    core.occupy("occ_now", "2026-11-20", "2026-11-22")

    def steps() -> int:
        count = 0

        def one() -> int:
            nonlocal count
            count += 1
            return 0

        core.db.set_progress_handler(one, 1)
        core.batch([statement])
        core.db.set_progress_handler(None, 0)
        return count

    before = steps()
    for number in range(600):
        start = date(2024, 1, 1) + timedelta(days=number)
        core.occupy(f"occ_{number}", start.isoformat(), (start + timedelta(days=1)).isoformat())
    assert steps() <= before + 40


def test_two_bodies_never_have_the_same_last_modified_second(core: Core) -> None:
    def store(etag: str, seen: int | None, now: int) -> int:
        rendered = [Rendered(id=export, body=etag, etag=etag, refreshed_at=seen) for export in ("exp_1", "exp_2")]
        core.batch(repository.store(TENANT, rendered, now))
        return int(core.run("SELECT changed_at FROM calendar_exports WHERE id = 'exp_1'")[0]["changed_at"])

    first = store("e1", None, 5_000)
    assert store("e1", 5_000, 5_001) == first == 5_000
    assert store("e2", 5_001, 5_002) // 1000 > first // 1000
    assert store("e3", 5_002, 90_000) == 90_000
