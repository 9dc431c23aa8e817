"""Being signed in: what a session shows of itself, how long it lasts, and in which tenant."""

from support.devices import add_membership, another, own
from support.people import PASSWORD, Manager, ok
from support.suite import Suite
from support.tenancy import add_owner
from support.waiting import eventually

COOKIE = "__Host-session"
DAY = 24 * 3600 * 1000


def test_one_sees_where_one_is_signed_in(alice: Manager, bob: Manager) -> None:
    answer = alice.api.request(
        "POST", "/v1/auth/login", json={"email": alice.email, "password": PASSWORD},
        headers={"User-Agent": "Phone\t of  Alice " + "x" * 300, "CF-Connecting-IP": "2001:db8::7"},
    )  # fmt: skip
    phone = alice.api.with_token(ok(answer, 200)["session"]["token"])
    listed = ok(phone.sessions(), 200)["data"]
    assert [one["current"] for one in listed] == [False, True]
    assert listed[1]["device"] == ("Phone of Alice " + "x" * 300)[:200]
    assert listed[1]["ip"] == "2001:db8::7"
    assert {one["tenant_id"] for one in listed} == {alice.tenant["id"]}
    assert listed[0]["created_at"] <= listed[1]["created_at"] < listed[1]["expires_at"]
    assert "token" not in str(listed)
    first = ok(phone.sessions(limit=1), 200)
    assert first["has_more"] and ok(phone.sessions(after=first["next_cursor"]), 200)["data"] == listed[1:]


def test_one_ends_one_of_ones_own_and_nobody_elses(alice: Manager, bob: Manager) -> None:
    phone = another(alice)
    session_id = own(phone)["id"]
    missing = alice.api.revoke_session("ses_00000000000000000000000000")
    foreign = bob.api.revoke_session(session_id)
    assert missing.status_code == foreign.status_code == 404
    assert missing.json() | {"request_id": ""} == foreign.json() | {"request_id": ""}
    first = alice.api.request("DELETE", f"/v1/me/sessions/{session_id}", key="once")
    again = alice.api.request("DELETE", f"/v1/me/sessions/{session_id}", key="once")
    assert (first.status_code, first.content) == (again.status_code, again.content) == (204, b"")
    assert phone.me().status_code == 401 and alice.api.me().status_code == 200
    assert alice.api.revoke_session(session_id).status_code == 404


def test_one_ends_all_others(alice: Manager, bob: Manager) -> None:
    others = [another(alice) for _ in range(3)]
    assert ok(alice.api.revoke_other_sessions(), 200) == {"revoked": 3}
    assert [one.me().status_code for one in others] == [401] * 3
    assert ok(alice.api.revoke_other_sessions(), 200) == {"revoked": 0}
    assert alice.api.me().status_code == bob.api.me().status_code == 200


def test_a_session_ends_after_thirty_days_and_after_seven_without_use(suite: Suite, alice: Manager) -> None:
    idle, old, used = another(alice), another(alice), another(alice)
    for client, changes in (
        (idle, f"last_seen_at = last_seen_at - {7 * DAY}"),
        (old, f"expires_at = expires_at - {30 * DAY}"),
        (used, f"last_seen_at = last_seen_at - {7 * DAY - 600_000}"),
    ):
        suite.d1(f"UPDATE sessions SET {changes} WHERE id = ?", own(client)["id"])
    assert (idle.me().status_code, old.me().status_code, used.me().status_code) == (401, 401, 200)
    assert len(ok(alice.api.sessions(), 200)["data"]) == 2
    suite.cron("api")
    count = suite.d1("SELECT count(*) AS n FROM sessions WHERE user_id = ?", alice.user["id"])
    assert count == [{"n": 2}], "the cron removes what has ended"


def test_a_session_lives_thirty_days_whatever_is_done_with_it(suite: Suite, alice: Manager) -> None:
    row = suite.d1("SELECT created_at, expires_at FROM sessions WHERE user_id = ?", alice.user["id"])[0]
    assert row["expires_at"] - row["created_at"] == 30 * DAY
    suite.d1("UPDATE sessions SET expires_at = expires_at - 5 WHERE user_id = ?", alice.user["id"])
    alice.api.change_password(PASSWORD, "another good password")
    after = suite.d1("SELECT created_at, expires_at FROM sessions WHERE user_id = ?", alice.user["id"])[0]
    assert after["expires_at"] == row["expires_at"] - 5


