"""Who has asked little lately is served at once; who asked much waits for them, for a bounded while."""

import asyncio

import pytest

from api.access import precedence
from api.access.precedence import BELIEVED, HALF_LIFE, LONGEST, MUCH, Precedence


def asked(times: int, every: int) -> Precedence:
    """A caller so many times, so many milliseconds apart."""
    found = Precedence()
    for number in range(times):
        found.asks_much("caller", number * every)
    return found


def test_a_person_who_clicks_never_asks_much() -> None:
    assert not asked(500, every=2_000).asks_much("caller", 500 * 2_000)


def test_a_page_may_ask_a_dozen_things_at_once() -> None:
    assert not asked(12, every=0).asks_much("caller", 0)


def test_a_program_asks_much_until_it_has_been_quiet_for_a_while() -> None:
    program = asked(100, every=100)
    assert program.asks_much("caller", 10_000)
    assert not program.asks_much("caller", 10_000 + 4 * HALF_LIFE)


def test_nobody_asks_much_because_of_others() -> None:
    assert not asked(100, every=100).asks_much("somebody else", 10_000)


def test_as_many_callers_are_remembered_as_there_is_room_for() -> None:
    few = Precedence(size=2)
    for _ in range(int(MUCH) + 1):
        few.asks_much("a", 0)
    for name in ("b", "c"):
        few.asks_much(name, 0)
    assert not few.asks_much("a", 0), "forgotten"


def test_it_is_free_again_when_all_have_been_answered() -> None:
    found = Precedence()
    one, other = found.begin(False, 0), found.begin(True, 0)
    assert not found.is_quiet(1) and not found.is_free(1)
    found.end(one)
    assert found.is_quiet(1) and not found.is_free(1)
    found.end(other)
    assert found.is_free(1)


def test_a_request_that_never_ends_is_not_believed_for_long() -> None:
    found = Precedence()
    found.begin(False, 0)
    assert not found.is_free(BELIEVED) and found.is_free(BELIEVED + 1)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Precedence:
    found = Precedence()
    monkeypatch.setattr(precedence, "_precedence", found)
    return found


def test_who_asked_much_goes_after_those_who_did_not(fresh: Precedence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST", 60_000)  # however busy the machine is
    order: list[str] = []

    async def all_three() -> None:
        answered = asyncio.Event()

        async def slowly() -> None:
            order.append("person")
            await answered.wait()

        async def at_once(name: str) -> None:
            order.append(name)

        for _ in range(2 * int(MUCH)):  # also when a while passes before the next
            fresh.asks_much("program", precedence.now_ms())
        person = asyncio.create_task(precedence.serve("person", slowly))
        await asyncio.sleep(0)
        program = asyncio.create_task(precedence.serve("program", lambda: at_once("program")))
        await asyncio.sleep(0)
        await precedence.serve("late", lambda: at_once("somebody who came later"))
        answered.set()
        await asyncio.gather(person, program)

    asyncio.run(all_three())
    assert order == ["person", "somebody who came later", "program"]


def test_nobody_waits_for_longer_than_half_a_second(fresh: Precedence, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0]

    async def sleep(seconds: float) -> None:
        clock[0] += round(seconds * 1_000)

    async def nothing() -> None:
        return None

    monkeypatch.setattr(precedence, "now_ms", lambda: clock[0])
    monkeypatch.setattr(precedence.asyncio, "sleep", sleep)
    for _ in range(int(MUCH)):
        fresh.asks_much("program", 0)
    fresh.begin(False, 0)
    asyncio.run(precedence.serve("program", nothing))
    assert LONGEST <= clock[0] <= LONGEST + 20


def test_nobody_waits_for_who_computes_for_long_nor_does_it_for_itself(fresh: Precedence) -> None:
    async def computing() -> None:
        await precedence.give_way()
        assert fresh.is_free(precedence.now_ms())

    asyncio.run(precedence.serve("person", computing))


def test_a_request_that_fails_has_ended(fresh: Precedence) -> None:
    async def failing() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        asyncio.run(precedence.serve("person", failing))
    assert fresh.is_free(precedence.now_ms())


def test_a_caller_is_a_credential_or_else_a_network() -> None:
    def named(**headers: str) -> str:
        return precedence.caller_of({name.replace("_", "-"): value for name, value in headers.items()}.get)

    assert named(authorization="Bearer a", cf_connecting_ip="192.0.2.1") == named(authorization="Bearer a")
    assert named(authorization="Bearer a") != named(authorization="Bearer b") != named(cookie="__Host-session=b")
    assert "Bearer" not in named(authorization="Bearer a")
    assert named(cf_connecting_ip="2001:db8:7:1::1") == named(cf_connecting_ip="2001:db8:7:2::9")
    assert named(cf_connecting_ip="192.0.2.1") != named(cf_connecting_ip="192.0.2.2")
