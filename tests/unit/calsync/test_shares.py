"""What a tenant may have of a calendar host, and whose answer counts for whom: no tenant stops another's."""

from __future__ import annotations

import random

import pytest

from calsync.hosts import repository as hosts
from calsync.hosts import shares
from calsync.hosts.rules import Turn, scheduled
from calsync.hosts.shares import BY_HAND, MOST, RATE, SCHEDULED, UNKNOWN
from propflow.clock import HOUR, MINUTE
from tests.unit.calsync.core_database import TENANT, Core

NOW = 1_800_000_000_000
HOST = "www.airbnb.com"
SEEDS = range(8)


@pytest.fixture
def core() -> Core:
    return Core()


def tenant(core: Core, name: str, *, plan: str = "free", verified: bool = False, mode: str = "live") -> str:
    """Somebody with an owner of their own."""
    live = TENANT if mode == "test" else None
    core.run("INSERT INTO tenants (id, name, mode, live_id, plan, created_at, updated_at)"
             " VALUES (?, 'T', ?, ?, ?, 0, 0)", name, mode, live, plan)  # fmt: skip
    core.run("INSERT INTO users (id, email, name, email_verified_at, created_at, updated_at)"
             " VALUES (?, ?, 'A', ?, 0, 0)", f"usr_{name}", f"{name}@example.net", 1 if verified else None)  # fmt: skip
    core.run("INSERT INTO memberships VALUES (?, ?, 'owner', NULL, 1, 0, 0)", name, f"usr_{name}")
    return name


def take(core: Core, who: str, now: int = NOW, host: str = HOST, unlimited: tuple[str, ...] = ()) -> bool:
    return hosts.taken(core.batch(hosts.take(who, host, now, unlimited))).taken


def held(core: Core, who: str, host: str = HOST) -> int:
    turn = hosts.taken(core.batch(hosts.take(who, host, NOW, ())))
    return max(turn.held_until, turn.waited_until)


def ask(core: Core, *names: str, at: int = NOW - MINUTE) -> None:
    """The schedule has had the host asked for them."""
    core.batch([hosts.note([(HOST, name) for name in names], at)])


def told(core: Core, *names: str, until: int = NOW + 10 * MINUTE, at: int = NOW) -> None:
    """The host tells them to wait, one after the other."""
    for name in names:
        core.batch(hosts.hold(HOST, name, until, at))


def test_a_turn_is_taken_of_the_host_and_of_the_tenant_s_share(core: Core) -> None:
    assert hosts.taken(core.batch(hosts.take(TENANT, HOST, NOW, ()))) == Turn(taken=True)
    assert take(core, "ten_other")
    assert core.run("SELECT asked, by_hand FROM calendar_hosts") == [{"asked": 2, "by_hand": 2}]
    assert core.run("SELECT tenant_id, by_hand FROM calendar_turns") == [
        {"tenant_id": TENANT, "by_hand": 1}, {"tenant_id": "ten_other", "by_hand": 1}
    ]  # fmt: skip
    assert take(core, TENANT, NOW + MINUTE)
    assert core.run("SELECT asked, by_hand FROM calendar_hosts") == [{"asked": 1, "by_hand": 1}]


def test_what_is_refused_takes_nothing(core: Core) -> None:
    core.run("UPDATE tenants SET plan = 'starter'")
    assert sum(take(core, TENANT) for _ in range(5 * MOST)) == MOST
    assert core.run("SELECT asked, by_hand FROM calendar_hosts") == [{"asked": MOST, "by_hand": MOST}]
    assert take(core, TENANT, NOW + MINUTE)


def test_of_a_host_that_says_so_no_turns_are_refused(core: Core) -> None:
    assert all(take(core, TENANT, unlimited=(HOST,)) for _ in range(RATE))
    assert not take(core, TENANT, unlimited=("other.example",))


