"""What a key may be given: scopes that exist and that the person has."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.in_memory import InMemory
from support.schema import with_unit

from api.access import networks
from api.access.permissions import SCOPES, TABLE, allows
from api.edge.listing import instant_of
from api.people.api_keys import repository, rules
from api.people.api_keys.schemas import ApiKeyCreate
from propflow.clock import LATEST, to_rfc3339
from propflow.errors import BadRequest, Forbidden, Unprocessable


def test_a_star_is_every_scope_that_a_key_may_hold() -> None:
    assert rules.expand(["*"], "owner") == list(SCOPES)
    assert all(TABLE[scope].keys for scope in SCOPES)


def test_patterns_are_written_out() -> None:
    assert rules.expand(["bookings:*"], "admin") == ["bookings:read", "bookings:write"]
    reading = rules.expand(["*:read"], "admin")
    assert "bookings:read" in reading and all(scope.endswith(":read") for scope in reading)
    assert rules.expand(["bookings:write", "bookings:*", "units:read"], "owner") == [
        "units:read", "bookings:read", "bookings:write"]  # fmt: skip


@pytest.mark.parametrize(
    "scope",
    ["bookings", "bookings:delete", "keys:write", "self", "nothing:*", "*:nothing", "**", "*:*", ":", "book*:read"],
)
def test_a_scope_that_does_not_exist_is_named_with_those_that_do(scope: str) -> None:
    with pytest.raises(Unprocessable, match="unknown_scope") as refused:
        rules.expand(["bookings:read", scope], "owner")
    assert scope in refused.value.detail
    assert refused.value.evidence["known"] == list(SCOPES)


def test_nobody_gives_what_they_do_not_have() -> None:
    with pytest.raises(Forbidden, match="scope_beyond_role"):
        rules.expand(["bookings:write"], "member")
    assert rules.expand(["bookings:*"], "member") == ["bookings:read"]


@given(
    st.lists(st.sampled_from([*SCOPES, "*", "*:read", "*:write", "bookings:*"])),
    st.sampled_from(["owner", "admin", "manager", "member", ""]),
)
def test_no_combination_goes_beyond_the_role(asked: list[str], role: str) -> None:
    try:
        granted = rules.expand(asked, role)
    except Forbidden:
        return
    assert all(allows(role, scope) for scope in granted)


def test_a_rotated_key_ends_after_the_overlap_and_never_later_than_before() -> None:
    assert rules.predecessor_ends(None, now=100, overlap_ms=50) == 150
    assert rules.predecessor_ends(120, now=100, overlap_ms=50) == 120
    assert rules.successor_ends(None, created_at=0, now=100) is None
    assert rules.successor_ends(80, created_at=50, now=70) == 100


@pytest.mark.parametrize("network", ["203.0.113.7", "203.0.113.9/24", "2001:db8::1/32"])
def test_networks_are_stored_as_networks(network: str) -> None:
    made = ApiKeyCreate(name="n", scopes=["*"], networks=[network])
    assert made.networks is not None
    assert networks.contain(json.dumps(made.networks), network.partition("/")[0])
    assert not networks.contain(json.dumps(made.networks), "198.51.100.1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks": []}, {"networks": ["example.com"]}, {"networks": ["1.2.3.4/33"]}, {"scopes": []},
        {"mode": "prod"}, {"expires_at": "2030-01-01T00:00:00"}, {"expires_at": "tomorrow"}, {"expires_at": 5},
        {"tenant_id": "ten_1"}, {"key": "pf_live_mine"}, {"created_by": "usr_1"},
    ],
)  # fmt: skip
def test_what_makes_no_key_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ApiKeyCreate(**({"name": "n", "scopes": ["*"]} | wrong))


def test_one_customer_has_a_whole_ipv6_network() -> None:
    def smallest(ip: str) -> str:
        return networks.around(ip)[0].name

    assert smallest("2001:db8:1:2:3::4") == smallest("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert smallest("2001:db8:1:3::9") != smallest("2001:db8:1:2::9")
    assert smallest("203.0.113.7") == "203.0.113.7"
    assert smallest("unknown") == "unknown"


def test_no_key_lives_longer_than_instants_can_be_written() -> None:
    far = rules.successor_ends(LATEST - 1, created_at=0, now=1_800_000_000_000)
    assert far == LATEST
    assert to_rfc3339(far) == "2100-01-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["2100-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2099-12-31T23:59:59-01:00"])
def test_an_instant_from_2100_on_is_refused_wherever_one_is_read(text: str) -> None:
    with pytest.raises(ValidationError, match="before 2100"):
        ApiKeyCreate(name="n", scopes=["*"], expires_at=text)  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match="invalid_instant"):
        instant_of(text, "at[lt]")
    assert instant_of("2099-12-31T23:59:59Z", "at[lt]") == LATEST - 1000


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        (["*"], True), (["*:write"], True), (["*:read"], False), (["bookings:*", "units:*"], True),
        (["units:read"], False), (["units:read", "quotes:write"], True),
    ],
)  # fmt: skip
def test_a_key_that_may_write_one_thing_can_change_something(asked: list[str], changes: bool) -> None:
    assert rules.can_change(rules.expand(asked, "owner")) is changes


def test_the_test_space_of_who_was_suspended_meanwhile_is_suspended() -> None:
    core = InMemory("core")
    with_unit(core.db)
    core.db.execute("UPDATE tenants SET suspended_at = 5, suspended_reason = 'x', suspended_reads = 1")
    core._one(repository.open_test_space("ten_1", "ten_2", 9))
    found = "SELECT suspended_at, suspended_reason, suspended_reads FROM tenants WHERE id = 'ten_2'"
    assert core.db.execute(found).fetchone() == (5, "x", 1)
