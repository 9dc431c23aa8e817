"""Who invites as what, how often mails go out, and when an invitation is over."""

import pytest

from api.people.invitations import rules
from propflow.errors import Conflict, Forbidden, LimitExceeded

NOW = 1_000_000_000


def test_only_an_owner_invites_an_admin() -> None:
    for actor, role in (("owner", "admin"), ("owner", "member"), ("admin", "manager"), ("admin", "member")):
        rules.check_role(actor, role)
    with pytest.raises(Forbidden, match="owners_only"):
        rules.check_role("admin", "admin")


@pytest.mark.parametrize(
    ("status", "expires_at", "shown"),
    [("pending", NOW + 1, "pending"), ("pending", NOW, "expired"), ("accepted", NOW, "accepted"),
     ("revoked", NOW, "revoked")],
)  # fmt: skip
def test_a_pending_one_that_ran_out_is_expired(status: str, expires_at: int, shown: str) -> None:
    assert rules.status_at(status, expires_at, NOW) == shown


def test_it_is_mailed_again_after_a_minute_and_ten_times() -> None:
    rules.check_resend("pending", 10, NOW - rules.PAUSE, NOW)
    rules.check_resend("expired", 1, NOW - rules.LIFE, NOW)
    with pytest.raises(LimitExceeded) as soon:
        rules.check_resend("pending", 1, NOW - 1, NOW)
    assert soon.value.retry_after == 60
    with pytest.raises(LimitExceeded, match="often enough"):
        rules.check_resend("pending", rules.MOST_MAILS, 0, NOW)


@pytest.mark.parametrize("status", ["accepted", "revoked"])
def test_what_is_over_is_not_mailed_again(status: str) -> None:
    with pytest.raises(Conflict, match=status):
        rules.check_resend(status, 1, 0, NOW)


def test_a_tenant_and_an_address_have_their_share_of_a_day() -> None:
    rules.check_amount(rules.MOST_PER_DAY - 1, rules.MOST_PER_ADDRESS - 1)
    for today, to_address in ((rules.MOST_PER_DAY, 0), (0, rules.MOST_PER_ADDRESS)):
        with pytest.raises(LimitExceeded, match="too_many_mails"):
            rules.check_amount(today, to_address)
