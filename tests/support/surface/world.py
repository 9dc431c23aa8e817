"""One tenant with at least one thing of every kind that has an id, and new ones on request."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar

from support.client import Api
from support.people import Manager, fresh_guest, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.verbs import money
from support.waiting import eventually

Row = dict[str, Any]
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
FIRST = date(2028, 1, 3)


def new_id(prefix: str) -> str:
    """An id as the product makes them, for what is put into the database by hand."""
    now = int(time.time() * 1000)
    head = "".join(ALPHABET[now >> 5 * place & 31] for place in reversed(range(10)))
    return f"{prefix}_{head}{tail()}"


def tail() -> str:
    """The random part of an id."""
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


def random_like(known: str) -> str:
    """An id of the same kind and instant that nobody has: as a cursor it sorts where the known one does."""
    prefix, _, rest = known.partition("_")
    return f"{prefix}_{rest[:10]}{tail()}"


def insert(suite: Suite, table: str, row: Row, binding: str = "DB_CORE") -> None:
    """One row by hand."""
    columns = ", ".join(row)
    marks = ", ".join(f"?{number}" for number in range(1, len(row) + 1))
    suite.d1(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values(), binding=binding)


IN_PROPERTIES = frozenset(
    {
        "property",
        "unit",
        "quote",
        "hold",
        "booking",
        "confirmed",
        "arrived",
        "expected",
        "cancelled",
        "elsewhere",
        "group",
        "feed",
        "run",
        "conflict",
        "feed_event",
        "entries_feed",
        "setting_event",
        "imported_event",
        "linked_event",
        "decision",
        "push_target",
        "export",
        "block",
        "lease",
        "active_lease",
        "media",
        "document",
    }
)
"""The kinds of things that a restriction to some properties hides."""


class World:
    """The belongings of one manager's tenant. `ids` holds one of each kind; `fresh(kind)` makes another."""

    owners: ClassVar[set[str]] = set()  # the tenants and people of all worlds

    def __init__(self, suite: Suite, standin: StandIn, manager: Manager, home: str = "") -> None:
        self.suite, self.standin, self.manager = suite, standin, manager
        self.tenant_id = str(manager.tenant["id"])
        self.mark = f"zq{secrets.token_hex(6)}"
        self.home = home or manager.property_id
        self.ids: dict[str, str] = {"property": self.home, "tenant": self.tenant_id}
        World.owners |= {self.tenant_id, str(manager.user["id"])}
        self._nights = 0
        self._latest: dict[str, str] = {}

    def beyond(self) -> World:
        """The same tenant's things under another property."""
        return World(self.suite, self.standin, self.manager, self._new_property())

    def one(self, kind: str) -> str:
        """The id of the thing of this kind, made when first asked for."""
        if kind not in self.ids:
            self.ids[kind] = self.fresh(kind)
        return self.ids[kind]

    def fresh(self, kind: str) -> str:
        """The id of a new thing of this kind."""
        makers: dict[str, Callable[[], str]] = {
            name.removeprefix("_new_"): getattr(self, name) for name in dir(self) if name.startswith("_new_")
        }
        assert kind in makers, f"no maker for {kind}; there are {', '.join(sorted(makers))}"
        self._latest[kind] = made = makers[kind]()
        return made

    def everything(self) -> World:
        """Make one of each kind."""
        for name in dir(self):
            if name.startswith("_new_"):
                self.one(name.removeprefix("_new_"))
        return self

    def stay(self) -> tuple[str, str]:
        """Nights that nothing of this world has taken."""
        self._nights += 3
        start = FIRST + timedelta(days=self._nights)
        return start.isoformat(), (start + timedelta(days=2)).isoformat()

    def sessions(self, count: int) -> list[str]:
        """Tokens of so many new sessions of the manager."""
        tokens = [secrets.token_urlsafe(32) for _ in range(count)]
        now, user_id = _now(), self.manager.user["id"]
        sql = ("INSERT INTO sessions (token_hash, id, tenant_id, user_id, created_at, last_seen_at, expires_at)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)")  # fmt: skip
        rows = [(_hash(token), new_id("ses"), self.tenant_id, user_id, now, now + 86_400_000) for token in tokens]
        for start in range(0, count, 100):
            self.suite.d1_batch([(sql, row) for row in rows[start : start + 100]])
        return tokens

    def link(self, purpose: str) -> str:
        """The token of a link that was mailed to the manager."""
        token = secrets.token_urlsafe(32)
        row = {"id": new_id("otp"), "purpose": purpose, "user_id": self.manager.user["id"],
               "email": self.manager.email, "token_hash": _hash(token), "key_id": "1",
               "expires_at": _now() + 600_000, "created_at": _now()}  # fmt: skip
        insert(self.suite, "one_time_tokens", row)
        return token

    def invited(self) -> str:
        """The token of an invitation that was mailed to somebody new."""
        token = secrets.token_urlsafe(32)
        self._invite(token)
        return token

    def share(self) -> None:
        """Another owner, so that the manager may leave."""
        add_member(self.suite, self.tenant_id, "owner", f"owner-{self.mark}")

    def unverify(self) -> None:
        """The manager has not shown yet that the address is theirs, and was mailed nothing."""
        user_id = self.manager.user["id"]
        self.suite.d1("UPDATE users SET email_verified_at = NULL WHERE id = ?", user_id)
        self.suite.d1("DELETE FROM one_time_tokens WHERE user_id = ?", user_id)

    def _new_tenant(self) -> str:
        return self.tenant_id

    def _new_property(self) -> str:
        return str(ok(self.manager.api.create_property(f"House {self.mark}"))["id"])

    def _new_unit(self) -> str:
        return str(ok(self.manager.api.create_unit(self.home, f"Unit {self.mark}"))["id"])

    def _new_quote(self) -> str:
        return str(ok(self.manager.api.quote(self.one("unit"), *self.stay()))["id"])

    def _new_hold(self) -> str:
        return str(ok(self.manager.api.hold(self.one("unit"), *self.stay(), ttl_seconds=1800))["id"])

    def _new_booking(self) -> str:
        guest = fresh_guest(f"Guest {self.mark}")
        answer = self.manager.api.book(self.one("unit"), *self.stay(), guest=guest, status="pending")
        return str(ok(answer)["id"])

    def _new_confirmed(self) -> str:
        return self._booking(self.one("unit"), *self.stay())

    def _new_arrived(self) -> str:
        booking_id = self._new_expected()
        ok(self.manager.api.post(f"/v1/bookings/{booking_id}/check_in"), 200)
        return booking_id

    def _new_left(self) -> str:
        booking_id = self._new_arrived()
        ok(self.manager.api.post(f"/v1/bookings/{booking_id}/check_out"), 200)
        return booking_id

    def _new_expected(self) -> str:
        """Today, so a unit for each."""
        nights = [(date.today() + timedelta(days=days)).isoformat() for days in (-1, 2)]
        return self._booking(self._new_unit(), *nights)

    def _new_cancelled(self) -> str:
        booking_id = self._new_confirmed()
        ok(self.manager.api.cancel(booking_id), 200)
        return booking_id

    def _new_elsewhere(self) -> str:
        return self._booking(self._new_unit(), *self.stay())

    def _new_group(self) -> str:
        check_in, check_out = self.stay()
        wanted = {"unit_id": self.one("unit"), "check_in": check_in, "check_out": check_out,
                  "guest": fresh_guest(f"Guest {self.mark}")}  # fmt: skip
        made = self.manager.api.post("/v1/booking_groups", {"bookings": [wanted], "name": f"Group {self.mark}"})
        return str(ok(made)["id"])

    def _booking(self, unit_id: str, check_in: str, check_out: str) -> str:
        guest = {"name": f"Guest {self.mark}"}  # reached by nobody
        return str(ok(self.manager.api.book(unit_id, check_in, check_out, guest=guest))["id"])

    def _new_block(self) -> str:
        return str(ok(self.manager.api.block(self.one("unit"), *self.stay(), note=self.mark))["id"])

    def _new_lease(self) -> str:
        body = {"unit_id": self._new_unit(), "start": "2034-01-01", "end": "2034-07-01",
                "renter": {"name": f"Renter {self.mark}"}, "rent": money(90_000)}  # fmt: skip
        return str(ok(self.manager.api.post("/v1/leases", body))["id"])

    def _new_active_lease(self) -> str:
        lease = self._new_lease()
        ok(self.manager.api.post(f"/v1/leases/{lease}/activate"), 200)
        return lease

    def _new_media(self) -> str:
        body = {"unit_id": self.one("unit"), "kind": "photo", "file_name": f"{self.mark}.png",
                "content_type": "image/png", "size": 100}  # fmt: skip
        return str(ok(self.manager.api.post("/v1/media", body))["id"])

    def _new_document(self) -> str:
        body = {"lease_id": self.one("lease"), "kind": "contract", "file_name": f"{self.mark}.pdf",
                "content_type": "application/pdf", "size": 100}  # fmt: skip
        return str(ok(self.manager.api.post("/v1/documents", body))["id"])

    def _new_feed(self) -> str:
        url = self.standin.put_airbnb(f"surface-{secrets.token_hex(6)}")
        return str(ok(self.manager.api.create_feed(self.one("unit"), url, name=f"Feed {self.mark}"))["id"])

    def _new_push_target(self) -> str:
        body = {"unit_id": self.fresh("unit"), "kind": "webhook", "url": f"{self.standin.url}/webhooks/{tail()}"}
        answer = self.manager.api.post("/v1/push_targets", body | {"name": f"Target {self.mark}"})
        if answer.status_code == 201:
            return str(answer.json()["id"])
        assert answer.json()["code"] == "live_only"  # a test space has none, so one is put there
        row = {"tenant_id": self.tenant_id, "id": new_id("push"), "unit_id": body["unit_id"], "kind": "webhook",
               "name": f"Target {self.mark}", "host": "h", "sealed": "x", "next_attempt_at": _now(),
               "created_at": _now(), "updated_at": _now()}  # fmt: skip
        insert(self.suite, "push_targets", row)
        return str(row["id"])

    def _new_run(self) -> str:
        feed = self.one("feed")
        return str(self.suite.d1("SELECT id FROM feed_runs WHERE feed_id = ? ORDER BY id", feed)[0]["id"])

    def _new_export(self) -> str:
        """Of the unit that was asked for last: its path names both."""
        unit, channel = self._latest.get("unit") or self.one("unit"), f"any_{secrets.token_hex(4)}"
        return str(ok(self.manager.api.create_export(unit, channel=channel))["id"])

    def _new_entries_feed(self) -> str:
        """The feed that has the entries and runs."""
        return self._read_feed()

    def _read_feed(self) -> str:
        """A feed whose first run is over: it would say that it does not list what the entries below were listed as."""
        feed, queued = self.one("feed"), "SELECT 1 FROM feed_runs WHERE feed_id = ? AND status = 'queued'"
        eventually(lambda: not self.suite.d1(queued, feed), what="the runs of the feed to end")
        return feed

    def _new_feed_event(self) -> str:
        return str(self._listed(state="removed", missing_since=_now())["occupancy_id"])

    def _new_setting_event(self) -> str:
        return str(self._listed(state="setting", reason="advance_notice")["occupancy_id"])

    def _new_imported_event(self) -> str:
        """One that has its nights."""
        event = self._listed(state="imported", reason="listed")
        row = {"tenant_id": self.tenant_id, "id": event["occupancy_id"], "unit_id": self.one("unit"), "kind": "ical",
               "start_date": event["start_date"], "end_date": event["end_date"], "ref_id": event["feed_id"],
               "source": "ical:example.com", "created_at": _now(), "updated_at": _now()}  # fmt: skip
        insert(self.suite, "occupancies", row)
        return str(event["occupancy_id"])

    def _new_linked_event(self) -> str:
        """One stay with a booking, for whose nights it waits."""
        sql = "SELECT id, unit_id, check_in, check_out FROM bookings WHERE tenant_id = ?1 AND id = ?2"
        [booking] = self.suite.d1(sql, self.tenant_id, self.fresh("booking"))
        nights = {"start_date": booking["check_in"], "end_date": booking["check_out"]}
        event = self._listed(state="waiting", reason="same_stay", booking_id=booking["id"], **nights)
        row = {"tenant_id": self.tenant_id, "id": event["occupancy_id"], "unit_id": booking["unit_id"],
               "feed_id": event["feed_id"], "uid": event["uid"], "source": "ical:example.com", "settled_at": _now(),
               **nights}  # fmt: skip
        insert(self.suite, "waiting_stays", row)
        return str(event["occupancy_id"])

    def _listed(self, **more: Any) -> Row:
        """An entry of the feed, as a run leaves it; its nights are not taken."""
        start, end = self.stay()
        row = {"tenant_id": self.tenant_id, "feed_id": self._read_feed(), "uid": f"{self.mark}-{tail()}",
               "start_date": start, "end_date": end, "kind": "stay", "occupancy_id": new_id("occ"),
               "created_at": _now(), "updated_at": _now()} | more  # fmt: skip
        insert(self.suite, "feed_events", row)
        return row

    def _new_decision(self) -> str:
        event = self._listed(state="setting", reason="advance_notice")
        row = {"tenant_id": self.tenant_id, "feed_id": event["feed_id"], "run_id": self.one("run"), "id": new_id("dec"),
               "uid": event["uid"], "change": "setting", "reason": "advance_notice", "start_date": event["start_date"],
               "end_date": event["end_date"], "occupancy_id": event["occupancy_id"],
               "created_at": event["updated_at"]}  # fmt: skip
        insert(self.suite, "feed_decisions", row)
        return str(row["id"])

    def _new_conflict(self) -> str:
        row = {"tenant_id": self.tenant_id, "id": new_id("con"), "unit_id": self.one("unit"),
               "feed_id": self.one("feed"), "uid": f"{self.mark}-{tail()}", "start_date": "2031-01-01",
               "end_date": "2031-01-03", "created_at": _now()}  # fmt: skip
        insert(self.suite, "conflicts", row)
        return str(row["id"])

    def _new_member(self) -> str:
        return add_member(self.suite, self.tenant_id, "member", f"member-{self.mark}")

    def _new_invitation(self) -> str:
        return self._invite(tail())

    def _invite(self, token: str) -> str:
        sent = _now() - 3_600_000  # long enough ago to be sent again
        row = {"tenant_id": self.tenant_id, "id": new_id("ivt"), "email": f"{tail()}@{self.mark}.example",
               "role": "member", "token_hash": _hash(token), "key_id": "1",
               "invited_by": self.manager.user["id"], "expires_at": _now() + 86_400_000, "created_at": sent,
               "updated_at": sent}  # fmt: skip
        insert(self.suite, "invitations", row)
        return str(row["id"])

    def _new_api_key(self) -> str:
        row = {"key_hash": _hash(tail()), "tenant_id": self.tenant_id, "id": new_id("key"),
               "name": f"Key {self.mark}", "hint": "abcd", "scopes": json.dumps(["units:read"]),
               "created_by": self.manager.user["id"], "created_at": _now()}  # fmt: skip
        insert(self.suite, "api_keys", row)
        return str(row["id"])

    def _new_session(self) -> str:
        row = {"token_hash": _hash(tail()), "id": new_id("ses"), "tenant_id": self.tenant_id,
               "user_id": self.manager.user["id"], "device": f"Device {self.mark}", "created_at": _now(),
               "last_seen_at": _now(), "expires_at": _now() + 86_400_000}  # fmt: skip
        insert(self.suite, "sessions", row)
        return str(row["id"])

    def _new_audit_event(self) -> str:
        row = {"tenant_id": self.tenant_id, "id": new_id("obx"), "at": _now(), "actor": self.manager.user["id"],
               "action": "unit.created", "object_id": self.one("unit"),
               "changes": json.dumps({"name": self.mark}), "request_id": "req_x"}  # fmt: skip
        insert(self.suite, "audit_events", row, binding="DB_AUDIT")
        return str(row["id"])


