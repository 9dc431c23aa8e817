"""Invitations go to strangers: they take of what one mailbox gets, and wait when that is gone."""

from __future__ import annotations

import asyncio

import pytest
from support.in_memory import InMemory

from notify.context import Bindings
from notify.delivery import budgets
from notify.letters.accounts.service import AccountMails
from propflow import clock, one_time
from propflow.clock import DAY
from propflow.errors import Unavailable
from propflow.keyring import Keyring
from propflow.messages import AccountMailRequested
from tests.unit.notify.test_claims import NOW, Messages
from tests.unit.notify.test_notifying import KEYS, SETTINGS, Provider


class Inviting(Messages):
    """A tenant whose owner is known and who pays for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.email = Provider()
        self.stand(plan="free", verified=True)

    def invitation(self, number: int, tenant: str = "ten_1") -> AccountMailRequested:
        """To one mailbox, by another of its addresses."""
        object_id, outbox_id = f"inv_{number}", f"obx_{number}"
        token = one_time.token(Keyring.parse(KEYS), "k", "invitation", object_id, 1)
        self.core.run(
            "INSERT INTO invitations (tenant_id, id, email, role, token_hash, key_id, invited_by, expires_at,"
            " created_at, updated_at) VALUES (?, ?, ?, 'manager', ?, 'k', 'usr_1', ?, ?, ?)",
            tenant, object_id, f"nina+{number}@example.net", one_time.token_hash(token), NOW + 7 * DAY, NOW, NOW,
        )  # fmt: skip
        self.core.run(
            "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
            " VALUES (?, ?, 'account.mail_requested', '{}', 1, 0, 0)", tenant, outbox_id,
        )  # fmt: skip
        return AccountMailRequested(tenant_id=tenant, outbox_id=outbox_id, mail="invitation", object_id=object_id)

    def send(self, message: AccountMailRequested) -> None:
        """One attempt."""
        bindings = Bindings(core=InMemory("core", db=self.core.db), settings=SETTINGS)
        asyncio.run(AccountMails(bindings, self.email).send(message))

    def stands(self) -> list[tuple[str, str | None]]:
        """How each mail stands, and why."""
        return [(row["status"], row["reason"]) for row in self.core.run("SELECT status, reason FROM deliveries")]


@pytest.fixture
def inviting(monkeypatch: pytest.MonkeyPatch) -> Inviting:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    return Inviting()


def test_a_stranger_writes_to_one_mailbox_twice_a_day_and_the_third_invitation_waits(
    inviting: Inviting, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [inviting.invitation(number) for number in range(3)]
    for message in messages:
        inviting.send(message)
    assert len(inviting.email.sent) == 2
    assert inviting.stands() == [("sent", None), ("sent", None), ("pending", budgets.RECIPIENT)]
    [row] = inviting.core.run("SELECT next_attempt_at FROM outbox WHERE waiting = 1")
    assert row["next_attempt_at"] >= budgets.end_of(NOW, DAY)
    monkeypatch.setattr(clock, "now_ms", lambda: int(row["next_attempt_at"]))
    inviting.send(messages[-1])
    assert inviting.stands() == [("sent", None)] * 3


def test_an_invitation_is_counted_once_however_often_it_is_tried(inviting: Inviting) -> None:
    message = inviting.invitation(1)
    inviting.send(message)
    inviting.core.run("UPDATE deliveries SET status = 'pending', lease_until = 0")
    inviting.send(message)
    assert {row["used"] for row in inviting.core.run("SELECT used FROM message_budgets")} == {1}


def test_an_invitation_of_who_was_suspended_just_now_waits(inviting: Inviting) -> None:
    message = inviting.invitation(1)
    inviting.stand(plan="free", verified=True, suspended=True)
    with pytest.raises(Unavailable):
        inviting.send(message)
    assert inviting.stands() == []
