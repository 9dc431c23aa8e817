"""What a guest gets back who cancels: pure, in whole days of the property's own calendar."""

from datetime import date

import msgspec

from propflow.money import share


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """Who cancels at least so many days before the day of arrival gets back this part, in ten-thousandths."""

    days_before: int
    refund_basis_points: int


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Tiers from the earliest day to the latest; who cancels later than the last gets nothing back."""

    kind: str
    tiers: list[Tier]


def _tiers(*pairs: tuple[int, int]) -> list[Tier]:
    return [Tier(days_before=days, refund_basis_points=points) for days, points in pairs]


NAMED = {
    "flexible": _tiers((1, 10_000)),
    "moderate": _tiers((5, 10_000), (1, 5_000)),
    "strict": _tiers((14, 10_000), (7, 5_000)),
}


def policy_of(kind: str, tiers: list[Tier]) -> Policy:
    """A named policy with its tiers as they are today, so that bookings keep what was promised; or a custom one."""
    return Policy(kind=kind, tiers=sorted(NAMED.get(kind, tiers), key=lambda tier: -tier.days_before))


def refund(policy: Policy | None, paid: int, check_in: str, today: str) -> int:
    """What of `paid` is given back on the local day `today`. Without a policy that is everything."""
    if policy is None:
        return paid
    left = (date.fromisoformat(check_in) - date.fromisoformat(today)).days
    points = next((tier.refund_basis_points for tier in policy.tiers if left >= tier.days_before), 0)
    return share(paid, points)


def parse(text: str | None) -> Policy | None:
    """The policy in a column."""
    return None if text is None else msgspec.json.decode(text, type=Policy)
