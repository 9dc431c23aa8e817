"""Who may do what to whom: pure. That an owner remains is for the database to say, whatever happens at once."""

from collections.abc import Sequence

from api.people.memberships.errors import not_restrictable, own_role, owners_only

OWNER, ADMIN = "owner", "admin"
INVITERS = frozenset({OWNER, ADMIN})
RESTRICTABLE = frozenset({"manager", "member"})


def check_change(actor: str, *, own: bool, was: str, becomes: str) -> None:
    """Whether `actor` (a role) may give a member with the role `was` the role `becomes`."""
    if own and becomes != was and actor != OWNER:
        raise own_role()
    if actor == OWNER:
        return
    if was == OWNER:
        raise owners_only("change an owner")
    if becomes != was and becomes in INVITERS:
        raise owners_only(f"make an {becomes}")


def check_removal(actor: str, *, own: bool, was: str) -> None:
    """Whether `actor` may remove a member; everybody may leave."""
    if not own and was == OWNER and actor != OWNER:
        raise owners_only("remove an owner")


def check_restriction(role: str, property_ids: Sequence[str] | None) -> None:
    """Owners and admins see everything; raises Unprocessable when they are to be restricted."""
    if property_ids is not None and role not in RESTRICTABLE:
        raise not_restrictable(role)


def sees_less(was: Sequence[str] | None, becomes: Sequence[str] | None) -> bool:
    """Whether a restriction hides a property that the one before it did not."""
    return becomes is not None and (was is None or not set(was) <= set(becomes))


def may_invite(role: str) -> bool:
    """Whether who has this role invites others; who loses it takes their invitations along."""
    return role in INVITERS
