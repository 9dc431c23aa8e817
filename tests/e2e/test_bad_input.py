"""Every field of the main path: bad input gets a 4xx that names the field, and nothing is written."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.client import Api
from support.files import announce_document, announce_picture
from support.people import Manager, ok
from support.settling import settle
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import prove

Body = dict[str, Any]
TABLES = ("users", "tenants", "api_keys", "properties", "units", "quotes", "occupancies", "bookings", "blocks",
          "leases", "files", "events", "feeds", "outbox")  # fmt: skip
OF_NOBODY = ("users", "tenants")  # a sign-up is nobody's yet; only requests make these, and here are no others
PUT = ("/rates", "/rate_rules", "/test_clock")  # all others are POST
UNKNOWN = "unit_00000000000000000000000000"


FREE = {"tags": ["no", "list"], "amenities": ["no", "list"], "custom_fields": {"no": "object"}}  # good for these


def wrong_for(base: Body, wrong: dict[str, list[Any]], required: set[str]) -> Iterator[tuple[str, Body]]:
    """Each field missing, of each wrong type, and with each bad value of its own; and one field too many."""
    for field, values in wrong.items():
        for value in [*values, {"no": "object"}, ["no", "list"]]:
            if value != FREE.get(field):
                yield field, base | {field: value}
        if field in required:
            yield field, {name: value for name, value in base.items() if name != field}
    yield "surplus", base | {"surplus": 1}


LINES = ["", "   ", 1, None, "x" * 201, "a\u0000b", "a\nb", "\ud800"]
DATES = ["", "2027-2-1", "2027-02-30", "20270301", "2027-03-01T00:00:00Z", 20270301, None, "1999-12-31", "2101-01-01"]
COUNTS = [0, -1, 1.5, "2", True, 501, 10**30, None]


EMAILS = ["", "x", "x@", "@x.y", "a b@c.d", "a@b", "a@b..c", 1, None, "x" * 250 + "@example.net"]
PASSWORDS = ["short", "x" * 257, 12345678, None, "Password1", "propflow360"]
TOKENS = ["", "x" * 201, 1, None, "no token"]


def signup() -> tuple[str, Body, dict[str, list[Any]], set[str]]:
    base = {"email": "new@example.net", "password": "long enough", "name": "N", "tenant_name": "T"}
    wrong: dict[str, list[Any]] = {
        "email": EMAILS,
        "password": PASSWORDS,
        "name": LINES,
        "tenant_name": LINES,
    }
    return "/v1/auth/signup", base, wrong, set(wrong)


def accounts() -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    """Coming in and caring for one's account; the base is wrong, too, so that nothing is written."""
    email, password, choice = "new@example.net", "long enough", {"tenant_id": "ten_nowhere"}
    kinds = ["", "x" * 257, 1, None]
    login = {"email": EMAILS, "password": kinds, "tenant_id": ["x" * 41, 1]}
    yield "/v1/auth/login", {"email": email, "password": password}, login, {"email", "password"}
    yield "/v1/auth/forgot_password", {"email": email}, {"email": EMAILS}, {"email"}
    reset = {"token": TOKENS, "password": PASSWORDS[:4]}
    yield "/v1/auth/reset_password", {"token": "none", "password": password}, reset, {"token", "password"}
    yield "/v1/auth/verify_email", {"token": "none"}, {"token": TOKENS}, {"token"}
    change = {"current_password": [*kinds, "not the password"], "new_password": PASSWORDS}
    yield "/v1/me/password", {"current_password": "x", "new_password": password}, change, set(change)
    yield "/v1/me/tenant", choice, {"tenant_id": ["x" * 41, 1, None, "ten_nowhere"]}, {"tenant_id"}


def people() -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    """Members, invitations and the hand-over of an organisation."""
    token, nobody, nowhere = "x" * 43, "usr_00000000000000000000000000", "prop_00000000000000000000000000"
    restriction = [[], [nowhere], ["x" * 41], [1], [nowhere] * 201, "x", 1]
    invite = {"email": EMAILS, "role": ["owner", "", "cleaner", 1, None], "property_ids": restriction}
    yield "/v1/invitations", {"email": "new@example.net", "role": "member"}, invite, {"email", "role"}
    accept = {"token": ["", "x", "x" * 201, 1, None], "name": [line for line in LINES if line is not None],
              "password": ["short", "x" * 257, 12345678]}  # fmt: skip
    yield "/v1/invitations/accept", {"token": token, "name": "N", "password": "long enough"}, accept, {"token"}
    transfer = {"user_id": ["x" * 41, 1, None, nobody], "password": ["", "x" * 257, 1]}
    yield "/v1/tenant/transfer", {"user_id": nobody, "password": "x"}, transfer, {"user_id"}