def test_a_switch_of_tenant_is_a_new_token_for_the_same_session(suite: Suite, alice: Manager, bob: Manager) -> None:
    add_membership(suite, alice, of=bob, role="manager")
    before, session = alice.token, own(alice.api)
    answer = alice.api.switch_tenant(bob.tenant["id"])
    there = alice.api.with_token(ok(answer, 200)["session"]["token"])
    assert COOKIE in answer.headers["set-cookie"]
    assert alice.api.with_token(before).me().status_code == 401, "the old token has ended"
    me = ok(there.me(), 200)
    assert (me["tenant"]["id"], me["role"]) == (bob.tenant["id"], "manager")
    assert [one["tenant"]["id"] for one in me["memberships"]] == [alice.tenant["id"], bob.tenant["id"]]
    assert own(there)["id"] == session["id"] and own(there)["expires_at"] == session["expires_at"]
    assert ok(there.list_bookings(), 200)["data"] == []


def test_a_switch_tells_neither_organisation_of_the_other(suite: Suite, alice: Manager, bob: Manager) -> None:
    add_membership(suite, alice, of=bob, role="manager")
    ok(alice.api.switch_tenant(bob.tenant["id"]), 200)

    def entries(tenant_id: str, action: str) -> list[dict[str, object]]:
        text = "SELECT * FROM audit_events WHERE tenant_id = ? AND action = ?"
        return suite.d1(text, tenant_id, action, binding="DB_AUDIT")

    for here, other, action in ((alice, bob, "session.left"), (bob, alice, "session.switched")):
        found = eventually(lambda: entries(here.tenant["id"], action), what=action)  # noqa: B023
        assert len(found) == 1 and found[0]["actor"] == alice.user["id"]
        assert other.tenant["id"] not in str(found)


def test_a_switch_to_a_tenant_of_others_is_the_same_404_as_to_none(alice: Manager, bob: Manager) -> None:
    foreign, missing = (
        alice.api.switch_tenant(bob.tenant["id"]),
        alice.api.switch_tenant("ten_00000000000000000000000000"),
    )
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
    assert alice.api.me().status_code == 200


def test_one_chooses_the_tenant_at_log_in(suite: Suite, alice: Manager, bob: Manager) -> None:
    add_membership(suite, alice, of=bob)
    first = ok(alice.api.login(alice.email, PASSWORD), 200)
    assert first["tenant"]["id"] == alice.tenant["id"]
    assert ok(alice.api.login(alice.email, PASSWORD, tenant_id=bob.tenant["id"]), 200)["tenant"] == bob.tenant
    suite.d1("DELETE FROM memberships WHERE tenant_id = ? AND user_id = ?", bob.tenant["id"], alice.user["id"])
    refused = alice.api.login(alice.email, PASSWORD, tenant_id=bob.tenant["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "no_membership")
    assert alice.api.login(alice.email, "not the password", tenant_id=bob.tenant["id"]).status_code == 401


def test_whoever_belongs_nowhere_is_told_so_after_the_right_password_only(suite: Suite, alice: Manager) -> None:
    add_owner(suite, alice.tenant["id"])
    suite.d1("DELETE FROM memberships WHERE user_id = ?", alice.user["id"])
    answers = [alice.api.login(alice.email, password) for password in (PASSWORD, "not the password")]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (403, "no_membership"), (401, "wrong_credentials"),
    ]  # fmt: skip


def test_one_changes_ones_name(alice: Manager) -> None:
    me = ok(alice.api.rename_me("Alice B."), 200)
    assert me == ok(alice.api.me(), 200) and me["user"]["name"] == "Alice B."
    assert me["user"] | {"name": "", "id": "", "email": ""} == {
        "id": "", "email": "", "name": "", "email_verified": False, "google_linked": False,
    }  # fmt: skip
