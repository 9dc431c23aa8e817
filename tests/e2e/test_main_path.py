"""One booking through all four Workers, as a manager and a guest would see it."""

from support.client import Api
from support.people import PASSWORD, Manager, fresh_guest, ok
from support.settling import settle
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import prove
from support.waiting import eventually

CHARGES = [
    {"name": "Cleaning", "kind": "fee", "basis": "per_stay", "amount": 4000},
    {"name": "City tax", "kind": "tax", "basis": "per_person_night", "amount": 250},
    {"name": "VAT", "kind": "tax", "basis": "percent", "basis_points": 1000},
]


def invoices(suite: Suite, booking_id: str) -> list[dict[str, object]]:
    return suite.d1("SELECT * FROM invoices WHERE booking_id = ? ORDER BY created_at, id", booking_id)


def test_all_four_workers_answer(api: Api) -> None:
    health = ok(api.healthz(), 200)
    assert health == {"status": "ok", "workers": dict.fromkeys(["api", "notify", "billing", "calsync"], "ok")}


def test_a_manager_signs_up_logs_in_and_is_known(api: Api, alice: Manager) -> None:
    me = ok(alice.api.me(), 200)
    assert (me["user"]["id"], me["user"]["email"], me["user"]["name"]) == (alice.user["id"], alice.email, "Alice")
    assert me["memberships"] == [{"tenant": me["tenant"], "role": "owner"}]
    assert (me["role"], me["plan"]) == ("owner", "free")
    again = api.login(alice.email.upper(), PASSWORD)
    assert ok(again, 200)["session"]["token"] != alice.token
    session = again.headers.get_list("set-cookie")[-1]
    assert session.startswith("__Host-session=") and "HttpOnly; SameSite=Lax" in session


def test_a_session_ends_at_once_on_log_out(alice: Manager) -> None:
    assert alice.api.post("/v1/auth/logout").status_code == 204
    assert alice.api.me().status_code == 401


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(api: Api, alice: Manager) -> None:
    wrong, unknown = api.login(alice.email, "not the password"), api.login("nobody@example.net", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}


def test_the_database_holds_neither_password_nor_token(suite: Suite, alice: Manager) -> None:
    user = suite.d1("SELECT password_hash FROM users WHERE id = ?", alice.user["id"])[0]
    assert user["password_hash"].startswith("$scrypt$") and ",k=k1$" in user["password_hash"]
    sessions = suite.d1("SELECT token_hash FROM sessions WHERE user_id = ?", alice.user["id"])
    assert alice.token not in str(sessions)


