"""The life of a connection: it survives garbage and the sleep of its room, and ends with the session or a flood."""

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest
from support.client import Api
from support.live import PATIENCE, Viewer, connected, ticket, watching
from support.people import Manager, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

BOUND = 90.0  # seconds: the room looks every 30, on a machine that does other things too


def room_rows(suite: Suite, manager: Manager) -> list[int]:
    rows = suite.d1("SELECT sockets FROM watched_rooms WHERE tenant_id = ?", manager.tenant["id"])
    return [int(row["sockets"]) for row in rows]


def test_garbage_is_answered_and_the_connection_stays(alice: Manager) -> None:
    async def story() -> None:
        async with watching(alice) as viewer:
            for text, code in (
                ("", "invalid_message"), ("{", "invalid_message"), ("[" * 4000, "invalid_message"),
                ('{"type": "shout"}', "invalid_message"), ("x" * 5000, "message_too_large"),
                ('{"type": "viewing", "unit_id": "unit_00000000000000000000000000"}', "unit_not_found"),
            ):  # fmt: skip
                await viewer.socket.send_str(text)
                frame = await viewer.next()
                assert (frame["type"], frame["code"]) == ("error", code), text[:20]
            await viewer.socket.send_bytes(b"\x00\xff")
            assert (await viewer.next())["code"] == "text_only"
            await viewer.socket.send_str("ping")
            assert await viewer.socket.receive_str(timeout=PATIENCE) == "pong"

    asyncio.run(story())


def test_who_speaks_too_much_is_told_and_who_floods_is_closed_and_nobody_else(alice: Manager) -> None:
    async def story() -> list[str]:
        codes = []
        async with watching(alice) as other, watching(alice) as viewer:
            for _ in range(600):
                await viewer.say("editing", object_id=None)
            async with asyncio.timeout(PATIENCE):
                async for message in viewer.socket:
                    codes.append(message.json().get("code"))
            assert viewer.socket.close_code == 4008
            left = await other.until("presence.left")
            assert left["connection_id"] == viewer.hello["connection_id"]
            await other.nothing_until("still here")
        return codes

    codes = asyncio.run(story())
    assert set(codes) == {"rate_limited"}


def test_who_signs_out_is_told_nothing_more_and_closed_with_the_next_change(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    again = alice.api.with_token(ok(alice.api.login(alice.email, alice.password), 200)["session"]["token"])

    async def story() -> None:
        async with watching(alice) as viewer:
            assert alice.api.logout().status_code == 204
            ok(again.book(unit, "2027-05-01", "2027-05-03"))
            frame = await viewer.next()
            assert (frame["type"], frame["code"]) == ("error", "access_ended")
            assert await viewer.ended() == 4403
        await _emptied(suite, alice)

    asyncio.run(story())


async def _emptied(suite: Suite, manager: Manager) -> None:
    await asyncio.to_thread(eventually, lambda: not room_rows(suite, manager), BOUND, "the room to be given up")


def test_the_last_who_leaves_takes_the_room_with_them(suite: Suite, alice: Manager) -> None:
    async def story() -> None:
        async with watching(alice):
            assert room_rows(suite, alice) == [1]
            async with watching(alice):
                assert room_rows(suite, alice) == [2]
        await _emptied(suite, alice)

    asyncio.run(story())


async def _sleep(viewer: Viewer) -> None:
    """Ten idle seconds end the instance and not the connection: tests/contract/test_objects.py."""
    await asyncio.sleep(12)


def test_a_room_that_slept_knows_its_viewers_and_misses_nothing_and_who_signed_out_goes_by_itself(
    suite: Suite, alice: Manager
) -> None:
    """One test for what takes time: twelve idle seconds, and the half minute after which the room looks by itself."""
    unit = alice.new_unit()
    session = ok(alice.api.login(alice.email, alice.password), 200)["session"]["token"]
    second = Manager(
        alice.api.with_token(session), "Alice", alice.email, alice.password, alice.user, alice.tenant, session
    )

    async def story() -> float:
        async with watching(alice) as one, watching(second) as two:
            await one.until("presence.joined")
            await one.say("viewing", unit_id=unit)
            await two.until("presence.changed")
            await _sleep(one)
            alice.booking(unit, "2027-05-01", "2027-05-03")
            for viewer in (one, two):
                assert [event["type"] for event in (await viewer.until("calendar.changed"))["events"]] == [
                    "booking.created"
                ]
            await two.say("editing", object_id="bkg_" + "0" * 26)
            changed = await one.until("presence.changed")
            assert changed["person"]["connection_id"] == two.hello["connection_id"]
            async with watching(alice) as third:
                assert unit in {person["unit_id"] for person in third.hello["people"]}
            assert second.api.logout().status_code == 204
            begun = time.monotonic()
            async with asyncio.timeout(BOUND):
                message = await two.socket.receive()
                while message.type is aiohttp.WSMsgType.TEXT and "access_ended" not in message.data:
                    message = await two.socket.receive()
            return time.monotonic() - begun

    waited = asyncio.run(story())
    print(f"\na session that ended was closed after {waited:.1f} s, without any change")


@pytest.fixture
def own(standin: StandIn, tmp_path: Path) -> Suite:
    return Suite(standin.url, state=tmp_path).start()


def test_after_a_kill_the_room_is_entered_anew_and_a_used_ticket_stays_used(own: Suite) -> None:
    api = Api(own.url)
    alice = sign_up(api, "Alice")
    unit = alice.new_unit()

    async def before(protocols: list[str]) -> None:
        async with connected(own.url, protocols):
            own.kill()

    async def after(protocols: list[str]) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with connected(own.url, protocols):
                pass
        async with watching(alice) as viewer:
            assert viewer.hello["people"] == []
            alice.booking(unit, "2027-05-01", "2027-05-03")
            await viewer.until("calendar.changed", unit_id=unit)

    try:
        protocols = ticket(alice)
        asyncio.run(before(protocols))
        own.restart()
        asyncio.run(after(protocols))
    finally:
        own.stop()
