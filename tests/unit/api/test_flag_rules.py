"""Which flags are on: stable, growing with the percentage, and never by accident."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.plan.flags.rules import DEFAULTS, Document, Flag, evaluate, is_on, share_of
from api.plan.flags.service import decode

TENANTS = [f"ten_{number:026}" for number in range(5_000)]
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
PERCENTAGES = st.floats(0, 100)


def on(flag: Flag, tenant: str = "ten_a", name: str = "new_calendar", features: tuple[str, ...] = ("basic",)) -> bool:
    return is_on(name, flag, tenant, features)


@given(NAMES, PERCENTAGES, PERCENTAGES)
def test_who_has_a_flag_at_ten_percent_has_it_at_twenty(name: str, one: float, other: float) -> None:
    fewer, more = sorted((one, other))
    for tenant in TENANTS[:200]:
        assert on(Flag(percentage=more), tenant, name) or not on(Flag(percentage=fewer), tenant, name)


@given(NAMES, st.text(max_size=40))
def test_nobody_has_it_at_zero_and_everybody_at_a_hundred(name: str, tenant: str) -> None:
    assert not on(Flag(), tenant, name)
    assert on(Flag(percentage=100), tenant, name)
    assert 0 <= share_of(name, tenant) < 10_000


@pytest.mark.parametrize("percentage", [1, 10, 50])
def test_a_percentage_is_about_that_many(percentage: int) -> None:
    share = sum(on(Flag(percentage=percentage), tenant) for tenant in TENANTS) / len(TENANTS) * 100
    print(f"{percentage} % of {len(TENANTS)} tenants: {share:.2f} %")
    assert abs(share - percentage) < 2.5


def test_the_first_of_one_flag_are_not_the_first_of_another() -> None:
    first = [{t for t in TENANTS if on(Flag(percentage=10), t, name)} for name in ("one", "two")]
    both = len(first[0] & first[1]) / len(first[0])
    assert both < 0.2


def test_where_a_tenant_stands_never_changes() -> None:
    assert share_of("new_calendar", "ten_01h455vb4pex5vsknk084sn02q") == 8203


def test_a_plan_without_the_feature_does_not_have_it_at_any_percentage() -> None:
    flag = Flag(percentage=100, feature="premium")
    assert not on(flag) and on(flag, features=("basic", "premium"))


def test_what_was_decided_for_a_tenant_goes_before_plan_and_percentage() -> None:
    assert on(Flag(feature="premium", tenants={"ten_a": True}))
    assert not on(Flag(percentage=100, tenants={"ten_a": False}))
    assert on(Flag(percentage=100, tenants={"ten_a": False}), "ten_b")


def test_without_a_document_each_feature_is_on_for_the_plans_that_have_it() -> None:
    assert evaluate(Document(flags={}), "ten_a", ("basic",)) == {"advanced": False, "basic": True, "premium": False}
    assert set(evaluate(Document(flags={"x": Flag()}), "ten_a", ())) == {*DEFAULTS, "x"}


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{", "{}", '{"flags": []}', '{"flags": {"a": true}}', '{"flags": {"a": {"percentage": 101}}}',
        '{"flags": {"a": {"percentage": "50"}}}', '{"flags": {"a": {"percentag": 50}}}', '{"flags": {}, "more": 1}',
        '{"flags": {"a": {"tenants": {"ten_a": "yes"}}}}',
    ],
)  # fmt: skip
def test_a_malformed_document_says_nothing(text: str) -> None:
    assert decode(text) == Document(flags={})


def test_a_document_is_read() -> None:
    text = '{"flags": {"new_calendar": {"percentage": 12.5, "feature": "advanced", "tenants": {"ten_a": true}}}}'
    assert decode(text).flags["new_calendar"] == Flag(percentage=12.5, feature="advanced", tenants={"ten_a": True})
