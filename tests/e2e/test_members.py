"""The people of an organisation: seen, changed, removed; an organisation is never without an owner."""

import asyncio
import hashlib
import json
import secrets
import time

import pytest
from support.client import AsyncApi
from support.devices import add_membership
from support.joining import join
from support.links import token
from support.people import PASSWORD, Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import add_owner, put_on_plan
from support.verbs import Json, money
from support.waiting import eventually

ROUNDS = 20


@pytest.fixture
def owner(suite: Suite, alice: Manager) -> Manager:
    """Alice, with room for others."""
    put_on_plan(suite, alice.tenant["id"])
    return alice


def etag(owner: Manager, user_id: str) -> str:
    return str(owner.api.member(user_id).headers["etag"])


def change(by: Manager, user_id: str, **more: object) -> tuple[int, Json]:
    answer = by.api.change_member(user_id, etag(by, user_id), **more)
    return answer.status_code, answer.json()


def entry(suite: Suite, tenant_id: str, action: str) -> Json:
    """What the audit holds of the last such action."""
    sql = "SELECT actor, object_id, changes, ip FROM audit_events WHERE tenant_id = ? AND action = ? ORDER BY id DESC"
    found = eventually(lambda: suite.d1(sql, tenant_id, action, binding="DB_AUDIT"), what=f"an entry {action}")[0]
    return {**found, "changes": json.loads(found["changes"])}


def test_members_are_listed_by_page_and_shown_alone(owner: Manager, standin: StandIn, bob: Manager) -> None:
    carol = join(owner, standin, "manager", [owner.property_id])
    listed = ok(owner.api.members(), 200)["data"]
    assert [one["user_id"] for one in listed] == sorted([owner.user["id"], carol.user["id"]])
    shown = ok(owner.api.member(carol.user["id"]), 200)
    assert shown in listed
    assert shown | {"created_at": ""} == {
        "user_id": carol.user["id"], "name": "Carol", "email": carol.email, "role": "manager",
        "property_ids": [owner.property_id], "created_at": "",
    }  # fmt: skip
    first = ok(owner.api.members(limit=1), 200)
    assert first["has_more"] and ok(owner.api.members(after=first["next_cursor"]), 200)["data"] == listed[1:]
    foreign, random = owner.api.member(bob.user["id"]), owner.api.member("usr_" + "0" * 26)
    assert foreign.status_code == random.status_code == 404
    assert foreign.json() | {"request_id": ""} == random.json() | {"request_id": ""}


def test_a_change_needs_the_version_that_was_read(owner: Manager, standin: StandIn) -> None:
    carol = join(owner, standin, "member").user["id"]
    seen = etag(owner, carol)
    missing = owner.api.change_member(carol, None, role="manager")
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
    changed = owner.api.change_member(carol, seen, role="manager")
    assert (ok(changed, 200)["role"], changed.headers["etag"]) == ("manager", etag(owner, carol))
    late = owner.api.change_member(carol, seen, role="member")
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")


def test_of_many_changes_at_once_from_one_version_one_is_made(suite: Suite, owner: Manager, standin: StandIn) -> None:
    carol = join(owner, standin, "member").user["id"]
    seen = etag(owner, carol)

    async def race() -> list[int]:
        async with AsyncApi(suite.url, token=owner.token) as calls:
            roles = ["manager", "admin"] * 10
            answers = await asyncio.gather(*[calls.change_member(carol, seen, role=role) for role in roles])
            return [answer.status_code for answer in answers]

    statuses = asyncio.run(race())
    assert sorted(statuses) == [200] + [412] * 19, statuses


def test_another_role_ends_the_sessions_here_and_nowhere_else(
    suite: Suite, owner: Manager, standin: StandIn, bob: Manager
) -> None:
    carol = join(owner, standin, "member")
    put_on_plan(suite, bob.tenant["id"])
    ok(bob.api.invite(carol.email, "member"))
    elsewhere = ok(carol.api.accept_invitation(token(standin, carol.email, "invitation", 2)), 200)
    assert elsewhere["tenant"]["id"] == bob.tenant["id"]
    assert change(owner, carol.user["id"], role="manager")[0] == 200
    assert carol.api.me().status_code == 401
    assert ok(carol.api.with_token(elsewhere["session"]["token"]).me(), 200)["role"] == "member"
    made = entry(suite, owner.tenant["id"], "member.changed")
    assert made["actor"] == owner.user["id"] and made["object_id"] == carol.user["id"]
    assert made["changes"] == {
        "before": {"role": "member", "property_ids": None}, "after": {"role": "manager", "property_ids": None},
    }  # fmt: skip


