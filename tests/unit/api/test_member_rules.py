"""Who may change, remove and restrict whom; what a precondition accepts."""

import itertools

import pytest

from api.access.permissions import ROLES
from api.edge.preconditions import PreconditionFailed, PreconditionRequired, check
from api.people.memberships.rules import check_change, check_removal, check_restriction, may_invite, sees_less
from propflow.errors import Forbidden, Unprocessable


def allowed(actor: str, was: str, becomes: str, own: bool = False) -> bool:
    try:
        check_change(actor, own=own, was=was, becomes=becomes)
    except Forbidden:
        return False
    return True


def test_an_owner_may_make_anybody_anything() -> None:
    assert all(allowed("owner", was, becomes) for was, becomes in itertools.product(ROLES, ROLES))
    assert all(allowed("owner", "owner", becomes, own=True) for becomes in ROLES)


def test_an_admin_touches_no_owner_and_makes_neither_owner_nor_admin() -> None:
    table = {pair: allowed("admin", *pair) for pair in itertools.product(ROLES, ROLES)}
    assert {pair for pair, may in table.items() if may} == {
        ("admin", "admin"), ("admin", "manager"), ("admin", "member"),
        ("manager", "manager"), ("manager", "member"), ("member", "manager"), ("member", "member"),
    }  # fmt: skip


def test_nobody_but_an_owner_changes_their_own_role() -> None:
    for actor, becomes in itertools.product(("admin", "manager", "member"), ROLES):
        assert allowed(actor, actor, becomes, own=True) == (actor == becomes)


def test_an_admin_removes_no_owner_and_everybody_may_go() -> None:
    for was in ROLES:
        check_removal("owner", own=False, was=was)
        check_removal(was, own=True, was=was)
    check_removal("admin", own=False, was="admin")
    with pytest.raises(Forbidden, match="owners_only"):
        check_removal("admin", own=False, was="owner")


@pytest.mark.parametrize("role", ROLES)
def test_only_managers_and_members_are_restricted(role: str) -> None:
    check_restriction(role, None)
    if role in ("manager", "member"):
        check_restriction(role, ["prop_1"])
    else:
        with pytest.raises(Unprocessable, match="not_restrictable"):
            check_restriction(role, ["prop_1"])


def test_who_cares_for_members_invites() -> None:
    assert [role for role in ROLES if may_invite(role)] == ["owner", "admin"]


@pytest.mark.parametrize("header", ['"3"', '"2", "3"', "*", ' "3" '])
def test_a_precondition_that_names_the_version_holds(header: str) -> None:
    check(header, 3)


@pytest.mark.parametrize("header", ['"2"', 'W/"3"', "3", "", '"33"', '"2", "4"'])
def test_any_other_does_not(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        check(header, 3)


def test_a_missing_one_is_asked_for() -> None:
    with pytest.raises(PreconditionRequired):
        check(None, 3)


@pytest.mark.parametrize(
    ("was", "becomes", "less"),
    [
        (None, ["a"], True), (["a", "b"], ["b"], True), (["a"], [], True),
        (["a"], None, False), (["a"], ["a", "b"], False), (None, None, False),
    ],
)  # fmt: skip
def test_a_restriction_may_hide_what_the_one_before_it_did_not(
    was: list[str] | None, becomes: list[str] | None, less: bool
) -> None:
    assert sees_less(was, becomes) == less
