"""What a guest gets back: never more than was paid, and never more the later it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inventory.properties.cancellation import NAMED, Policy, Tier, policy_of, refund

ARRIVAL = date(2028, 2, 29)
tiers = st.lists(
    st.tuples(st.integers(0, 365), st.integers(0, 10_000)), min_size=1, max_size=10, unique_by=lambda pair: pair[0]
).map(
    lambda pairs: [
        Tier(days_before=days, refund_basis_points=points)
        for days, points in zip(sorted(pair[0] for pair in pairs), sorted(pair[1] for pair in pairs), strict=True)
    ]
)
policies = st.one_of(
    st.sampled_from(sorted(NAMED)).map(lambda kind: policy_of(kind, [])),
    tiers.map(lambda found: policy_of("custom", found)),
)


def on(policy: Policy | None, paid: int, days_before: int) -> int:
    return refund(policy, paid, ARRIVAL.isoformat(), (ARRIVAL - timedelta(days=days_before)).isoformat())


@given(policies, st.integers(0, 10**12), st.integers(-30, 400), st.integers(0, 60))
def test_it_is_part_of_what_was_paid_and_falls_with_time(policy: Policy, paid: int, days: int, later: int) -> None:
    assert 0 <= on(policy, paid, days - later) <= on(policy, paid, days) <= paid


@given(tiers, st.integers(0, 10**12), st.integers(0, 10_000), st.integers(0, 400))
def test_a_kinder_policy_gives_no_less(found: list[Tier], paid: int, more: int, days: int) -> None:
    kinder = [
        Tier(days_before=tier.days_before, refund_basis_points=min(10_000, tier.refund_basis_points + more))
        for tier in found
    ]
    assert on(policy_of("custom", found), paid, days) <= on(policy_of("custom", kinder), paid, days)


@pytest.mark.parametrize(
    ("kind", "days", "back"),
    [
        ("flexible", 1, 10_001), ("flexible", 0, 0), ("moderate", 5, 10_001), ("moderate", 4, 5_001),
        ("moderate", 1, 5_001), ("moderate", 0, 0), ("strict", 14, 10_001), ("strict", 13, 5_001), ("strict", 7, 5_001),
        ("strict", 6, 0),
    ],
)  # fmt: skip
def test_the_named_policies(kind: str, days: int, back: int) -> None:
    assert on(policy_of(kind, []), 10_001, days) == back


def test_without_a_policy_everything_is_given_back() -> None:
    assert on(None, 10_001, -5) == 10_001