def test_another_restriction_ends_the_sessions_and_the_same_again_changes_nothing(
    owner: Manager, standin: StandIn
) -> None:
    carol = join(owner, standin, "manager", [owner.property_id])
    assert change(owner, carol.user["id"], role="manager", property_ids=[owner.property_id] * 2)[0] == 200
    assert carol.api.me().status_code == 200
    assert change(owner, carol.user["id"], property_ids=None)[1]["property_ids"] is None
    assert carol.api.me().status_code == 401


def test_a_restriction_names_properties_that_are_there(owner: Manager, standin: StandIn, bob: Manager) -> None:
    carol = join(owner, standin, "manager").user["id"]
    for wrong in (bob.property_id, "prop_" + "0" * 26):
        status, problem = change(owner, carol, property_ids=[owner.property_id, wrong])
        assert (status, problem["code"], problem["property_id"]) == (422, "unknown_property", wrong)
    assert change(owner, carol, property_ids=[])[0] == 422
    assert change(owner, carol, role="admin", property_ids=[owner.property_id])[1]["code"] == "not_restrictable"
    assert change(owner, owner.user["id"], property_ids=[owner.property_id])[1]["code"] == "not_restrictable"
    assert change(owner, carol, property_ids=[owner.property_id])[0] == 200
    assert change(owner, carol, role="admin")[1]["code"] == "not_restrictable"
    assert change(owner, carol, role="admin", property_ids=None)[1]["role"] == "admin"


