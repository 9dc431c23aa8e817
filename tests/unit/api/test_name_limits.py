"""Who guesses at a name shuts the name to their own network, and to everybody only after much more."""

from api.access.rates import name_limits
from api.objects.bucket import Take, Window, take

OWNER = "198.51.100.7"


def passed(windows: dict[str, Window], ips: list[str]) -> tuple[int, dict[str, Window]]:
    count = 0
    for ip in ips:
        windows, levels = take(windows, Take(limits=name_limits(ip)), 5)
        count += not any(level.empty for level in levels)
    return count, windows


def test_one_network_has_ten_tries_and_its_owner_elsewhere_still_comes_in() -> None:
    guessed, windows = passed({}, [f"2001:db8:1:1::{n:x}" for n in range(1, 101)])
    assert guessed == 10
    assert passed(windows, [OWNER] * 12)[0] == 10


def test_four_networks_are_not_enough_to_lock_the_owner_out() -> None:
    guessed, windows = passed({}, [f"203.0.113.{n}" for n in range(4) for _ in range(50)])
    assert guessed == 40
    assert passed(windows, [OWNER])[0] == 1


def test_all_networks_together_have_sixty() -> None:
    assert passed({}, [f"2001:db8:{n:x}::1" for n in range(1, 1001)])[0] == 60


def test_the_names_of_buckets_hold_no_address() -> None:
    assert not [one for one in name_limits(OWNER) if OWNER in one.name]
