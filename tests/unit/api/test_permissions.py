"""One table says who may do what; a route that names no line of it does not exist."""

from collections.abc import Iterator
from typing import Any

import pytest
from support.process import ROOT

from api.access.dependencies import anonymous
from api.access.permissions import TABLE, allows, require, table
from api.app import DOMAINS, build
from propflow.errors import Forbidden

# Adding to this list opens a route to the whole world.
ANYBODY = {
    "/healthz", "/v1/auth/signup", "/v1/auth/login", "/v1/auth/forgot_password", "/v1/auth/reset_password",
    "/v1/auth/verify_email", "/v1/auth/google", "/v1/auth/google/start", "/v1/auth/google/nonce",
    "/v1/auth/google/callback", "/v1/invitations/accept",
}  # fmt: skip


def declared() -> Iterator[tuple[str, str, Any]]:
    """Each route with what it asks of its caller."""
    for domain in DOMAINS:
        for route in domain.routes.router.routes:
            asked = [getattr(one.call, "permission", one.call) for one in route.dependant.dependencies]
            yield route.path, ",".join(route.methods), asked


def test_every_route_declares_exactly_one_permission_or_is_for_anybody() -> None:
    for path, methods, asked in declared():
        if path in ANYBODY:
            assert asked == [anonymous], path
        else:
            assert len(asked) == 1 and asked[0] in TABLE, f"{methods} {path} asks for {asked}"


def test_no_route_of_the_api_is_overlooked() -> None:
    assert {path for path, _, _ in declared()} == set(build().openapi()["paths"])


def test_what_changes_something_asks_for_more_than_reading() -> None:
    for path, methods, asked in declared():
        if "POST" in methods and path not in ANYBODY and asked not in (["self"], ["leave"]):
            assert asked[0].partition(":")[2] in {"write", "transfer"}, path


@pytest.mark.parametrize("permission", TABLE)
def test_an_owner_may_everything_and_a_stranger_nothing(permission: Any) -> None:
    assert allows("owner", permission)
    assert not allows("cleaner", permission)
    assert not allows("", permission)


def test_each_role_may_no_more_than_the_one_above() -> None:
    for higher, lower in (("owner", "admin"), ("admin", "manager"), ("manager", "member")):
        for permission in TABLE:
            assert allows(higher, permission) or not allows(lower, permission)


def test_a_refusal_says_what_the_role_lacks() -> None:
    with pytest.raises(Forbidden, match=r"member.*book, confirm, cancel"):
        require("member", "bookings:write")


def test_the_documented_table_is_the_one_in_the_code() -> None:
    assert table() in (ROOT / "docs/permissions.md").read_text()
