"""Lists page by page: nothing is missed or told twice, in every order, whatever changes meanwhile."""

import itertools
import sqlite3
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.schema import migrated

from api.edge import paging
from api.edge.paging import Place
from api.stays.bookings import repository
from api.stays.bookings.repository import BookingRow, Filters
from propflow.errors import BadRequest

STATUSES = ("pending", "confirmed", "cancelled")
IDS = [f"bkg_{number:026}" for number in range(12)]
INSERT = """
INSERT INTO bookings (tenant_id, id, unit_id, occupancy_id, status, check_in, check_out, guests, guest_name,
                      total_amount, currency, lines, source, created_at, updated_at)
VALUES (?, ?, 'unit_1', ?, ?, ?, '2027-12-31', 1, 'Grace', 0, 'EUR', '[]', 'direct', 1, ?)"""
BOOKINGS = st.lists(
    st.tuples(st.sampled_from(STATUSES), st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=len(IDS)
)
FILTERS = st.builds(
    Filters,
    statuses=st.lists(st.sampled_from(STATUSES), unique=True, max_size=2).map(tuple),
    check_in_from=st.none() | st.integers(1, 4).map(lambda day: f"2027-03-{day:02}"),
    updated_since=st.none() | st.integers(1, 4),
    unit_id=st.none() | st.just("unit_1"),
)


@pytest.fixture(scope="module")
def core() -> sqlite3.Connection:
    found = migrated("core")
    found.execute("PRAGMA foreign_keys = OFF")  # bookings are all there is
    return found


def fill(core: sqlite3.Connection, made: list[tuple[str, int, int]]) -> None:
    core.execute("DELETE FROM bookings")
    for booking_id, (status, day, changed) in zip(IDS, made, strict=False):
        core.execute(INSERT, ("ten_1", booking_id, booking_id, status, f"2027-03-{day:02}", changed))


def page(core: sqlite3.Connection, filters: Filters, after: str | None, limit: int) -> list[Place]:
    statement = repository.list_after("ten_1", None, filters, paging.place(after, "bkg", filters.first), limit)
    found = core.execute(statement.sql, statement.params)
    names = [column[0] for column in found.description]
    rows = [msgspec.convert(dict(zip(names, row, strict=True)), BookingRow) for row in found.fetchall()]
    return [filters.place_of(row) for row in rows]


def pages(core: sqlite3.Connection, filters: Filters, limit: int) -> Iterator[list[Place]]:
    after = None
    while found := page(core, filters, after, limit):
        yield found
        after = found[-1].cursor


def wanted(made: list[tuple[str, int, int]], filters: Filters) -> list[str]:
    """The same, by nothing but Python."""
    rows = [(*one, booking_id) for booking_id, one in zip(IDS, made, strict=False)]
    rows = [one for one in rows if not filters.statuses or one[0] in filters.statuses]
    rows = [one for one in rows if filters.check_in_from is None or f"2027-03-{one[1]:02}" >= filters.check_in_from]
    rows = [one for one in rows if filters.updated_since is None or one[2] >= filters.updated_since]
    key = {repository.BY_UPDATE: 2, repository.BY_ARRIVAL: 1, repository.BY_ID: 3}[filters.order]
    return [one[3] for one in sorted(rows, key=lambda one: (one[key], one[3]))]


@given(made=BOOKINGS, filters=FILTERS, limit=st.integers(1, 5))
def test_the_pages_of_a_list_are_the_list(
    core: sqlite3.Connection, made: list[tuple[str, int, int]], filters: Filters, limit: int
) -> None:
    fill(core, made)
    assert [one.id for one in itertools.chain(*pages(core, filters, limit))] == wanted(made, filters)


@given(made=BOOKINGS, limit=st.integers(1, 3), changes=st.lists(st.integers(0, len(IDS) - 1), max_size=4))
def test_whoever_follows_what_has_changed_misses_no_change(
    core: sqlite3.Connection, made: list[tuple[str, int, int]], limit: int, changes: list[int]
) -> None:
    """Bookings that change between two pages come again, later, and never go by unseen."""
    fill(core, made)
    seen, now = dict[str, int](), 5
    for found in pages(core, Filters(updated_since=1), limit):
        seen |= {one.id: one.key for one in found}  # type: ignore[misc]
        if changes:
            core.execute("UPDATE bookings SET updated_at = ? WHERE id = ?", (now, IDS[changes.pop()]))
            now += 1
    assert seen == dict(core.execute("SELECT id, updated_at FROM bookings").fetchall())


@pytest.mark.parametrize(
    ("after", "first"),
    [
        (IDS[0], 1), (f"0~{IDS[0]}", 1), (f"2027-03-01~{IDS[0]}", 1), ("5~unit_1", 1), ("5~", 1), ("~", 1), ("", 1),
        (f"-5~{IDS[0]}", 1), (f"٥~{IDS[0]}", 1), (f"{'9' * 16}~{IDS[0]}", 1),
        (IDS[0], "2027-03-01"), (f"2027-02-28~{IDS[0]}", "2027-03-01"), (f"5~{IDS[0]}", "2027-03-01"),
        (f"20270301~{IDS[0]}", "2027-03-01"), (f"2027-02-30~{IDS[0]}", "2027-01-01"),
    ],
)  # fmt: skip
def test_a_cursor_of_another_list_is_refused(after: str, first: int | str) -> None:
    with pytest.raises(BadRequest, match="next_cursor") as refused:
        paging.place(after, "bkg", first)
    assert (refused.value.code, refused.value.param) == ("invalid_cursor", "after")


@pytest.mark.parametrize("after", ["x", "unit_1", f"5~{IDS[0]}", "", f"{IDS[0]} "])
def test_a_list_by_id_takes_ids_alone(after: str) -> None:
    with pytest.raises(BadRequest):
        paging.place(after, "bkg")


def test_a_cursor_leads_back_to_its_place() -> None:
    for place in (Place(IDS[0], 1_800_000_000_000), Place(IDS[0], "2027-03-01")):
        assert paging.place(place.cursor, "bkg", type(place.key)()) == place  # type: ignore[misc]
        assert len(place.cursor) <= paging.LONGEST
    assert paging.place(Place(IDS[0]).cursor, "bkg") == Place(IDS[0])