def new_world(suite: Suite, standin: StandIn, name: str) -> World:
    """The world of a new manager, on a plan without limits."""
    stranger = Api(suite.url)
    manager = sign_up(stranger, name)
    stranger.close()
    on_business(suite, manager.tenant["id"])
    return World(suite, standin, manager)


def add_member(suite: Suite, tenant_id: str, role: str, name: str) -> str:
    """A person without a password who is a member of the tenant."""
    user = {"id": new_id("usr"), "email": f"{name}-{tail()}@example.net", "email_verified_at": _now(), "name": name,
            "created_at": _now(), "updated_at": _now()}  # fmt: skip
    insert(suite, "users", user)
    row = {"tenant_id": tenant_id, "user_id": user["id"], "role": role, "created_at": _now(), "updated_at": _now()}
    insert(suite, "memberships", row)
    return str(user["id"])


def on_business(suite: Suite, tenant_id: str) -> None:
    """A plan without limits, so that no test meets one."""
    suite.d1("UPDATE subscriptions SET ended_at = ?1 WHERE tenant_id = ?2 AND ended_at IS NULL", _now(), tenant_id)
    row = {"tenant_id": tenant_id, "id": new_id("sub"), "plan": "business", "status": "active", "started_at": _now()}
    insert(suite, "subscriptions", row)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _now() -> int:
    return int(time.time() * 1000)
