"""A session ends at once: by log-out, another password, disabling, another role, removal."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from support.client import Api
from support.devices import add_membership, another
from support.invented import OPERATOR
from support.people import PASSWORD, Manager, ok, sign_up
from support.suite import Suite

Ending = tuple[Manager, Callable[[], httpx.Response]]


def log_out(suite: Suite, alice: Manager, bob: Manager) -> Ending:
    return alice, alice.api.logout


def another_password(suite: Suite, alice: Manager, bob: Manager) -> Ending:
    return alice, lambda: alice.api.change_password(PASSWORD, "another good password")


def disabling(suite: Suite, alice: Manager, bob: Manager) -> Ending:
    operator = alice.api.with_token(OPERATOR)
    return alice, lambda: operator.post(f"/operator/users/{alice.user['id']}/disable")


def another_role(suite: Suite, alice: Manager, bob: Manager) -> Ending:
    add_membership(suite, bob, of=alice, role="manager")
    bob.api = bob.api.with_token(ok(bob.api.switch_tenant(alice.tenant["id"]), 200)["session"]["token"])
    path = f"/v1/members/{bob.user['id']}"
    etag = alice.api.get(path).headers["etag"]
    return bob, lambda: alice.api.request("PATCH", path, json={"role": "member"}, headers={"If-Match": etag})


def removal(suite: Suite, alice: Manager, bob: Manager) -> Ending:
    another_role(suite, alice, bob)
    return bob, lambda: alice.api.request("DELETE", f"/v1/members/{bob.user['id']}")


@pytest.mark.parametrize("prepare", [log_out, another_password, disabling, another_role, removal])
def test_what_is_revoked_is_refused_at_once(
    suite: Suite, alice: Manager, bob: Manager, prepare: Callable[[Suite, Manager, Manager], Ending]
) -> None:
    """Requests with the old token run before, while and after it is revoked."""
    whose, revoke = prepare(suite, alice, bob)
    assert whose.api.me().status_code == 200

    async def storm() -> list[int]:
        async with whose.api.many() as calls:
            stop = asyncio.Event()

            async def ask() -> None:
                while not stop.is_set():
                    await calls.me()

            before = [asyncio.create_task(ask()) for _ in range(4)]
            answer = await asyncio.to_thread(revoke)
            assert answer.status_code in (200, 204), answer.text
            after = [one.status_code for one in await asyncio.gather(*(calls.me() for _ in range(50)))]
            stop.set()
            await asyncio.gather(*before)
            return after

    asked = asyncio.run(storm())
    accepted = sum(status != 401 for status in asked)
    print(f"\n{prepare.__name__}: {accepted} of {len(asked)} requests accepted after revocation")
    assert accepted == 0


def test_who_is_disabled_comes_in_by_no_way_until_enabled(suite: Suite, alice: Manager) -> None:
    operator = alice.api.with_token(OPERATOR)
    path = f"/operator/users/{alice.user['id']}"
    assert ok(operator.post(f"{path}/disable"), 200) == {"id": alice.user["id"], "disabled": True}
    refused = alice.api.login(alice.email, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")
    assert alice.api.me().status_code == 401
    assert ok(operator.post(f"{path}/enable"), 200)["disabled"] is False
    assert alice.api.me().status_code == 401, "sessions that were ended stay so"
    ok(alice.api.login(alice.email, PASSWORD), 200)
    assert operator.post("/operator/users/usr_00000000000000000000000000/disable").status_code == 404
    assert alice.api.post(f"{path}/disable").status_code == 401


def test_another_password_ends_the_other_sessions_and_renews_this_one(alice: Manager) -> None:
    phone, new = another(alice), "another good password"
    wrong = alice.api.change_password("not the password", new)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
    assert phone.me().status_code == 200
    answer = ok(alice.api.change_password(PASSWORD, new), 200)
    assert phone.me().status_code == alice.api.me().status_code == 401
    ok(alice.api.with_token(answer["session"]["token"]).me(), 200)
    assert alice.api.login(alice.email, PASSWORD).status_code == 401
    ok(alice.api.login(alice.email, new), 200)


def test_two_changes_of_one_password_at_once_are_one(suite: Suite) -> None:
    api = Api(suite.url)
    carol = sign_up(api, "Carol")
    sessions = [carol.api, another(carol)]

    async def both() -> list[int]:
        changes = [
            asyncio.to_thread(one.change_password, PASSWORD, f"new password {n}") for n, one in enumerate(sessions)
        ]
        return sorted(answer.status_code for answer in await asyncio.gather(*changes))

    assert asyncio.run(both()) in ([200, 401], [200, 422])
    live = suite.d1("SELECT count(*) AS n FROM sessions WHERE user_id = ?", carol.user["id"])
    assert live == [{"n": 1}]