def test_an_admin_touches_no_owner_makes_none_and_stays_what_they_are(owner: Manager, standin: StandIn) -> None:
    admin, carol = join(owner, standin, "admin"), join(owner, standin, "member")
    for user_id, role, code in (
        (owner.user["id"], "member", "owners_only"), (carol.user["id"], "owner", "owners_only"),
        (carol.user["id"], "admin", "owners_only"), (admin.user["id"], "owner", "own_role"),
        (admin.user["id"], "member", "own_role"),
    ):  # fmt: skip
        status, problem = change(admin, user_id, role=role)
        assert (status, problem["code"]) == (403, code), (role, problem)
    refused = admin.api.remove_member(owner.user["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "owners_only")
    assert change(admin, carol.user["id"], role="manager")[0] == 200
    assert admin.api.remove_member(carol.user["id"]).status_code == 204


@pytest.mark.parametrize("role", ["manager", "member"])
def test_who_is_no_admin_changes_nobody(owner: Manager, standin: StandIn, role: str) -> None:
    carol = join(owner, standin, role)
    for user_id in (carol.user["id"], owner.user["id"]):
        refused = carol.api.change_member(user_id, '"1"', role="owner")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert carol.api.remove_member(user_id).status_code == 403
    assert carol.api.invite("x@example.net").status_code == 403


def test_who_is_removed_is_signed_out_and_keeps_their_account(suite: Suite, owner: Manager, standin: StandIn) -> None:
    admin = join(owner, standin, "admin")
    left_open = ok(admin.api.invite(f"{secrets.token_hex(6)}@example.net"))["id"]
    removed = owner.api.remove_member(admin.user["id"], key="once")
    assert (removed.status_code, removed.content) == (204, b"")
    again = owner.api.remove_member(admin.user["id"], key="once")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (204, "true")
    assert owner.api.remove_member(admin.user["id"]).status_code == 404
    assert admin.api.me().status_code == 401
    assert admin.api.with_token(None).login(admin.email, PASSWORD).json()["code"] == "no_membership"
    assert ok(owner.api.get(f"/v1/invitations/{left_open}"), 200)["status"] == "revoked"
    assert entry(suite, owner.tenant["id"], "member.removed")["changes"]["before"]["role"] == "admin"


@pytest.mark.parametrize("how", ["removed", "demoted", "leaves"])
def test_the_keys_of_who_may_make_none_any_more_end_in_both_spaces(
    suite: Suite, owner: Manager, standin: StandIn, how: str
) -> None:
    admin, others = join(owner, standin, "admin"), ok(owner.api.create_api_key(mode="test"))
    made = [ok(admin.api.create_api_key(mode=mode)) for mode in ("live", "test")]
    calls = [owner.api.with_token(one["key"]) for one in (*made, others)]
    assert [one.get("/v1/units").status_code for one in calls] == [200, 200, 200]
    if how == "demoted":
        assert change(owner, admin.user["id"], role="manager")[0] == 200
    else:
        done = admin.api.leave() if how == "leaves" else owner.api.remove_member(admin.user["id"])
        assert done.status_code == 204
    assert [one.get("/v1/units").status_code for one in calls] == [401, 401, 200]
    action = {"removed": "member.removed", "demoted": "member.changed", "leaves": "member.left"}[how]
    named = entry(suite, owner.tenant["id"], action)["changes"]["revoked_keys"]
    assert named == sorted(one["id"] for one in made)


def test_an_admin_who_becomes_an_owner_keeps_their_keys(owner: Manager, standin: StandIn) -> None:
    admin = join(owner, standin, "admin")
    key = ok(admin.api.create_api_key())["key"]
    assert change(owner, admin.user["id"], role="owner")[0] == 200
    assert owner.api.with_token(key).get("/v1/units").status_code == 200


def test_everybody_may_leave_but_the_last_owner(suite: Suite, owner: Manager, standin: StandIn) -> None:
    carol = join(owner, standin, "member")
    assert carol.api.leave().status_code == 204
    assert carol.api.me().status_code == 401
    own = owner.user["id"]
    for refused in (
        owner.api.leave(), owner.api.remove_member(own), owner.api.change_member(own, etag(owner, own), role="admin")
    ):  # fmt: skip
        assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    add_owner(suite, owner.tenant["id"])
    assert change(owner, owner.user["id"], role="admin")[1]["role"] == "admin"
    assert owner.api.me().status_code == 401


def new_session(suite: Suite, tenant_id: str, user_id: str) -> str:
    made, now = secrets.token_urlsafe(32), int(time.time() * 1000)
    suite.d1(
        "INSERT INTO sessions (token_hash, id, tenant_id, user_id, created_at, last_seen_at, expires_at)"
        " VALUES (?1, 'ses_' || ?1, ?2, ?3, ?4, ?4, ?4 + 3600000)",
        hashlib.sha256(made.encode()).hexdigest(), tenant_id, user_id, now,
    )  # fmt: skip
    return made


@pytest.mark.parametrize("how", ["demote each other", "demote themselves", "leave"])
def test_two_owners_at_the_same_moment_never_leave_none(suite: Suite, owner: Manager, how: str) -> None:
    tenant_id, both = owner.tenant["id"], [owner.user["id"], add_owner(suite, owner.tenant["id"])]
    seen: list[list[int]] = []

    async def race(tokens: list[str]) -> list[int]:
        async with AsyncApi(suite.url, tokens[0]) as first, AsyncApi(suite.url, tokens[1]) as second:
            if how == "leave":
                calls = [first.leave(), second.leave()]
            else:
                whom = both if how == "demote themselves" else both[::-1]
                calls = [
                    one.change_member(user, "*", role="admin") for one, user in ((first, whom[0]), (second, whom[1]))
                ]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    for _ in range(ROUNDS):
        restore = (
            "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?1, ?2, 'owner', 0, 0)"
            " ON CONFLICT DO UPDATE SET role = 'owner'"
        )
        suite.d1_batch([(restore, (tenant_id, user)) for user in both])
        seen.append(asyncio.run(race([new_session(suite, tenant_id, user) for user in both])))
        owners = suite.d1("SELECT user_id FROM memberships WHERE tenant_id = ? AND role = 'owner'", tenant_id)
        assert len(owners) == 1, (seen[-1], owners)
    statuses = sorted(status for pair in seen for status in pair)
    # 401: the other was so much faster that the session had ended already.
    assert all(min(pair) in (200, 204) and max(pair) in (401, 409) for pair in seen), seen
    print(f"{how}: {ROUNDS} rounds, tenants without an owner 0, {statuses.count(409)} refused as last_owner")


def test_what_is_under_way_when_an_admin_is_removed_leaves_nothing_behind(
    suite: Suite, owner: Manager, standin: StandIn
) -> None:
    tenant_id, admin = owner.tenant["id"], join(owner, standin, "admin")
    user, statuses = admin.user["id"], []
    old = ok(owner.api.create_api_key())["id"]
    own_keys = "SELECT id FROM api_keys WHERE tenant_id = ? AND created_by = ? AND revoked_at IS NULL"
    invited = "SELECT id FROM invitations WHERE tenant_id = ? AND invited_by = ? AND status = 'pending'"
    restore = (
        "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?, ?, 'admin', 0, 0)"
        " ON CONFLICT DO NOTHING"
    )

    async def race(token: str) -> list[int]:
        async with AsyncApi(suite.url, token) as calls, AsyncApi(suite.url, owner.token) as owners:
            several = [calls.create_api_key() for _ in range(5)]
            several += [calls.invite(f"{secrets.token_hex(6)}@example.net", "member") for _ in range(4)]
            answers = await asyncio.gather(*several, calls.rotate_api_key(old), owners.remove_member(user))
            return [answer.status_code for answer in answers]

    for _ in range(ROUNDS):
        statuses += asyncio.run(race(new_session(suite, tenant_id, user)))
        assert statuses[-1] == 204  # nobody stops their removal by making keys
        assert suite.d1(own_keys, tenant_id, user) == suite.d1(invited, tenant_id, user) == []
        restore = (
            "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?, ?, 'admin', 0, 0)"
        )
        suite.d1(f"{restore} ON CONFLICT DO NOTHING", tenant_id, user)
    assert set(statuses) <= {201, 204, 401, 409}, statuses
    print(f"{ROUNDS} removals: {statuses.count(201)} made before, {statuses.count(401)} refused, 0 left behind")


def test_the_organisation_has_another_name_for_who_saw_the_last(suite: Suite, owner: Manager, standin: StandIn) -> None:
    shown = owner.api.tenant()
    assert ok(shown, 200) | {"created_at": "", "messaging": {}} == {
        "id": owner.tenant["id"], "name": owner.tenant["name"], "plan": "business", "subscription_status": "active",
        "mode": "live", "created_at": "", "messaging": {},
    }  # fmt: skip
    assert owner.api.rename_tenant("Other", None).status_code == 428
    renamed = owner.api.rename_tenant("Other", shown.headers["etag"])
    assert ok(renamed, 200)["name"] == "Other" == ok(owner.api.tenant(), 200)["name"]
    assert owner.api.rename_tenant("Third", shown.headers["etag"]).status_code == 412
    assert entry(suite, owner.tenant["id"], "tenant.renamed")["changes"]["after"] == {"name": "Other"}
    manager = join(owner, standin, "manager")
    assert ok(manager.api.tenant(), 200)["name"] == "Other"
    assert manager.api.rename_tenant("Mine", "*").status_code == 403


def test_an_owner_hands_the_organisation_over(suite: Suite, owner: Manager, standin: StandIn) -> None:
    carol = join(owner, standin, "manager", [owner.property_id])
    handed = owner.api.transfer(carol.user["id"], password=PASSWORD)
    answer = ok(handed, 200)
    assert answer["tenant"]["id"] == owner.tenant["id"]
    assert owner.api.me().status_code == carol.api.me().status_code == 401
    assert f"__Host-session={answer['session']['token']};" in handed.headers["set-cookie"]
    former = owner.api.with_token(answer["session"]["token"])
    assert ok(former.me(), 200)["role"] == "admin"
    now_owner = ok(former.member(carol.user["id"]), 200)
    assert (now_owner["role"], now_owner["property_ids"]) == ("owner", None)
    made = entry(suite, owner.tenant["id"], "tenant.transferred")
    assert made["changes"]["before"]["roles"] == {owner.user["id"]: "owner", carol.user["id"]: "manager"}
    assert made["changes"]["after"]["roles"] == {owner.user["id"]: "admin", carol.user["id"]: "owner"}
    stored = suite.d1("SELECT body FROM idempotency_keys WHERE tenant_id = ?", owner.tenant["id"])
    assert answer["session"]["token"] not in str(stored)


def test_of_ten_hand_overs_at_once_one_is_made(suite: Suite, owner: Manager, standin: StandIn) -> None:
    heirs = [join(owner, standin, "admin").user["id"] for _ in range(2)]

    async def race() -> list[int]:
        async with AsyncApi(suite.url, token=owner.token) as calls:
            answers = await asyncio.gather(*[calls.transfer(heir, password=PASSWORD) for heir in heirs * 5])
            return [answer.status_code for answer in answers]

    statuses = asyncio.run(race())
    assert statuses.count(200) == 1 and set(statuses) <= {200, 401, 403, 409}, statuses
    sql = "SELECT user_id, role FROM memberships WHERE tenant_id = ? AND role = 'owner'"
    owners = [row["user_id"] for row in suite.d1(sql, owner.tenant["id"])]
    assert len(owners) == 1 and owners[0] in heirs
    print(f"10 hand-overs at once to two: {statuses.count(200)} made, owners afterwards {len(owners)}")


def test_handing_over_needs_the_owners_password_and_another_member(
    suite: Suite, owner: Manager, standin: StandIn, bob: Manager
) -> None:
    carol, second = join(owner, standin, "admin"), add_owner(suite, owner.tenant["id"])
    tries: list[tuple[str, Json, int, str]] = [
        (carol.user["id"], {}, 422, "password_required"),
        (carol.user["id"], {"password": "wrong wrong"}, 422, "wrong_password"),
        (owner.user["id"], {"password": PASSWORD}, 422, "transfer_to_oneself"),
        (second, {"password": PASSWORD}, 409, "already_owner"),
        (bob.user["id"], {"password": PASSWORD}, 404, "member_not_found"),
    ]
    for user_id, more, status, code in tries:
        refused = owner.api.transfer(user_id, **more)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert carol.api.transfer(owner.user["id"], password=PASSWORD).status_code == 403
    assert owner.api.me().status_code == 200


def test_an_owner_without_a_password_must_have_signed_in_just_now(
    suite: Suite, owner: Manager, standin: StandIn
) -> None:
    carol = join(owner, standin, "admin")
    suite.d1("UPDATE users SET password_hash = NULL WHERE id = ?", owner.user["id"])
    suite.d1("UPDATE sessions SET created_at = created_at - 600001 WHERE user_id = ?", owner.user["id"])
    refused = owner.api.transfer(carol.user["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_again")
    suite.d1("UPDATE sessions SET created_at = created_at + 600001 WHERE user_id = ?", owner.user["id"])
    ok(owner.api.transfer(carol.user["id"]), 200)


@pytest.mark.parametrize("ends", ["removed", "demoted"])
def test_calendar_addresses_that_a_former_member_could_see_say_so_until_they_are_rotated(
    suite: Suite, owner: Manager, bob: Manager, ends: str
) -> None:
    unit = owner.new_unit()
    made = ok(owner.api.post(f"/v1/units/{unit}/exports", {}))
    add_membership(suite, bob, owner, "manager")

    def known() -> list[bool]:
        exports = ok(owner.api.get(f"/v1/units/{unit}/exports"), 200)["data"]
        return [one["known_to_former_members"] for one in exports]

    assert known() == [False]
    if ends == "removed":
        assert owner.api.request("DELETE", f"/v1/members/{bob.user['id']}").status_code == 204
    else:
        assert change(owner, bob.user["id"], role="member")[0] == 200
    assert known() == [True]
    rotated = ok(owner.api.post(f"/v1/units/{unit}/exports/{made['id']}/rotate", {"overlap_seconds": 0}), 200)
    assert (rotated["known_to_former_members"], known()) == (False, [False])


def test_who_is_restricted_leaves_behind_the_addresses_of_what_they_see_no_more(
    suite: Suite, owner: Manager, bob: Manager
) -> None:
    kept = owner.new_unit()
    house = str(ok(owner.api.create_property("Another House"))["id"])
    lost = str(ok(owner.api.create_unit(house, "Another flat", 2, money(10_000)))["id"])
    for unit in (kept, lost):
        ok(owner.api.post(f"/v1/units/{unit}/exports", {}))
    add_membership(suite, bob, owner, "manager")

    def known() -> list[bool]:
        found = [ok(owner.api.get(f"/v1/units/{unit}/exports"), 200)["data"] for unit in (kept, lost)]
        return [one["known_to_former_members"] for exports in found for one in exports]

    assert change(owner, bob.user["id"], property_ids=[owner.property_id, house])[0] == 200
    assert known() == [False, False], "which is all there is"
    assert change(owner, bob.user["id"], property_ids=[owner.property_id])[0] == 200
    assert known() == [False, True]