def test_a_confirmed_booking_reaches_guest_invoice_and_calendar(suite: Suite, standin: StandIn, alice: Manager) -> None:
    prove(suite, alice.tenant["id"])
    home = ok(alice.api.create_property("Casa", "Europe/Zurich", "EUR", charges=CHARGES))
    unit = str(ok(alice.api.create_unit(home["id"]))["id"])
    export = ok(alice.api.create_export(unit))
    assert "BEGIN:VEVENT" not in alice.api.ical(export["url"]).text

    free = ok(alice.api.availability("2029-03-01", "2029-03-04", property_id=home["id"]), 200)["data"]
    quote = ok(alice.api.quote(unit, "2029-03-01", "2029-03-04"))
    # 3 × 120.00, cleaning 40.00, 2 guests × 3 nights × 2.50, 10 % of the nights 36.00
    assert quote["total"] == free[0]["total"] == {"amount": 36000 + 4000 + 1500 + 3600, "currency": "EUR"}
    assert sum(line["amount"] for line in quote["lines"]) == quote["total"]["amount"]

    hold = ok(alice.api.hold(unit, "2029-03-01", "2029-03-04"))
    assert ok(alice.api.availability("2029-03-01", "2029-03-04", property_id=home["id"]), 200)["data"] == []

    guest = fresh_guest("Grace <b>Hopper</b>")
    made = alice.api.book(unit, "2029-03-01", "2029-03-04", guest=guest, hold_id=hold["id"], quote_id=quote["id"])
    booking = ok(made)
    assert booking["status"] == "confirmed"
    assert booking["occupancy_id"] == hold["occupancy_id"]
    assert booking["total"] == quote["total"]
    assert made.headers["location"] == f"/v1/bookings/{booking['id']}"

    email = eventually(lambda: standin.emails(guest["email"]), what="the email to the guest")[0]
    assert "<b>Hopper</b>" not in email["html"]
    sms = eventually(lambda: standin.sms(guest["phone"]), what="the SMS to the guest")[0]
    assert sms["body"]

    invoice = eventually(lambda: invoices(suite, booking["id"]), what="the invoice")[0]
    assert (invoice["status"], invoice["number"], invoice["total_amount"]) == ("issued", 1, 45100)

    def exported() -> str:
        text = alice.api.ical(export["url"]).text
        assert "DTSTART;VALUE=DATE:20290301\r\nDTEND;VALUE=DATE:20290304" in text
        return text

    text = eventually(exported, what="the stay in the exported calendar")
    assert "Hopper" not in text
    settle(suite, alice.tenant["id"])  # until then it may be rendered anew between two readings
    assert alice.api.ical(export["url"], etag=alice.api.ical(export["url"]).headers["etag"]).status_code == 304

    audited = suite.d1(
        "SELECT action FROM audit_events WHERE tenant_id = ? ORDER BY id", alice.tenant["id"], binding="DB_AUDIT"
    )
    assert {"account.signed_up", "hold.created", "booking.created"} <= {row["action"] for row in audited}


def test_cancelling_undoes_everything_once(suite: Suite, standin: StandIn, alice: Manager) -> None:
    prove(suite, alice.tenant["id"])
    unit = alice.new_unit()
    export = ok(alice.api.create_export(unit))
    guest = fresh_guest()
    booking = alice.booking(unit, "2029-04-01", "2029-04-05", guest)
    eventually(lambda: standin.emails(guest["email"]) and standin.sms(guest["phone"]), what="the confirmation")
    eventually(lambda: invoices(suite, booking["id"]), what="the invoice")
    eventually(lambda: "20290401" in alice.api.ical(export["url"]).text, what="the exported stay")

    for _ in range(3):
        assert ok(alice.api.cancel(booking["id"], reason="ill"), 200)["status"] == "cancelled"
    alice.booking(unit, "2029-04-01", "2029-04-05")

    documents = eventually(
        lambda: found if len(found := invoices(suite, booking["id"])) == 2 else None, what="the credit note"
    )
    assert [row["kind"] for row in documents] == ["invoice", "credit_note"]
    assert sum(row["total_amount"] for row in documents) == 0  # type: ignore[misc]
    eventually(lambda: len(standin.emails(guest["email"])) == 2, what="the cancellation email")
    eventually(lambda: len(standin.sms(guest["phone"])) == 2, what="the cancellation SMS")
    settle(suite, alice.tenant["id"])
    assert len(invoices(suite, booking["id"])) == 2
    assert (len(standin.emails(guest["email"])), len(standin.sms(guest["phone"]))) == (2, 2)