SECONDS: list[Any] = [-1, 604_801, 1.5, "60", True, None, 10**30]
INSTANTS: list[Any] = ["", "tomorrow", "2030-01-01T00:00:00", "2030-01-01", "2100-01-01T00:00:00Z", 5, None, "9" * 41]


def api_keys() -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    base = {"name": "K", "scopes": ["units:read"]}
    wrong: dict[str, list[Any]] = {
        "name": LINES,
        "scopes": [[], "units:read", ["nothing"], ["keys:write"], [1], [None], ["x" * 61], ["units:read"] * 101, None],
        "mode": ["", "prod", 1, None],
        "expires_at": ["", "tomorrow", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00", "2030-01-01", 5, "9" * 41],
        "networks": [[], "0.0.0.0/0", ["example.com"], ["1.2.3.4/33"], [1], ["0.0.0.0/0"] * 21],
    }
    yield "/v1/api_keys", base, wrong, set(base)
    yield f"/v1/api_keys/key_{'0' * 26}/rotate", {}, {"overlap_seconds": SECONDS}, set()


TAGS: list[Any] = ["lake", [""], ["A"], ["a b"], ["x" * 41], [1], ["a"] * 21]
CUSTOM: list[Any] = ["x", {"A": 1}, {"a": None}, {"a": [1]}, {"a": {"b": 1}}, {"a": "x" * 2001}, {"a": "\u0000"},
                     {"a": 10**30}, {f"k{number}": 1 for number in range(51)},
                     {f"k{number}": "é" * 900 for number in range(6)}]  # fmt: skip
CLOCKS: list[Any] = ["", "24:00", "3 pm", "15:0", "15:00:00", 15]
HOUSE: dict[str, list[Any]] = {
    "check_in_time": CLOCKS, "check_out_time": CLOCKS, "house_rules": ["", " ", "x" * 10_001, "a\u0000b", 1],
    "tags": TAGS, "custom_fields": CUSTOM,
}  # fmt: skip
UNIT: dict[str, list[Any]] = {
    "type": ["", "castle", 1], "beds": ["x", [{}], [{"kind": "hay", "count": 1}], [{"kind": "king", "count": 0}],
                                        [{"kind": "king", "count": 1, "x": 1}], [{"kind": "king", "count": 1}] * 21],
    "bedrooms": [-1, 101, 1.5, "2"], "bathrooms": [-1, 101, 1.5, "2"], "amenities": ["wifi", ["Wi-Fi"], ["a"] * 101],
    "tags": TAGS, "custom_fields": CUSTOM,
}  # fmt: skip


REPRICE: list[Any] = ["", "some", 1, None, ["all"]]
FLAGS: list[Any] = ["", "perhaps", 1, None]
URLS: list[Any] = ["", "x", "ftp://a.b/c", "https://a b", 1]


def changes(
    home: str, unit_id: str, booking_id: str, feed_id: str, media_id: str, document_id: str
) -> Iterator[tuple[str, str, Body]]:  # fmt: skip
    """Bad input of PATCH: each field alone, a field that nobody may change, and nothing at all."""
    property_fields = {"reference": LINES[:3], "name": LINES, "time_zone": ["", "Mars/Base", 1, None], **HOUSE,
                       "currency": ["USD"], "status": ["archived"],
                       "address": ["street", {"country": "che"}]}  # fmt: skip
    unit_fields = {"reference": LINES[:3], "name": LINES, "max_guests": COUNTS, "nightly_rate": [100, None, {}], **UNIT,
                   "status": ["archived", "", 1, None], "property_id": [home]}  # fmt: skip
    booking_fields = {"guests": [*COUNTS, 5], "guest": [None, {}, {"name": ""}], "guest_list": [None, [{}], "x"],
                      "notes": ["", 1], "reprice": REPRICE, "dry_run": FLAGS,
                      "status": ["confirmed"], "total": [1], "check_in": ["2028-03-01"]}  # fmt: skip
    feed_fields = {"name": LINES, "status": ["", "deleted", 1, None], "url": [*URLS, None], "host": ["www.example.com"],
                   "unit_id": [unit_id]}  # fmt: skip
    media_fields = {"title": LINES[:3], "kind": ["contract", "", 1, None], "position": [-1, 1.5, "1", 10_001, None],
                    "file_name": ["F"], "status": ["ready"], "size": [1], "unit_id": [unit_id]}  # fmt: skip
    document_fields = {"title": LINES[:3], "kind": ["photo", "id_document", "", 1, None], "position": [1],
                       "content_type": ["text/html"], "status": ["ready"], "booking_id": ["x"]}  # fmt: skip
    for path, fields in (
        (f"/v1/properties/{home}", property_fields),
        (f"/v1/units/{unit_id}", unit_fields),
        (f"/v1/bookings/{booking_id}", booking_fields),
        (f"/v1/feeds/{feed_id}", feed_fields),
        (f"/v1/media/{media_id}", media_fields),
        (f"/v1/documents/{document_id}", document_fields),
    ):
        yield path, "", {}
        for field, values in fields.items():
            for value in values:
                yield path, field, {field: value}


def property_() -> tuple[str, Body, dict[str, list[Any]], set[str]]:
    base = {"name": "Casa", "time_zone": "Europe/Zurich", "currency": "EUR"}
    wrong: dict[str, list[Any]] = {
        "name": LINES,
        "time_zone": ["", "Mars/Base", "europe/zurich", 1, None, "../etc/passwd"],
        "currency": ["", "eur", "EURO", "ABC", "XXX", "XAU", "CLF", "HRK", "BGN", "ZWL", 1, None],
        "address": ["street", {"country": "che"}, {"planet": "Mars"}],
        "charges": ["x", [{"name": "VAT", "kind": "tax", "basis": "percent", "amount": 5}], [{}], [{}] * 21],
        **HOUSE,
    }
    return "/v1/properties", base, wrong, {"name", "time_zone", "currency"}


def unit(home: str) -> tuple[str, Body, dict[str, list[Any]], set[str]]:
    base = {"property_id": home, "name": "U", "max_guests": 2, "nightly_rate": {"amount": 100, "currency": "EUR"}}
    wrong: dict[str, list[Any]] = {
        "property_id": ["x" * 41, 1, None],
        "name": LINES,
        "max_guests": COUNTS,
        "nightly_rate": [100, None, {}, {"amount": 1.5, "currency": "EUR"}, {"amount": -1, "currency": "EUR"}],
    }
    return "/v1/units", base, wrong | UNIT, set(wrong)


def spreadsheets(home: str, unit_id: str) -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    """Files as a whole and their lines: nothing of a file is written when one of its lines is wrong."""
    head, good = "reference,property_id,name,max_guests,nightly_rate", f"A,{home},U,2,100"
    bad = [f"A,{UNKNOWN},U,2,100", f"A,{home},,2,100", f"A,{home},U,0,100", f"A,{home},U,2,1.234", f",{home},U,2,100"]
    wrong = ["", " ", 1, None, "\ud800", "x", head, f"{head},surplus\n{good},1", f"{head}\n{good}\n{good}",
             f'{head}\n"{good}', f"{head}\n{good},1", *(f"{head}\nB{good[1:]}\n{line}" for line in bad)]  # fmt: skip
    flags = ["", "yes", 1, None]
    yield "/v1/imports/units", {"csv": f"{head}\n{good}", "dry_run": True}, {"dry_run": flags}, {"csv"}
    yield "/v1/imports/units", {"csv": "x"}, {"csv": wrong}, {"csv"}
    head, good = "reference,name,time_zone,currency", "A,House,Europe/Zurich,EUR"
    bad = [
        "A,House,Mars/Base,EUR",
        "A,House,Europe/Zurich,euro",
        "A,House,Europe/Zurich,HRK",
        "A,,Europe/Zurich,EUR",
        "A,House,,EUR",
    ]
    houses = [f"{head}\n{good}\n{line}" for line in bad]
    yield "/v1/imports/properties", {"csv": "x"}, {"csv": [*houses, f"{head},id\n{good},prop_1"]}, {"csv"}
    head, good = "reference,unit_id,status,check_in,check_out,guest.name,total", f"A,{unit_id},confirmed,2041-01-01"
    bad = [f"{good},2041-01-01,G,1", f"{good},2044-01-01,G,1", f"{good},2041-01-03,,1", f"{good},2041-01-03,G,",
           f"{good},2041-01-03,G,1.234", f"{good},41-01-03,G,1", f"A,{UNKNOWN},confirmed,2041-01-01,2041-01-03,G,1",
           f"A,{unit_id},sold,2041-01-01,2041-01-03,G,1", f"A,{unit_id},checked_in,2041-01-01,2041-01-03,G,1",
           f"{good},2041-01-03,G,1\nB{good[1:]},2041-01-02,G,1", f"{good},2041-01-03,a\x07b,1"]  # fmt: skip
    yield "/v1/imports/bookings", {"csv": "x"}, {"csv": [f"{head}\n{line}" for line in bad]}, {"csv"}


def stay(path: str, unit_id: str, more: dict[str, list[Any]]) -> tuple[str, Body, dict[str, list[Any]], set[str]]:
    base: Body = {"unit_id": unit_id, "check_in": "2027-03-01", "check_out": "2027-03-03"}
    if path == "/v1/quotes":
        base["guests"] = 2
    if path == "/v1/bookings":
        base["guest"] = {"name": "G"}
    wrong: dict[str, list[Any]] = {
        "unit_id": ["x" * 41, 1, None, UNKNOWN],
        "check_in": DATES,
        "check_out": [*DATES, "2027-03-01", "2027-02-01", "2029-03-02"],
        **more,
    }
    return path, base, wrong, set(base)


HOLD: dict[str, list[Any]] = {
    "ttl_seconds": [0, -1, 1801, "60", 1.5, None],
    "guests": [count for count in [*COUNTS, 5] if count is not None],
    "quote_id": [1, "x" * 41, "quo_00000000000000000000000000"],
}
BOOKING: dict[str, list[Any]] = {
    "guests": [*COUNTS, 5],
    "guest": [
        "G",
        None,
        {},
        {"name": ""},
        {"name": "G", "email": "x"},
        {"name": "G", "phone": "12"},
        {"name": "G", "x": 1},
    ],
    "hold_id": [1, "x" * 41, "hold_00000000000000000000000000"],
    "quote_id": [1, "x" * 41, "quo_00000000000000000000000000"],
    "status": ["cancelled", "", 1, None],
    "ignore_restrictions": [1, "yes", None],
    "source": ["", "x", 1, None],
    "notes": ["", "x" * 5_001, "a\u0000b", "\ud800", 1],
    "cancellation_policy": ["flexible", {}, {"kind": "none"}, {"kind": "custom"}, {"kind": "strict", "x": 1}],
}
NOBODY = "bkg_00000000000000000000000000"


def booking_changes(unit_id: str, booking_id: str) -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    """Moving, swapping and grouping bookings."""
    path = f"/v1/bookings/{booking_id}"
    wrong = {"check_in": DATES, "check_out": [*DATES, "2028-03-01"], "unit_id": ["x" * 41, 1, None, UNKNOWN],
             "keep_price": FLAGS, "reprice": REPRICE, "dry_run": FLAGS, "ignore_restrictions": FLAGS}  # fmt: skip
    yield f"{path}/move", {"check_out": "2028-03-04"}, wrong, set()
    for verb in ("check_in", "check_out", "no_show", "reinstate"):
        yield f"{path}/{verb}", {}, {}, set()
    names = ["x" * 41, 1, None, NOBODY]
    swap: dict[str, list[Any]] = {"booking_id": names, "other_booking_id": [*names, booking_id]}
    yield "/v1/bookings/swap", {"booking_id": booking_id, "other_booking_id": NOBODY[:-1] + "1"}, swap, set(swap)
    one: Body = {"unit_id": unit_id, "check_in": "2027-03-01", "check_out": "2027-03-03", "guest": {"name": "G"}}
    many: list[Any] = [[], None, "x", [1], [{}], [one | {"unit_id": UNKNOWN}], [one | {"guests": 5}], [one, one],
                       [one] * 21, [one | {"hold_id": "hold_1"}], [one | {"check_out": "2027-03-01"}]]  # fmt: skip
    group = {"bookings": many, "name": [line for line in LINES if line is not None]}
    yield "/v1/booking_groups", {"bookings": [one]}, group, {"bookings"}


MONEYS = [
    100,
    {},
    {"amount": 1.5, "currency": "EUR"},
    {"amount": -1, "currency": "EUR"},
    {"amount": 1, "currency": "USD"},
]


def rates(unit_id: str) -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    """The list of a unit, its rules, and many at once; each wrong value is that of a range, too."""
    range_ = {"start": "2027-03-01", "end": "2027-03-03", "nightly_rate": {"amount": 1, "currency": "EUR"}}
    wrong: dict[str, list[Any]] = {
        "start": DATES,
        "end": DATES[:6],
        "nightly_rate": MONEYS[:4],
        "min_stay": [0, 731, 1.5, "2"],
        "max_stay": [0, 731, 1.5, "2"],
        "closed_to_arrival": [1, "yes", None],
        "closed_to_departure": [1, "yes", None],
    }
    ranges = [range_ | {field: value} for field, values in wrong.items() for value in values]
    backwards, other = range_ | {"end": "2027-03-01"}, range_ | {"nightly_rate": MONEYS[4]}
    lists = [None, {}, "x", [{}], ["x"], [range_, range_], [backwards], [other], *([one] for one in ranges)]
    yield f"/v1/units/{unit_id}/rates", {"rates": []}, {"rates": lists}, {"rates"}
    items = [None, {}, [], [range_], [range_ | {"unit_id": 1}], [range_ | {"unit_id": unit_id}] * 201]
    yield "/v1/rates/bulk", {"items": []}, {"items": items}, {"items"}
    discounts = [None, {}, [{}], [{"min_nights": 1}], [{"basis_points": 1}]]
    points = [0, 10_001, 1.5, "1"]
    rules: dict[str, list[Any]] = {
        "weekdays": [None, [], {"monday": 1.5}, {"monday": -10_001}, {"montag": 1}],
        "length_of_stay": [*discounts, *([{"min_nights": 2, "basis_points": value}] for value in points)],
        "last_minute": [*discounts, *([{"within_days": 2, "basis_points": value}] for value in points)],
        "min_stay": [0, 731, 1.5, "2"],
        "gap_min_stay": [0, 731, 1.5, "2"],
        "max_stay": [0, 731, 1.5, "2"],
        "advance_notice_days": [-1, 1_096, 1.5, "2"],
        "booking_window_days": [-1, 1_096, 1.5, "2"],
        "preparation_days": [-1, 31, 1.5, "2", None],
    }
    yield f"/v1/units/{unit_id}/rate_rules", {}, rules, set()


def block(unit_id: str) -> tuple[str, Body, dict[str, list[Any]], set[str]]:
    base = {"unit_id": unit_id, "start": "2027-03-01", "end": "2027-03-03", "kind": "owner"}
    repeat = {"every_weeks": 1, "weekdays": ["monday"], "until": "2027-04-01"}
    wrong: dict[str, list[Any]] = {
        "unit_id": ["x" * 41, 1, None, UNKNOWN],
        "start": DATES,
        "end": [*DATES, "2027-03-01", "2027-02-01", "2099-01-01"],
        "kind": ["", "booking", "ical", 1, None],
        "note": ["", "x" * 501, "a\u0000b", 1],
        "repeat": [
            "weekly", {}, *({**repeat, "every_weeks": wrong} for wrong in (0, 53, 1.5, "1", None)),
            *({**repeat, "weekdays": wrong} for wrong in ([], ["Monday"], ["tuesday"], ["monday"] * 8, "monday", [1])),
            *({**repeat, "until": wrong} for wrong in ("", "2027-02-28", "2029-06-01", None)), {**repeat, "x": 1},
        ],
    }  # fmt: skip
    return "/v1/blocks", base, wrong, {"unit_id", "start", "end", "kind"}


def active_lease(manager: Manager) -> str:
    lease = ok(manager.api.create_lease(manager.new_unit(), "2027-01-01", "2027-12-31"))
    return str(ok(manager.api.lease(lease["id"], "activate"), 200)["id"])


def leases(unit_id: str, active: str) -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    base: Body = {"unit_id": unit_id, "start": "2027-03-01", "renter": {"name": "R"},
                  "rent": {"amount": 1, "currency": "EUR"}}  # fmt: skip
    wrong: dict[str, list[Any]] = {
        "unit_id": ["x" * 41, 1, None, UNKNOWN],
        "start": DATES,
        "end": [*DATES[:6], "2027-03-01", "2027-02-01", "1999-12-31", "2101-01-01"],
        "renter": ["R", None, {}, {"name": ""}, {"name": "R", "email": "x"}, {"name": "R", "phone": "1"}],
        "rent": [*MONEYS, None],
        "deposit": MONEYS,
        "period": ["", "day", 1, None],
        "due_day": [0, 32, 1.5, "1", True],
        "note": ["", "x" * 501, "a\u0000b", 1],
        "status": ["active", "", 1, None],
    }
    yield "/v1/leases", base, wrong, {"unit_id", "start", "renter", "rent"}
    renew = {"end": [*DATES[:6], "2027-12-31", "2026-01-01"], "rent": MONEYS,
             "rent_from": [*DATES[:6], "2028-01-01"]}  # fmt: skip
    yield f"/v1/leases/{active}/renew", {"end": "2029-01-01"}, renew, {"end"}
    terminate = {"date": [*DATES, "2026-12-31", "2029-01-01"], "reason": ["", "x" * 501, 1]}
    yield f"/v1/leases/{active}/terminate", {"date": "2027-06-01"}, terminate, {"date"}
    yield f"/v1/leases/{active}/activate", {}, {}, set()
    yield f"/v1/leases/{active}/cancel", {}, {}, set()


SIZES = [0, -1, 1.5, "9", True, None, 10**30, 52_428_801]


def files(home: str, unit_id: str) -> Iterator[tuple[str, Body, dict[str, list[Any]], set[str]]]:
    base: Body = {"unit_id": unit_id, "file_name": "F", "size": 9}
    wrong: dict[str, list[Any]] = {
        "property_id": ["x" * 41, 1, home], "file_name": LINES, "size": SIZES, "title": LINES[:3],
        "position": [1.5, -1],
        "status": ["ready"], "etag": ["x"], "content_type": ["", "png", "image/svg+xml", "IMAGE/PNG", 1, None],
        "kind": ["", "contract", "Photo", 1, None],
    }  # fmt: skip
    picture = {"kind": "photo", "content_type": "image/png", "position": 1}
    yield "/v1/media", base | picture, wrong, {"file_name", "size", "content_type", "kind"}
    wrong = wrong | {
        "kind": ["", "photo", 1, None],
        "content_type": ["", "png", "text/html; charset=utf-8", "a/b/c", 1, None],
    }
    others = {"booking_id": ["x" * 41, 1, "bkg_nowhere"], "lease_id": ["x" * 41, 1, "lse_nowhere"]}
    paper = {"kind": "contract", "content_type": "application/pdf"}
    yield "/v1/documents", base | paper, wrong | others, {"file_name", "size", "content_type", "kind"}
    yield "/v1/media", {"unit_id": UNKNOWN, "file_name": "F", "size": 9, **picture}, {"unit_id": [UNKNOWN]}, set()


def cases(manager: Manager, unit_id: str, booking_id: str) -> Iterator[tuple[str, str, Body]]:
    feed = {
        "unit_id": ["x" * 41, 1, None, UNKNOWN],
        "url": [*URLS, None],
        "name": LINES[:3],
    }
    names = ["", "x" * 501, "a\u0000b", 1, None]
    target = feed | {"kind": ["", "fax", 1, None], "username": [*names, "a:b"], "password": names}
    tables = [
        signup(),
        *accounts(),
        *people(),
        property_(),
        unit(manager.property_id),
        *spreadsheets(manager.property_id, unit_id),
        *rates(unit_id),
        stay("/v1/quotes", unit_id, {"guests": [*COUNTS, 5]}),
        stay("/v1/holds", unit_id, HOLD),
        stay("/v1/bookings", unit_id, BOOKING),
        (f"/v1/bookings/{booking_id}/cancel", {}, {"reason": ["", "  ", "x" * 501, "a\u0000b", 1]}, set()),
        (f"/v1/bookings/{booking_id}/confirm", {}, {}, set()),
        *booking_changes(unit_id, booking_id),
        block(unit_id),
        *leases(unit_id, active_lease(manager)),
        *files(manager.property_id, unit_id),
        (f"/v1/units/{unit_id}/exports", {}, {"channel": ["", "Airbnb", "a b", "x" * 41, 1, None]}, set()),
        (f"/v1/units/{unit_id}/exports/exp_{'0' * 26}/rotate", {}, {"overlap_seconds": SECONDS}, set()),
        ("/v1/feeds", {"unit_id": unit_id, "url": "https://example.com/a.ics"}, feed, {"unit_id", "url"}),
        (
            "/v1/conflicts/con_00000000000000000000000000/resolve",
            {"resolution": "keep_ours"},
            {
                "resolution": ["", "both", 1, None],
                "way": ["", "both", 1],
                "booking_id": ["x" * 41, 1],
                "unit_id": ["x" * 41, 1],
                "reason": ["", "x" * 501, "a\u0000b", 1],
            },
            {"resolution"},
        ),
        (
            "/v1/push_targets",
            {"unit_id": unit_id, "url": "https://example.com/a", "kind": "caldav", "username": "u", "password": "p"},
            target,
            {"unit_id", "url", "kind", "username", "password"},
        ),
        (
            "/v1/feeds/preview",
            {"unit_id": unit_id, "url": "https://example.com/a.ics"},
            {name: feed[name] for name in ("unit_id", "url")},
            {"unit_id", "url"},
        ),
        ("/v1/test_clock", {"frozen_time": "2090-01-01T00:00:00Z"}, {"frozen_time": INSTANTS}, {"frozen_time"}),
        ("/v1/realtime/tickets", {}, {"property_id": ["x" * 41, 1, "prop_00000000000000000000000000"]}, set()),
    ]
    for path, base, wrong, required in tables:
        for field, body in wrong_for(base, wrong, required):
            yield path, field, body


@pytest.fixture
def counts(suite: Suite, alice: Manager) -> Callable[[], dict[str, int]]:
    """How many rows of each table are the tenant's, once its queues are done: those of others write meanwhile."""

    own_id = alice.tenant["id"]

    def count() -> dict[str, int]:
        settle(suite, own_id)
        own = " WHERE tenant_id = ?1"
        # That somebody gave a wrong password is for the audit.
        told = own + " AND type <> 'account.changed'"
        which = {"outbox": told} | dict.fromkeys(OF_NOBODY, "")
        asked = [
            (f"SELECT COUNT(*) AS n FROM {table}{which.get(table, own)}", () if table in OF_NOBODY else [own_id])
            for table in TABLES
        ]
        return {table: rows[0]["n"] for table, rows in zip(TABLES, suite.d1_batch(asked), strict=True)}

    return count


@pytest.mark.timeout(600)  # thousands of requests, one after the other
def test_bad_input_names_the_field_and_writes_nothing(
    suite: Suite, alice: Manager, counts: Callable[[], dict[str, int]], record_property: Callable[[str, object], None]
) -> None:
    prove(suite, alice.tenant["id"])
    unit_id = alice.new_unit()
    booking_id = alice.booking(unit_id, "2028-03-01", "2028-03-03", status="pending")["id"]
    wanted = list(cases(alice, unit_id, booking_id))
    before, tried, wrongly = counts(), 0, []
    for path, field, body in wanted:
        sent = {
            "authorization": f"Bearer {alice.token}",
            "content-type": "application/json",
            "idempotency-key": f"{tried}",
        }
        method = "PUT" if path.endswith(PUT) else "POST"
        answer = alice.api.http.request(method, path, content=json.dumps(body), headers=sent)
        tried += 1
        problem = answer.json() if "json" in answer.headers["content-type"] else {}
        named = [problem.get("param", ""), *[error["param"] for error in problem.get("errors", [])]]
        named_it = any(name == field or name.startswith(f"{field}.") for name in named)
        if not (answer.status_code in (400, 404, 422) and (named_it or problem.get("code") == "invalid_json")):
            wrongly.append((path, field, body.get(field), answer.status_code, answer.text[:200]))
    record_property("bad_input_cases", tried)
    assert wrongly == []
    assert tried > 200
    assert counts() == before


def test_a_bad_change_names_the_field_and_changes_nothing(suite: Suite, standin: StandIn, alice: Manager) -> None:
    unit_id, tried, wrongly = alice.new_unit(), 0, []
    feed_id = ok(alice.api.create_feed(unit_id, standin.put_airbnb(f"bad-{unit_id}")))["id"]
    media_id = announce_picture(alice.api, b"picture", unit_id=unit_id)["id"]
    document_id = announce_document(alice.api, b"paper", unit_id=unit_id)["id"]
    booking_id = alice.booking(unit_id, "2028-03-01", "2028-03-03")["id"]
    for path, field, body in changes(alice.property_id, unit_id, booking_id, feed_id, media_id, document_id):
        sent = {"authorization": f"Bearer {alice.token}", "content-type": "application/json", "if-match": '"1"'}
        answer = alice.api.http.patch(path, content=json.dumps(body), headers=sent)
        tried += 1
        problem = answer.json()
        named = [problem.get("param", ""), *[error["param"] for error in problem.get("errors", [])]]
        named_it = not field or any(name == field or name.startswith(f"{field}.") for name in named)
        if not (answer.status_code in (400, 422) and (named_it or problem.get("code") == "invalid_json")):
            wrongly.append((path, field, body, answer.status_code, answer.text[:200]))
    assert wrongly == [] and tried > 100
    versions = suite.d1(
        "SELECT version FROM units WHERE id = ?1 UNION ALL SELECT version FROM properties WHERE id = ?2"
        " UNION ALL SELECT version FROM feeds WHERE id = ?3 UNION ALL SELECT version FROM files WHERE unit_id = ?1"
        " UNION ALL SELECT version FROM bookings WHERE id = ?4",
        unit_id, alice.property_id, feed_id, booking_id,
    )  # fmt: skip
    assert versions == [{"version": 1}] * 6


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b'{"a":' * 20_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"", "application/json", 422),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b'"' + b"x" * (256 * 1024) + b'"', "application/json", 413),
    ],
)
def test_a_body_that_is_not_an_object_is_refused(api: Api, content: bytes, kind: str, status: int) -> None:
    answer = api.http.post("/v1/auth/signup", content=content, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nowhere", 404), ("DELETE", "/v1/me", 405), ("PROPFIND", "/v1/me", 405), ("GET", "/%00", 404)],
)
def test_unknown_routes_and_methods_are_told_apart(api: Api, method: str, path: str, status: int) -> None:
    answer = api.http.request(method, path)
    assert answer.status_code == status, answer.text
    assert "allow" in answer.headers or status != 405