@pytest.mark.parametrize("seed", SEEDS)
def test_however_many_turns_some_take_a_newcomer_gets_one_and_the_schedule_its_own(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    people = [tenant(core, f"ten_p{number}", plan="starter") for number in range(chance.randrange(1, 6))]
    by_schedule = chance.choice((0, 1, 100, SCHEDULED))
    core.batch([hosts.take_turns({HOST: by_schedule}, NOW)])
    taken = dict.fromkeys(people, 0)
    for _ in range(600):
        who = chance.choice(people)
        taken[who] += take(core, who)
    [host] = core.run("SELECT asked, by_hand FROM calendar_hosts")
    assert sum(taken.values()) == host["by_hand"] == host["asked"] - by_schedule
    assert max(taken.values()) <= MOST and host["by_hand"] < BY_HAND and host["asked"] < RATE
    assert take(core, tenant(core, "ten_new", verified=True))
    assert scheduled(RATE - BY_HAND, host["by_hand"])


@pytest.mark.parametrize("seed", SEEDS)
def test_however_many_free_accounts_take_all_they_can_half_is_left_for_who_is_known(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    unknown = [tenant(core, f"ten_u{number}") for number in range(12)] + ["ten_of_whom_nothing_is_known"]
    known = [tenant(core, "ten_pays", plan="starter"), tenant(core, "ten_verified", verified=True)]
    early = sum(take(core, known[0]) for _ in range(chance.choice((0, 1, 20))))
    taken = sum(take(core, chance.choice(unknown)) for _ in range(600))
    assert UNKNOWN - len(unknown) <= taken <= UNKNOWN
    assert core.run("SELECT by_hand, by_unknown FROM calendar_hosts") == [
        {"by_hand": early + taken, "by_unknown": taken}
    ]
    assert all(take(core, who) for who in known for _ in range(10)), "they connect a calendar"
    assert take(core, unknown[0], NOW + MINUTE)
    assert core.run("SELECT by_unknown FROM calendar_hosts") == [{"by_unknown": 1}]


def test_eight_known_tenants_can_use_up_people_s_turns_and_not_the_schedule_s(core: Core) -> None:
    people = [tenant(core, f"ten_p{number}", verified=True) for number in range(8)]
    assert [sum(take(core, who) for _ in range(MOST + 1)) for who in people] == [60, 45, 23, 11, 6, 3, 1, 1]
    assert not take(core, tenant(core, "ten_new", verified=True))
    assert scheduled(RATE - BY_HAND, BY_HAND)


def test_who_pays_may_have_slower_servers(core: Core) -> None:
    tenant(core, "ten_pays", plan="starter")
    core.batch([hosts.waited("ten_pays", 3 * shares.MOST_WAITED - 1, NOW)])
    assert held(core, "ten_pays") == 0
    core.batch([hosts.waited("ten_pays", 1, NOW)])
    assert held(core, "ten_pays") == NOW + shares.WINDOW


def test_a_test_space_takes_the_turns_and_the_time_of_its_live_tenant(core: Core) -> None:
    space = tenant(core, "ten_space", mode="test")
    alone = sum(take(core, TENANT, NOW - MINUTE) for _ in range(RATE))
    assert sum(take(core, who) for _ in range(RATE) for who in (TENANT, space)) == alone
    core.batch([hosts.waited(space, 1, NOW), hosts.waited(TENANT, shares.MOST_WAITED, NOW)])
    assert held(core, space) == held(core, TENANT) == NOW + shares.WINDOW
    assert hosts.until(core.batch([hosts.waited_out(space)])[0], NOW) == NOW + shares.WINDOW


def test_what_a_host_tells_a_test_space_it_tells_its_tenant(core: Core) -> None:
    told(core, tenant(core, "ten_space", mode="test"), until=NOW + HOUR)
    assert held(core, TENANT) == NOW + HOUR and held(core, "ten_other") == 0


def test_the_schedule_leaves_people_their_turns_and_they_leave_it_its_own() -> None:
    assert scheduled(SCHEDULED, 0) and not scheduled(SCHEDULED + 1, 0)
    assert scheduled(RATE - BY_HAND, BY_HAND) and not scheduled(RATE - BY_HAND + 1, BY_HAND)
    assert SCHEDULED < RATE and BY_HAND < RATE


def test_a_host_that_tells_one_tenant_to_wait_is_asked_for_all_others(core: Core) -> None:
    told(core, TENANT, until=NOW + HOUR)
    assert held(core, TENANT) == NOW + HOUR and not take(core, TENANT)
    assert held(core, "ten_other") == 0
    assert take(core, TENANT, host="other.example")


def test_a_shorter_wait_ends_no_longer_one(core: Core) -> None:
    told(core, TENANT, until=NOW + HOUR)
    told(core, TENANT, until=NOW + MINUTE)
    assert held(core, TENANT) == NOW + HOUR


@pytest.mark.parametrize("seed", SEEDS)
def test_no_single_tenant_nor_any_number_of_free_ones_holds_a_host_for_others(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    abusers = [tenant(core, "ten_pays", plan="business", verified=True)] if chance.random() < 0.5 else [
        tenant(core, f"ten_p{number}", verified=chance.random() < 0.7) for number in range(chance.randrange(1, 30))
    ]  # fmt: skip
    if chance.random() < 0.5:
        ask(core, "ten_modest")
    for _ in range(60):
        told(core, chance.choice(abusers), until=NOW + chance.randrange(1, 6 * HOUR))
    assert held(core, "ten_modest") == 0


def test_a_host_that_tells_several_who_are_known_to_wait_means_all(core: Core) -> None:
    several = [tenant(core, "ten_a", plan="starter"), tenant(core, "ten_b", verified=True),
               tenant(core, "ten_c", verified=True)]  # fmt: skip
    told(core, *several[:2])
    assert held(core, "ten_other") == 0
    told(core, several[2], until=NOW + 5 * MINUTE)
    assert held(core, "ten_other") == NOW + 5 * MINUTE, "as long as all of them must wait"


def test_nor_does_it_wait_longer_than_an_hour_for_all(core: Core) -> None:
    told(core, *(tenant(core, f"ten_p{n}", plan="starter") for n in range(3)), until=NOW + 6 * HOUR)
    assert held(core, "ten_other") == NOW + HOUR


def test_a_host_that_answers_most_tenants_is_asked_on(core: Core) -> None:
    several = [tenant(core, f"ten_p{n}", plan="starter") for n in range(3)]
    modest = [tenant(core, f"ten_modest_{n}") for n in range(4)]
    ask(core, *modest)
    told(core, *several)
    assert held(core, "ten_modest_0") == 0
    told(core, tenant(core, "ten_p3", plan="starter"))
    assert held(core, "ten_modest_0") > NOW, "half of those who asked it"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tenants SET suspended_at = 1, suspended_reason = 'spam' WHERE id = 'ten_p2'",
        "UPDATE tenants SET subscription_status = 'canceled'",
        "UPDATE calendar_turns SET held_at = held_at - 900000",
    ],
)
def test_who_is_shut_out_or_was_told_long_ago_counts_for_nothing(core: Core, change: str) -> None:
    several = [tenant(core, f"ten_p{n}", plan="starter") for n in range(3)]
    told(core, *several[1:])
    core.run(change)
    told(core, several[0])
    assert held(core, "ten_other") == 0


def test_a_host_that_refuses_everybody_with_short_waits_is_left_alone_by_all(core: Core) -> None:
    several = [tenant(core, f"ten_p{n:02}", plan="starter") for n in range(24)]
    ask(core, *several)
    for number, name in enumerate(several):  # one of them in 20 seconds, so that three wait at a time
        at = NOW + number * MINUTE // 3
        told(core, name, until=at + MINUTE, at=at)
        assert core.number(f"calendar_hosts WHERE held_until > {at}") == (number + 1 >= len(several) // 2)


def test_what_is_over_holds_nobody(core: Core) -> None:
    told(core, *(tenant(core, f"ten_p{n}", plan="starter") for n in range(3)), until=NOW - 1, at=NOW - MINUTE)
    core.run("DELETE FROM calendar_hosts")
    told(core, tenant(core, "ten_free"))
    assert held(core, "ten_other") == 0, "only the wait of somebody who does not count runs"


def test_a_test_space_counts_for_nobody(core: Core) -> None:
    several = [tenant(core, f"ten_p{n}", plan="starter") for n in range(2)]
    told(core, *several, tenant(core, "ten_space", plan="starter", mode="test"))
    assert held(core, "ten_other") == 0


def test_a_tenant_whose_servers_let_us_wait_too_long_waits_itself(core: Core) -> None:
    for _ in range(shares.MOST_WAITED // 10_000):
        assert held(core, TENANT) == 0
        core.batch([hosts.waited(TENANT, 10_000, NOW)])
    assert held(core, TENANT) == held(core, TENANT, "other.example") == NOW + shares.WINDOW
    assert held(core, "ten_other") == 0 and take(core, "ten_other")
    assert take(core, TENANT, NOW + shares.WINDOW)
    core.batch([hosts.waited(TENANT, 10_000, NOW + shares.WINDOW)])
    assert core.run("SELECT waited FROM calendar_waits") == [{"waited": 10_000}]
