"""What an organisation is told about its messages: what leaves, and if not, why."""

from __future__ import annotations

import pytest

from api.people.tenants.repository import TenantRow
from api.people.tenants.service import view
from api.people.tenants.views import Channel, Messaging
from propflow.standing import TEST_SPACE


@pytest.mark.parametrize(("mode", "channel"), [("live", Channel(allowed=True, reason=None)), ("test", None)])
def test_nothing_leaves_a_test_space(mode: str, channel: Channel | None) -> None:
    row = TenantRow(
        id="t", name="n", plan="pro", subscription_status="active", mode=mode, version=1, created_at=0,
        suspended=False, verified=True, pays=True, sms=True,
    )  # fmt: skip
    expected = channel or Channel(allowed=False, reason=TEST_SPACE)
    assert view(row).messaging == Messaging(email=expected, sms=expected)