NIGHT = "check_in=2027-01-01&check_out=2027-01-02"


@pytest.mark.parametrize(
    "query",
    ["check_in=2027-01-01", "check_in=x&check_out=2027-01-02", "check_in=2027-01-02&check_out=2027-01-01",
     *(f"{NIGHT}&{more}" for more in (
         "guests=0", "guests=x", "limit=0", "after=x", "beds=2", "amenities=Wi-Fi", "amenities=", "type=castle",
         "type=villa,", "currency=euro", "currency=ABC", "total[lte]=100", "nightly[gte]=1",
         "currency=EUR&total[lte]=-1", "currency=EUR&total[gte]=1.5", "currency=EUR&total[lte]=x"))],
)  # fmt: skip
def test_a_search_with_bad_parameters_is_refused(alice: Manager, query: str) -> None:
    answer = alice.api.http.get(f"/v1/availability?{query}", headers={"Authorization": f"Bearer {alice.token}"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["param"]


def test_every_answer_carries_its_id_its_cost_and_safe_headers(alice: Manager) -> None:
    for answer in (alice.api.me(), alice.api.get("/v1/nowhere"), alice.api.post("/v1/units", {})):
        assert answer.headers["request-id"].startswith("req_")
        assert "rows_read=" in answer.headers["propflow-cost"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"
