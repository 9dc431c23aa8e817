"""Who guesses at a name shuts the name to their own network, and to everybody only after much more."""

from api.access.bucket import Take, Window, take
from api.access.request_limits import ATTEMPTS, FAILURES, device_limits, name_limits, of_networks

OWNER = "198.51.100.7"


def passed(windows: dict[str, Window], ips: list[str]) -> tuple[int, dict[str, Window]]:
    count = 0
    for ip in ips:
        windows, levels = take(windows, Take(limits=name_limits(ip)), 5)
        count += not any(level.empty for level in levels)
    return count, windows


def test_one_network_has_five_tries_and_its_owner_elsewhere_still_comes_in() -> None:
    guessed, windows = passed({}, [f"2001:db8:1:1::{n:x}" for n in range(1, 101)])
    assert guessed == 5
    assert passed(windows, [OWNER] * 12)[0] == 5


def test_four_networks_are_not_enough_to_lock_the_owner_out() -> None:
    guessed, windows = passed({}, [f"203.0.113.{n}" for n in range(4) for _ in range(50)])
    assert guessed == 20
    assert passed(windows, [OWNER])[0] == 1


def test_all_networks_together_have_sixty() -> None:
    assert passed({}, [f"2001:db8:{n:x}::1" for n in range(1, 1001)])[0] == 60


def test_the_names_of_buckets_hold_no_address() -> None:
    assert not [one for one in name_limits(OWNER) if OWNER in one.name]


def test_a_48_has_twice_what_a_64_has_however_many_it_walks_around() -> None:
    guessed, windows = passed({}, [f"2001:db8:7:{n:x}::1" for n in range(1000)])
    assert guessed == 10
    assert passed(windows, ["2001:db8:8::1"] * 12)[0] == 5, "the next /48 is somebody else's"


def test_a_56_has_half_as_much_again_as_a_64() -> None:
    assert passed({}, [f"2001:db8:7:ab{n:02x}::1" for n in range(256)])[0] == 7


def test_an_address_has_one_bucket_or_one_for_each_of_its_networks() -> None:
    assert [one.capacity for one in of_networks(ATTEMPTS, OWNER)] == [30]
    assert [one.capacity for one in of_networks(ATTEMPTS, "2001:db8::1")] == [30, 45, 60]
    assert [one.name.partition(":")[0] for one in of_networks(FAILURES, "2001:db8::1")] == [
        "failures", "failures-56", "failures-48"]  # fmt: skip
    assert of_networks(ATTEMPTS, "unknown")[0].capacity == 30


def test_all_devices_of_a_person_together_have_sixty() -> None:
    windows: dict[str, Window] = {}
    count = 0
    for number in range(100):
        limits = device_limits([(f"dev_{number}", "usr_1")])
        windows, levels = take(windows, Take(limits=limits), 5)
        count += not any(level.empty for level in levels)
    assert count == 60


def test_a_device_is_charged_as_everybody_whose_it_is_and_once() -> None:
    names = [one.name for one in device_limits([("dev_1", "usr_1"), ("dev_1", "usr_1"), ("dev_2", "usr_2")])]
    assert len(names) == len(set(names)) == 8
    assert {one.partition(":")[2] for one in names} == {"dev_1", "dev_2", "usr_1", "usr_2"}
