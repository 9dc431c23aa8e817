"""Queue batches of messages about calendars, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integration.calsync.connected import day
from support.deliver import Envelope, deliver, envelopes
from support.rows import CALSYNC, Rows, row_id
from support.suite import Suite
from support.waiting import eventually


@dataclass
class Units:
    """The units of a tenant of its own, written straight into the database, and what is said of them."""

    suite: Suite
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.rows = Rows(self.suite)

    @property
    def tenant_id(self) -> str:
        return self.rows.tenant_id

    def add(self, count: int = 1, *, channels: Sequence[str] = ("airbnb",)) -> list[str]:
        """Units that are read by these channels."""
        made = [row_id("unit") for _ in range(count)]
        copy = (
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " SELECT tenant_id, ?2, property_id, name, 4, 1, 0, 0 FROM units WHERE id = ?1"
        )
        read = (
            "INSERT INTO calendar_exports (tenant_id, id, unit_id, channel, token_hash, key_id, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?2, 'k1', 0)"
        )
        self.suite.d1_batch([
            *[(copy, [self.rows.unit_id, unit]) for unit in made],
            *[(read, [self.tenant_id, row_id("exp"), unit, channel]) for unit in made for channel in channels],
        ])  # fmt: skip
        return made

    def target(self, unit: str) -> str:
        """Whom the unit's calendar is brought to, and who has it as it is."""
        ident = row_id("push")
        self.suite.d1(
            "INSERT INTO push_targets (tenant_id, id, unit_id, kind, name, host, sealed, pushed_revision,"
            " next_attempt_at, created_at, updated_at) VALUES (?1, ?2, ?3, 'webhook', 'N', 'h', 'x', 1, 0, 0, 0)",
            self.tenant_id, ident, unit,
        )  # fmt: skip
        return ident

    def occupy(self, units: Sequence[str], *, first: int = 0) -> None:
        """Somebody takes two nights of each."""
        take = (
            "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at,"
            " updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, 'owner', 'x', 0, 0)"
        )
        days = [day(first), day(first + 2)]
        self.suite.d1_batch([(take, [self.tenant_id, row_id("occ"), unit, *days]) for unit in units])

    def messages(self, units: Sequence[str], **more: Any) -> list[Envelope]:
        """One message about each, which waits in the outbox; `more` says what else is in it."""
        bodies = []
        for unit in units:
            told = {"tenant_id": self.tenant_id, "outbox_id": row_id("obx"), "unit_id": unit, "request_id": "r"}
            bodies.append({"type": "unit.calendar_changed"} | told | more)
        insert = (
            "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
            " VALUES (?1, ?2, 'unit.calendar_changed', ?3, ?4, 9e12, 0)"
        )
        texts = [(body["outbox_id"], json.dumps(body)) for body in bodies]
        self.suite.d1_batch([(insert, [self.tenant_id, ident, text, CALSYNC]) for ident, text in texts])
        return envelopes(text for _, text in texts)

    def exports(self, units: Sequence[str]) -> list[tuple[int, int]]:
        """How many entries each has, and how often its body changed."""
        sql = "SELECT unit_id, body, revision FROM calendar_exports WHERE tenant_id = ?1 ORDER BY channel"
        found = {row["unit_id"]: row for row in self.suite.d1(sql, self.tenant_id)}
        return [(str(found[unit]["body"]).count("BEGIN:VEVENT"), found[unit]["revision"]) for unit in units]

    def waiting(self, messages: Sequence[Envelope]) -> list[int]:
        rows = self.suite.d1("SELECT id, waiting FROM outbox WHERE tenant_id = ?1", self.tenant_id)
        found = {row["id"]: row["waiting"] for row in rows}
        return [found[json.loads(one.body)["outbox_id"]] for one in messages]

    def reopen(self) -> None:
        """All messages wait again, as if they had never been handled."""
        self.suite.d1("UPDATE outbox SET waiting = ?2 WHERE tenant_id = ?1", self.tenant_id, CALSYNC)


def told(suite: Suite, messages: Sequence[Envelope]) -> tuple[dict[str, int], dict[str, int]]:
    """Deliver them; who is wanted again, after which seconds, and what they cost together."""
    before = suite.output()
    retried = deliver(suite, "calsync", messages).retried
    [cost] = costs(suite, before)
    return retried, cost


def costs(suite: Suite, before: str, event: str = "messages.done") -> list[dict[str, int]]:
    """What each group of messages cost that was handled since then, beside the statement that reads the outbox."""

    def lines() -> list[dict[str, Any]]:
        new = [line for line in suite.output()[len(before) :].splitlines() if f'"event":"{event}"' in line]
        return [json.loads(line[line.index("{") :]) for line in new if line.endswith("}")]

    parts = [line["cost"].split(", ") for line in eventually(lines, what="the line of the group") or []]
    return [{name: int(value) for name, value in (part.split("=") for part in cost)} for cost in parts]
