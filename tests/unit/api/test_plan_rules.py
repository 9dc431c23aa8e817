"""What a plan and a subscription's status allow; what a refusal tells the person who meets it."""

import itertools

import pytest

from api.access.permissions import TABLE, Permission
from api.access.standing import require_acting, require_standing
from api.core.plan_limits import NAMES, plan_limit_reached
from api.plan.plans.rules import require_feature
from propflow.errors import Forbidden, LimitExceeded

APP = "https://app.example"
GOOD = ("trialing", "active")
ARREARS = ("past_due", "unpaid", "paused", "incomplete")
ENDED = ("canceled", "incomplete_expired")
NOBODY_KNOWS = ("", "ACTIVE", "active ", "on_hold")
LEAVING: tuple[Permission, ...] = (
    "self",
    "leave",
    "plan:read",
    "plan:write",
    "usage:read",
    "audit:read",
    "members:write",
)
NEW: tuple[Permission, ...] = ("bookings:write", "units:write", "properties:write", "holds:write", "feeds:write")


@pytest.mark.parametrize(("status", "permission"), [*itertools.product(GOOD, TABLE)])
def test_who_owes_nothing_is_never_asked_to_pay(status: str, permission: Permission) -> None:
    require_standing(status, permission, APP)


@pytest.mark.parametrize("status", [*ARREARS, *ENDED, *NOBODY_KNOWS])
def test_whoever_is_not_on_the_list_reads_pays_and_leaves_and_does_nothing_new(status: str) -> None:
    reading: list[Permission] = [name for name in TABLE if name.endswith(":read")]
    code = "subscription_ended" if status in ENDED else "payment_required"
    for permission in (*reading, *LEAVING):
        require_standing(status, permission, APP)
    for permission in NEW:
        with pytest.raises(LimitExceeded) as refused:
            require_standing(status, permission, APP)
        assert (refused.value.status, refused.value.code) == (402, code)
        assert refused.value.evidence == {"upgrade_url": f"{APP}/settings/plan", "subscription_status": status}


@pytest.mark.parametrize("permission", TABLE)
def test_of_whoever_is_suspended_people_may_leave_and_nobody_anything_else(permission: Permission) -> None:
    require_acting(None, permission)
    assert may(0, permission) == (permission == "leave")


@pytest.mark.parametrize("permission", TABLE)
def test_where_operators_let_people_read_they_read_and_mind_their_own_account(permission: Permission) -> None:
    assert may(1, permission) == (permission in ("self", "leave") or permission.endswith(":read"))


def may(suspended: int, permission: Permission) -> bool:
    try:
        require_acting(suspended, permission)
    except Forbidden as refused:
        assert refused.code == "tenant_suspended"
        return False
    return True


@pytest.mark.parametrize("meter", NAMES)
def test_a_limit_tells_how_much_of_what_and_where_to_get_more(meter: str) -> None:
    refused = plan_limit_reached(meter, 1_000, 1_000, APP + "/", 1_767_225_600_000)
    assert (refused.status, refused.code) == (402, "plan_limit_reached")
    assert refused.evidence == {
        "meter": meter, "usage": 1000, "limit": 1000, "reset_at": "2026-01-01T00:00:00.000Z",
        "upgrade_url": f"{APP}/settings/plan",
    }  # fmt: skip
    assert "1,000" in refused.detail and "2026-01-01" in refused.detail


def test_what_one_has_is_not_reset() -> None:
    refused = plan_limit_reached("units", 100, 100, APP)
    assert refused.evidence["reset_at"] is None
    assert refused.detail == "Your plan includes 100 units and 100 are in use. Take a larger plan."


def test_a_feature_of_a_larger_plan_is_refused_with_the_way_to_it() -> None:
    require_feature(("basic", "advanced"), "advanced", "pro", APP)
    with pytest.raises(Forbidden) as refused:
        require_feature(("basic",), "advanced", "free", APP)
    assert (refused.value.status, refused.value.code) == (403, "feature_not_in_plan")
    assert refused.value.evidence["upgrade_url"] == f"{APP}/settings/plan"