def test_a_pending_booking_tells_nobody_until_it_is_confirmed(suite: Suite, standin: StandIn, alice: Manager) -> None:
    prove(suite, alice.tenant["id"])
    guest = fresh_guest()
    booking = alice.booking(alice.new_unit(), "2029-05-01", "2029-05-02", guest, status="pending")
    assert ok(alice.api.get_booking(booking["id"]), 200)["status"] == "pending"
    assert invoices(suite, booking["id"]) == []
    for _ in range(2):
        assert ok(alice.api.confirm(booking["id"]), 200)["status"] == "confirmed"
    eventually(lambda: standin.emails(guest["email"]), what="the email")
    eventually(lambda: invoices(suite, booking["id"]), what="the invoice")
    assert len(standin.emails(guest["email"])) == 1
    ok(alice.api.cancel(booking["id"]), 200)
    refused = alice.api.confirm(booking["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_transition")


def test_a_guest_who_was_never_told_of_a_booking_is_not_told_of_its_end(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    prove(suite, alice.tenant["id"])
    guest = fresh_guest()
    booking = alice.booking(alice.new_unit(), "2029-05-01", "2029-05-02", guest, status="pending")
    ok(alice.api.cancel(booking["id"]), 200)
    settle(suite, alice.tenant["id"])
    assert (standin.emails(guest["email"]), standin.sms(guest["phone"])) == ([], [])
    assert invoices(suite, booking["id"]) == []


def test_a_stay_imported_from_airbnb_refuses_a_booking_with_its_evidence(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    unit = alice.new_unit()
    url = standin.put_airbnb(f"airbnb-{unit}", stays=[("2029-06-10", "2029-06-14", "HMABCDEFGH")])
    feed = ok(alice.api.create_feed(unit, url, name="Airbnb"))
    assert url not in str(feed)
    run = eventually(
        lambda: [run for run in ok(alice.api.feed_runs(feed["id"]), 200)["data"] if run["status"] != "queued"],
        what="the first run of the feed",
    )[0]
    assert (run["status"], run["created"], run["conflicts"]) == ("succeeded", 1, 0)

    refused = alice.api.book(unit, "2029-06-13", "2029-06-15")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    conflict = refused.json()["conflicts"][0]
    assert (conflict["kind"], conflict["start"], conflict["end"]) == ("ical", "2029-06-10", "2029-06-14")
    ok(alice.api.book(unit, "2029-06-14", "2029-06-16"))
    assert ok(alice.api.conflicts(), 200)["data"] == []


def test_asking_for_a_sync_twice_gives_the_run_that_waits_already(
    suite: Suite, faults: StandIn, alice: Manager
) -> None:
    unit = alice.new_unit()
    feed = ok(alice.api.create_feed(unit, faults.put_airbnb(f"airbnb-{unit}")))
    waiting = "SELECT id FROM feed_runs WHERE feed_id = ? AND status = 'queued'"
    eventually(lambda: not suite.d1(waiting, feed["id"]), what="the first run")
    faults.fault("calendar", "timeout")  # for everybody: another's reading must not use it up
    runs = {ok(alice.api.sync_feed(feed["id"]), 202)["run_id"] for _ in range(5)}
    assert len(runs) == 1


def test_an_imported_stay_over_a_booking_is_a_conflict_and_never_lost(standin: StandIn, alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, "2029-07-01", "2029-07-05")
    url = standin.put_airbnb(f"airbnb-{unit}", stays=[("2029-07-04", "2029-07-08", "HMCONFLICT")])
    feed = ok(alice.api.create_feed(unit, url))
    found = eventually(lambda: ok(alice.api.conflicts(), 200)["data"], what="the conflict")
    assert [(one["feed_id"], one["start"], one["end"]) for one in found] == [(feed["id"], "2029-07-04", "2029-07-08")]
    assert ok(alice.api.get_booking(booking["id"]), 200)["status"] == "confirmed"


def test_a_feed_that_cannot_be_read_is_refused_without_showing_its_address(standin: StandIn, alice: Manager) -> None:
    unit = alice.new_unit()
    for address in ("https://10.0.0.1/secret.ics", "https://localhost/secret.ics", f"{standin.url}/calendars/no.ics"):
        refused = alice.api.create_feed(unit, address)
        assert (refused.status_code, refused.json()["param"]) == (422, "url"), refused.text
        assert "secret" not in refused.text


def test_a_hold_runs_out_by_the_next_writer(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    hold = ok(alice.api.hold(unit, "2029-08-01", "2029-08-03", ttl_seconds=1800))
    refused = alice.api.book(unit, "2029-08-02", "2029-08-04")
    assert refused.json()["conflicts"][0]["kind"] == "hold"
    # Half an hour goes by for the hold alone: its alarm is still to come.
    suite.d1("UPDATE occupancies SET expires_at = 1 WHERE id = ?", hold["occupancy_id"])
    ok(alice.api.book(unit, "2029-08-02", "2029-08-04"))
    late = alice.api.book(unit, "2029-08-01", "2029-08-03", hold_id=hold["id"])
    assert (late.status_code, late.json()["code"]) == (409, "hold_expired")


def test_a_hold_runs_out_by_its_alarm_when_nobody_writes(suite: Suite, alice: Manager) -> None:
    hold = ok(alice.api.hold(alice.new_unit(), "2029-08-01", "2029-08-03", ttl_seconds=1))
    live = "SELECT live FROM occupancies WHERE id = ?"
    eventually(lambda: suite.d1(live, hold["occupancy_id"]) == [{"live": 0}], what="the alarm of the unit's lock")


def test_bookings_are_listed_by_filters_and_pages(alice: Manager) -> None:
    unit = alice.new_unit()
    made = [alice.booking(unit, f"2029-09-{day:02}", f"2029-09-{day + 1:02}")["id"] for day in range(1, 6)]
    ok(alice.api.cancel(made[0]), 200)
    first = ok(alice.api.list_bookings(limit=2), 200)
    second = ok(alice.api.list_bookings(limit=2, after=first["next_cursor"]), 200)
    assert [one["id"] for one in first["data"] + second["data"]] == made[:4]
    assert first["has_more"] and second["has_more"]
    listed = ok(alice.api.list_bookings(status="cancelled"), 200)["data"]
    assert [one["id"] for one in listed] == made[:1]
    both = ok(alice.api.list_bookings(status="cancelled,confirmed", limit=4), 200)["data"]
    assert [one["id"] for one in both] == made[:4]
    later = ok(alice.api.list_bookings(unit_id=unit, **{"check_in[gte]": "2029-09-04"}), 200)["data"]
    assert [one["id"] for one in later] == made[3:]
    changed = ok(alice.api.list_bookings(updated_since=listed[0]["updated_at"]), 200)["data"]
    assert made[0] in [one["id"] for one in changed]


def test_bookings_come_in_the_order_of_their_filter_page_by_page(alice: Manager) -> None:
    unit = alice.new_unit()
    made = [alice.booking(unit, f"2029-09-{day:02}", f"2029-09-{day + 1:02}")["id"] for day in (7, 5, 3, 1)]
    ok(alice.api.cancel(made[1]), 200)

    def pages(**filters: str) -> list[str]:
        ids, after = [], None
        while True:
            more = {} if after is None else {"after": after}
            page = ok(alice.api.list_bookings(limit=2, **more, **filters), 200)
            ids += [one["id"] for one in page["data"]]
            after = page["next_cursor"]
            if not page["has_more"]:
                return ids

    assert pages(**{"check_in[gte]": "2029-09-02"}) == [made[2], made[1], made[0]]
    assert pages(updated_since="2020-01-01T00:00:00Z") == [made[0], made[2], made[3], made[1]]
    by_day = ok(alice.api.list_bookings(limit=1, **{"check_in[gte]": "2029-09-02"}), 200)["next_cursor"]
    for filters in ({}, {"updated_since": "2020-01-01T00:00:00Z"}, {"check_in[gte]": "2029-09-04"}):
        assert alice.api.list_bookings(after=by_day, **filters).json()["code"] == "invalid_cursor"


def test_a_filter_that_does_not_exist_and_a_page_too_large_are_refused(alice: Manager) -> None:
    assert alice.api.list_bookings(color="red").json()["code"] == "unknown_parameter"
    assert alice.api.list_bookings(limit=201).status_code == 422
