"""Which scopes a key gets, and when a rotated one ends: pure."""

from collections.abc import Callable, Sequence

from api.access.permissions import SCOPES, Permission, allows
from api.people.api_keys.errors import scope_beyond_role, unknown_scope
from propflow.clock import LATEST

MOST_KEYS = 50  # live ones of a tenant, its test space included


def expand(asked: Sequence[str], role: str) -> list[str]:
    """The scopes by name, in the order of the table. A pattern stands for what of it the role has.

    Raises Unprocessable for a scope that does not exist, Forbidden for one that the role lacks.
    """
    granted: set[str] = set()
    for scope in asked:
        if "*" in scope:
            granted.update(_matching(scope, role))
        elif scope not in SCOPES:
            raise unknown_scope(scope, SCOPES)
        elif not allows(role, scope):
            raise scope_beyond_role(scope, role)
        else:
            granted.add(scope)
    return [scope for scope in SCOPES if scope in granted]


def can_change(scopes: Sequence[str]) -> bool:
    """Whether a key changes anything, however little: several narrow ones are as good as one that does everything."""
    return any(scope.endswith(":write") for scope in scopes)


def still_known(scopes: Sequence[str]) -> list[str]:
    """What of a key's scopes exists today."""
    return [scope for scope in SCOPES if scope in scopes]


def _matching(pattern: str, role: str) -> list[Permission]:
    """`*`, `*:read` or `bookings:*`; raises Unprocessable for a pattern of nothing."""
    fits = _pattern(pattern)
    named = [scope for scope in SCOPES if fits(scope)]
    if not named:
        raise unknown_scope(pattern, SCOPES)
    return [scope for scope in named if allows(role, scope)]


def _pattern(pattern: str) -> Callable[[str], bool]:
    resource, _, verb = pattern.partition(":")
    if pattern == "*":
        return lambda scope: True
    if resource == "*":
        return lambda scope: scope.partition(":")[2] == verb
    return lambda scope: verb == "*" and scope.partition(":")[0] == resource


def is_over(revoked_at: int | None, expires_at: int | None, now: int) -> bool:
    """Whether a key opens nothing any more."""
    return revoked_at is not None or (expires_at is not None and expires_at <= now)


def successor_ends(expires_at: int | None, created_at: int, now: int) -> int | None:
    """A key that was to live for a while is followed by one that lives as long, as far as instants go."""
    return None if expires_at is None else min(now + expires_at - created_at, LATEST)


def predecessor_ends(expires_at: int | None, now: int, overlap_ms: int) -> int:
    """After the overlap, or when it would have ended anyway."""
    return now + overlap_ms if expires_at is None else min(expires_at, now + overlap_ms)
