"""Files as spreadsheets write them, and cells as people write them."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inventory.imports import of_properties, of_units
from api.inventory.imports.amounts import decimal_signs, minor_units
from api.inventory.imports.columns import beds, fields_of, money, status, whole, words
from api.inventory.imports.dates import iso_date, orders
from api.inventory.imports.errors import MOST_LINES, Faults
from api.inventory.imports.rules import Line, lines_of, written
from api.inventory.imports.schemas import PROPERTIES, UNITS
from api.stays.booking_imports import service as of_bookings
from propflow.currencies import digits_of
from propflow.errors import Unprocessable

NAMES = ("reference", "name", "house_rules")
CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",;\n\r'), max_size=20)


def cells(text: str) -> list[dict[str, str]]:
    return [line.cells for line in lines_of(text, NAMES)]


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from([",", ";", "\t"]),
       st.sampled_from(["\n", "\r\n", "\r"]), st.permutations(NAMES), st.booleans())  # fmt: skip
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    rows: list[list[str]], separator: str, end: str, names: list[str], mark: bool
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    text = ("\ufeff" if mark else "") + out.getvalue()
    wanted = [{name: cell.strip() for name, cell in zip(names, row, strict=True) if cell.strip()} for row in rows]
    if not any(wanted):
        with pytest.raises(Unprocessable, match="no_lines"):
            cells(text)
    else:
        assert cells(text) == [one for one in wanted if one]


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=4), st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["sep={}", '"sep={}"', "SEP={}", "sep={}{}{}"]),
    st.lists(st.integers(0, 3), max_size=3), st.integers(0, 3), st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]), st.booleans(),
)  # fmt: skip
def test_a_sheet_says_the_same_in_every_spelling(
    rows: list[list[str]], separator: str, end: str, first: str, gaps: list[int], empty: int, mark: str, encoding: str,
    misread: bool,
) -> None:  # fmt: skip
    rows = [["R", *row[1:]] for row in rows]

    def spread(row: list[str], blank: str) -> list[str]:
        """With columns that say nothing in between and at the end."""
        for place in sorted(gaps, reverse=True):
            row = [*row[:place], blank, *row[place:]]
        return row

    out = io.StringIO()
    named = separator.replace("\t", "\\t") if first == '"sep={}"' else separator
    out.write(mark + first.format(named, separator, separator) + end)
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(spread(list(NAMES), " "))
    writer.writerows([spread(row, "") for row in rows] + [[""] * 9] * empty)
    text = out.getvalue()
    if misread:  # somebody took the bytes for Latin-1
        text = ("\ufeff" + text.removeprefix("\ufeff")).encode(encoding).decode("latin-1")
    wanted = [{name: cell.strip() for name, cell in zip(NAMES, row, strict=True) if cell.strip()} for row in rows]
    assert cells(text) == wanted


def test_text_whose_encoding_was_mistaken_is_put_right() -> None:
    text = "\ufeffreference\tname\r\nA\tKüche – 5 €\r\n"
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        misread = "".join(
            bytes([byte]).decode("cp1252" if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "latin-1")
            for byte in text.encode(encoding)
        )
        assert cells(misread) == [{"reference": "A", "name": "Küche – 5 €"}]


def test_a_column_without_a_name_says_nothing_unless_it_has_cells() -> None:
    assert cells("reference;;name; ;\nA;;b;;\n;;;;\n") == [{"reference": "A", "name": "b"}]
    with pytest.raises(Unprocessable) as refused:
        lines_of("reference;;name\nA;;b\nB;x;b\n", NAMES)
    assert refused.value.code == "unknown_column"
    assert refused.value.evidence == {"column": 2, "line": 3}


def test_the_line_that_names_the_separator_is_no_row() -> None:
    assert lines_of("\ufeffsep=; \r\nreference;name\r\nA;b,c\r\n", NAMES) == [
        Line(2, {"reference": "A", "name": "b,c"})
    ]


def test_a_line_is_counted_as_a_spreadsheet_counts_it() -> None:
    text = 'name;reference\r\n"Two\r\nlines";A\r\n\r\n;;;\r\nx;B\r\n'
    assert lines_of(text, NAMES) == [
        Line(2, {"name": "Two\r\nlines", "reference": "A"}), Line(5, {"name": "x", "reference": "B"}),
    ]  # fmt: skip


def test_formulas_are_text() -> None:
    found = cells('reference,name\n=1+1,"=HYPERLINK(""http://x"",""y"")"\n@SUM(A1),+41\n')
    assert found == [
        {"reference": "=1+1", "name": '=HYPERLINK("http://x","y")'}, {"reference": "@SUM(A1)", "name": "+41"},
    ]  # fmt: skip


def test_cells_that_are_left_out_are_empty_and_surplus_ones_are_told() -> None:
    assert lines_of("reference,name\nA\nB,b,c", NAMES) == [
        Line(2, {"reference": "A"}), Line(3, {"reference": "B", "name": "b"}, True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_lines"), ("reference", "no_lines"), ("reference,name\n,\n", "no_lines"), ("\n\nA", "no_lines"),
        ("reference,colour\nA,red", "unknown_column"), ("reference,name,\nA,b,c", "unknown_column"),
        ("sep=|\nreference,name\nA,b", "unknown_column"), ("sep=;", "no_lines"), ("sep=;\n", "no_lines"),
        ("sep=ab\nreference\nA", "unknown_column"), ("r\0e\0f\0", "wrong_encoding"), ("\xff\xfer", "wrong_encoding"),
        ("name\nx", "missing_column"), ("name,reference,NAME\nx,A,y", "repeated_column"),
        ('reference,name\nA,"never closed', "invalid_csv"), ('reference,name\nA,"b"c\n', "invalid_csv"),
        ("reference\n" + "x\n" * (MOST_LINES + 1), "too_many_lines"), ("reference\n" + "\n" * 9_999, "too_many_lines"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_as_a_whole(text: str, code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        lines_of(text, NAMES)
    assert (refused.value.code, refused.value.param) == (code, "csv")


@pytest.mark.parametrize(
    ("text", "line"),
    [('"reference"x\nA', 1), ('reference\n"A"x\nB', 2), ('reference\nA\n"B"x\n', 3), ('sep=;\nreference\n"A"x', 2)],
)
def test_what_is_no_csv_is_told_by_the_row_in_which_it_is(text: str, line: int) -> None:
    with pytest.raises(Unprocessable, match="invalid_csv") as refused:
        lines_of(text, NAMES)
    assert refused.value.evidence == {"line": line}


def test_as_many_lines_as_allowed_are_read() -> None:
    assert len(lines_of("reference\n" + "x\n" * MOST_LINES, NAMES)) == MOST_LINES


def test_what_is_written_is_read() -> None:
    assert cells(written([NAMES, ["A", 'b,;"\n', ""]])) == [{"reference": "A", "name": 'b,;"'}]


@pytest.mark.parametrize(
    ("cell", "currency", "amount"),
    [("120", "EUR", 12_000), ("120.5", "EUR", 12_050), ("120,50", "EUR", 12_050), ("0", "EUR", 0),
     ("12000", "JPY", 12_000), ("1.2", "KWD", 1_200), ("1.234", "KWD", 1_234), ("1,200.00", "EUR", 120_000),
     ("1.200,5", "EUR", 120_050), ("1’234.50", "CHF", 123_450), ("1\u202f234,50", "EUR", 123_450),
     ("1.234.567", "EUR", 123_456_700), ("1,23,456.50", "INR", 12_345_650), ("1.234", "JPY", 1_234),
     ("1.234,500", "TND", 1_234_500), ("1,234.500", "KWD", 1_234_500), ("€ 120", "EUR", 12_000),
     ("120,50\u00a0€", "EUR", 12_050), ("$1,200.00", "CAD", 120_000), ("CHF 1'200", "CHF", 120_000)],
)  # fmt: skip
def test_an_amount_is_in_the_decimals_of_its_currency(cell: str, currency: str, amount: int) -> None:
    assert money(cell, currency) == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("cell", "currency"),
    [("1.200", "EUR"), ("1,200,00", "EUR"), ("€ 120", "USD"), ("120 USD", "EUR"), ("€120€", "EUR"), ("-1", "EUR"),
     ("", "EUR"), ("€", "EUR"), ("(120)", "EUR"), ("0.120", "EUR"), ("12.34.567", "EUR"),
     ("1234.567", "EUR"), ("1e3", "EUR"), ("120.", "EUR"),
     ("12.5", "JPY"), ("1.2345", "KWD"), ("٣", "EUR"), ("=1+1", "EUR"), ("1" * 13, "EUR")],
)  # fmt: skip
def test_no_amount_is_guessed(cell: str, currency: str) -> None:
    with pytest.raises(Faults) as faults:
        money(cell, currency)
    assert [one.column for one in faults.value.errors] == ["nightly_rate"]


@pytest.mark.parametrize(
    ("cells", "currency", "amounts"),
    [
        (["1.234", "99,50"], "EUR", [123_400, 9_950]), (["1.234", "99.50"], "EUR", [None, 9_950]),
        (["1,234", "99.50"], "EUR", [123_400, 9_950]), (["1.234", "1.234.567"], "EUR", [123_400, 123_456_700]),
        (["1.234", "80"], "EUR", [None, 8_000]), (["1.234", "1 000"], "EUR", [None, 100_000]),
        (["1.234", "9,5", "9.5"], "EUR", [None, 950, 950]), (["1.234", "0,5"], "KWD", [1_234_000, 500]),
        (["1.234", "0.5"], "KWD", [1_234, 500]), (["1.234", "€ 9,50"], "JPY", [1_234, None]),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_settled_by_the_other_cells_or_refused(
    cells: list[str], currency: str, amounts: list[int | None]
) -> None:
    signs = decimal_signs(cells)
    assert [minor_units(cell, currency, signs) for cell in cells] == amounts


HABITS = {  # what separates thousands, and what stands before decimals
    "de": (".", ","), "en": (",", "."), "ch": ("'", "."), "ch’": ("’", "."), "fr": ("\u202f", ","),
    "sv": ("\u00a0", ","), "si": (" ", "."), "plain": ("", "."), "plain,": ("", ","),
}  # fmt: skip


@given(
    st.lists(st.integers(0, 10**11), min_size=1, max_size=6), st.sampled_from(sorted(HABITS)),
    st.sampled_from(["EUR", "JPY", "KWD", "HUF", "CLP", "TND"]), st.booleans(), st.sampled_from(["", "{} ", " {}"]),
)  # fmt: skip
def test_an_amount_is_read_back_as_it_was_or_refused_and_never_another(
    amounts: list[int], habit: str, currency: str, trimmed: bool, mark: str
) -> None:
    by, sign = HABITS[habit]
    digits = digits_of(currency)

    def spelled(amount: int) -> str:
        whole, part = divmod(amount, 10**digits)
        shown = f"{whole:,}".replace(",", by)
        if digits and not (trimmed and part == 0):
            shown += f"{sign}{part:0{digits}d}"
        return (mark.format(currency) + shown) if mark.endswith(" ") else shown + mark.format(currency)

    written_so = [spelled(amount) for amount in amounts]
    signs = decimal_signs(written_so)
    for cell, amount in zip(written_so, amounts, strict=True):
        read = minor_units(cell, currency, signs)
        in_two_ways = digits > 0 and by in (".", ",") and trimmed and 10**3 <= amount // 10**digits < 10**6
        assert read == amount or (in_two_ways and (read is None or digits == 3) and amount % 10**digits == 0)


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["2027-07-03", "2027/7/3", "2027.07.03", "3.7.2027", "03.07.2027 15:00", "2027-07-03T00:00:00"],
         ["2027-07-03"] * 6),
        (["3. 7. 2027", "3.7.2027.", "2027. 07. 03.", "3.7.2027, 15:00", "2027-07-03 3:00\u202fPM"],
         ["2027-07-03"] * 5),
        (["7/25/2027 11:30 AM", "3/7/2027 3:00 PM"], ["2027-07-25", "2027-03-07"]),
        (["03/07/2027"], [None]), (["3-7-2027"], [None]), (["07/07/2027"], ["2027-07-07"]),
        (["03/07/2027", "25/07/2027"], ["2027-07-03", "2027-07-25"]),
        (["03/07/2027", "07/25/2027"], ["2027-03-07", "2027-07-25"]),
        (["03/07/2027", "25/07/2027", "07/25/2027"], [None, "2027-07-25", "2027-07-25"]),
        (["03/07/2027", "25.07.2027", "2027-07-25"], [None, "2027-07-25", "2027-07-25"]),
        (["soon", "2027-02-30", "31.02.2027", "3.7.27", "2027-07-03Z", "2027-07/03", "45000", "3. 7.2027"],
         ["soon", "2027-02-30", "31.02.2027", "3.7.27", "2027-07-03Z", "2027-07/03", "45000", "3. 7.2027"]),
    ],
)  # fmt: skip
def test_a_date_is_read_in_one_way_or_refused(cells: list[str], read: list[str | None]) -> None:
    known = orders(cells)
    assert [iso_date(cell, known) for cell in cells] == read


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2099, 12, 31)), min_size=1, max_size=8),
    st.sampled_from([
        "{0.year}-{0.month:02}-{0.day:02}", "{0.day}.{0.month}.{0.year}", "{0.day:02}/{0.month:02}/{0.year}",
        "{0.month}/{0.day}/{0.year}", "{0.day}-{0.month}-{0.year} 14:00", "{0.year}/{0.month}/{0.day}",
    ]),
)  # fmt: skip
def test_dates_of_one_habit_are_read_back_or_refused_and_never_others(days: list[date], habit: str) -> None:
    cells = [habit.format(day) for day in days]
    known = orders(cells)
    settled = habit.startswith("{0.year}") or "." in habit.replace("0.", "") or any(day.day > 12 for day in days)
    for cell, day in zip(cells, days, strict=True):
        read = iso_date(cell, known)
        assert read == day.isoformat() or (read is None and day.day <= 12 and day.day != day.month and not settled)


@pytest.mark.parametrize(
    ("cell", "word"),
    [("Checked in", "checked_in"), ("NO-SHOW", "no_show"), ("canceled", "cancelled"), ("Cancelled", "cancelled"),
     ("checked  -  out", "checked_out"), ("=cmd", "=cmd")],
)  # fmt: skip
def test_a_state_is_said_in_the_words_of_the_api(cell: str, word: str) -> None:
    assert status(cell) == word


def test_cells_become_the_fields_of_a_body() -> None:
    read = {
        "name": str,
        "max_guests": whole,
        "amenities": words,
        "beds": beds,
        "address.city": str,
        "address.line1": str,
    }
    given_cells = {"name": "U", "max_guests": "4", "amenities": "wifi, pool", "beds": "double:1, single: x",
                   "address.city": "Bern", "address.line1": "Gasse 1"}  # fmt: skip
    assert fields_of(given_cells, read) == {
        "name": "U", "max_guests": 4, "amenities": ["wifi", "pool"],
        "beds": [{"kind": "double", "count": 1}, {"kind": "single", "count": "x"}],
        "address": {"city": "Bern", "line1": "Gasse 1"},
    }  # fmt: skip
    assert [whole(cell) for cell in ("4.0", "", "٣", "1" * 16)] == ["4.0", "", "٣", "1" * 16]


def test_what_a_body_refuses_is_told_by_column() -> None:
    body = {"property_id": "prop_1", "name": "U", "max_guests": "many", "type": "castle",
            "beds": [{"kind": "hay", "count": 0}], "amenities": ["Wi-Fi"]}  # fmt: skip
    with pytest.raises(Faults) as faults:
        UNITS.create(body)
    assert [(one.column, one.code) for one in faults.value.errors] == [
        ("max_guests", "int_type"), ("nightly_rate", "missing"), ("type", "literal_error"), ("beds", "literal_error"),
        ("beds", "greater_than_equal"), ("amenities", "string_pattern_mismatch"),
    ]  # fmt: skip
    with pytest.raises(Faults) as faults:
        PROPERTIES.change({"address": {"country": "che"}, "cancellation_policy": {"kind": "custom"}})
    assert [one.column for one in faults.value.errors] == ["cancellation_policy", "address.country"]


@pytest.mark.parametrize("kind", [of_properties.KIND, of_units.KIND, of_bookings.KIND])
def test_an_example_names_known_columns_only(kind: of_units.Kind) -> None:
    assert set(kind.example) <= set(kind.columns)
