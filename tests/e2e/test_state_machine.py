"""Any sequence of requests against a simple model: the same answers, the same nights, the same events.

MACHINE_RUNS sequences of 30 steps; SEED repeats them. A divergence is shrunk to the shortest sequence that shows it.
"""

import os
import secrets
from collections.abc import Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from support.calendar_machine import Machine
from support.calendar_model import (
    OPEN,
    RATE,
    TAKEN,
    TRANSITIONS,
    UNDONE,
    Block,
    Booking,
    Hold,
    Lease,
    Outcome,
    Span,
    Stay,
)
from support.channel import Space
from support.people import Manager, ok
from support.seeds import SEED
from support.standin_client import StandIn
from support.suite import Suite
from support.verbs import Json

RUNS, STEPS = int(os.environ.get("MACHINE_RUNS", "10")), 30
HALF = {"kind": "custom", "tiers": [{"days_before": 1, "refund_basis_points": 4_000}]}

index = st.integers(0, 11)
starts, nights = st.integers(0, 15), st.integers(1, 4)
spans = st.builds(lambda unit, start, length: (unit, start, start + length), st.integers(0, 3), starts, nights)
verbs = st.sampled_from(["cancel", "reinstate", *TRANSITIONS])  # these two more often: they free and take nights
WORDS: list[tuple[str, Json]] = [  # what is to be priced, and how it may be said
    ("changed", {}), ("all", {"reprice": "all"}), ("none", {"reprice": "none"}), ("none", {"keep_price": True}),
    ("all", {"keep_price": False}),
]  # fmt: skip
FREES_OR_TAKES = {"cancel", "check_out", "no_show", "reinstate", "undo_check_out"}
T = TypeVar("T")


class Calendar(Machine):
    """Everything that can be asked about nights."""

    # Bookings ----------------------------------------------------------------------------------------------------

    @rule(where=spans, pending=st.booleans(), half=st.booleans())
    def book(self, where: tuple[int, int, int], pending: bool, half: bool) -> None:
        span = self.span(where)
        self._book(span, self.model.stay(span), "pending" if pending else "confirmed", half)

    @precondition(lambda self: self.model.holds)
    @rule(which=index)
    def book_with_a_hold(self, which: int) -> None:
        hold = of(self.model.holds, which)
        wanted = None if hold.status == "live" else (409, "hold_expired")
        if self._book(hold.span, wanted, "confirmed", False, hold_id=hold.id):
            hold.status = "used"

    @precondition(lambda self: self.model.quotes)
    @rule(which=index)
    def book_with_a_quote(self, which: int) -> None:
        quote, span = of(self.model.quotes, which)
        self._book(span, self.model.stay(span), "confirmed", False, quote_id=quote)

    def _book(self, span: Span, wanted: Outcome, status: str, half: bool, **more: Any) -> bool:
        body = self.stay(span) | {"guests": 2, "guest": {"name": "Grace Guest"}, "status": status} | more
        if half:
            body["cancellation_policy"] = HALF
        answer = self.ask("POST", "/v1/bookings", body, wanted, [("booking.created", None)])
        if answer is not None:
            self.model.bookings.append(self._made(answer.json(), span, half, answer.headers["etag"]))
        return answer is not None

    def _made(self, told: Json, span: Span, half: bool, etag: str | None) -> Booking:
        made = Booking(told["id"], told["status"], span, 4_000 if half else 10_000, etag)
        self.same(made, told)
        return made

    @precondition(lambda self: self.model.bookings)
    @rule(which=index, verb=verbs)
    def change(self, which: int, verb: str) -> None:
        booking = of(self.model.bookings, which)
        wanted, status = self.model.verb(booking, verb), self.model.target(booking, verb)
        events = [] if booking.status == status else [(f"booking.{UNDONE.get(verb, status)}", booking.id)]
        if events and verb in FREES_OR_TAKES:
            events += self.model.told(booking, booking.parts(), [], {booking.span[0]})
        answer = self.ask("POST", f"/v1/bookings/{booking.id}/{verb}", {}, wanted, events)
        if answer is None:
            return
        if verb == "cancel" and booking.status != "cancelled":
            self.model.cancelled(booking)
        elif verb == "reinstate":
            booking.refund = None
        booking.status, booking.etag = status, answer.headers["etag"]
        self.same(booking, answer.json())

    @precondition(lambda self: self.model.bookings)
    @rule(which=index, where=spans, word=st.sampled_from(WORDS))
    def move(self, which: int, where: tuple[int, int, int], word: tuple[str, Json]) -> None:
        booking, to = of(self.model.bookings, which), self.span(where)
        self._move(booking, [to], self.stay(to), word)

    @precondition(lambda self: self.model.bookings)
    @rule(which=index, unit=st.integers(0, 3), night=st.integers(0, 3), word=st.sampled_from(WORDS))
    def change_unit(self, which: int, unit: int, night: int, word: tuple[str, Json]) -> None:
        """From some night of the stay on the guest is in that unit."""
        booking = of(self.model.bookings, which)
        name, day = self.model.units[unit], booking.span[1] + night
        body, path = {"unit_id": name, "from": self.day(day)}, f"/v1/bookings/{booking.id}/move"
        if day < booking.span[2]:
            self._move(booking, self.model.changed(booking, name, day), body, word)
        elif booking.status in ("pending", "confirmed", "checked_in"):
            self.ask("POST", path, body, (422, "from_outside_stay"))

    def _move(self, booking: Booking, to: Sequence[Span], where: Json, word: tuple[str, Json]) -> None:
        wanted, (reprice, said) = self.model.move(booking, to), word
        after = self.model.moved(booking, to, reprice)
        body, path = where | said, f"/v1/bookings/{booking.id}/move"
        if wanted is None or wanted == TAKEN:
            told = ok(self.api.post(path, body | {"dry_run": True}, key=None), 200)
            more = {"amount": after.total - booking.total, "currency": "EUR"}
            assert (told["reprice"], told["difference"], told["free"]) == (reprice, more, wanted is None)
        answer = self.ask("POST", path, body, wanted, self._moves(booking, after))
        if answer is not None:
            booking.span, booking.later, booking.sold = after.span, after.later, after.sold
            booking.etag = answer.headers["etag"]
            self.same(booking, answer.json())

    def _moves(self, booking: Booking, after: Booking) -> list[tuple[str, str | None]]:
        """The events of a move: other nights, other units, and what it means to units of which these do not tell."""
        had, has = booking.parts(), after.parts()
        if had == has:
            return [("booking.updated", booking.id)] if after.sold != booking.sold else []
        dated = [("booking.date_changed", booking.id)] if after.span[1:] != booking.span[1:] else []
        elsewhere = [unit for unit, *_ in had] != [unit for unit, *_ in has]
        moved = [("booking.relocated", booking.id)] if elsewhere or not dated else []
        named = {had[0][0], has[0][0]} if len(had) == len(has) == 1 else set[str]()
        return [*dated, *moved, *self.model.told(booking, had, has, named)]

    @precondition(lambda self: len(self.model.bookings) > 1)
    @rule(which=index, other=index)
    def swap(self, which: int, other: int) -> None:
        pair = of(self.model.bookings, which), of(self.model.bookings, other)
        body = {"booking_id": pair[0].id, "other_booking_id": pair[1].id}
        events = [("booking.relocated", booking.id) for booking in pair]
        answer = self.ask("POST", "/v1/bookings/swap", body, self.model.swap(*pair), events)
        if answer is None:
            return
        units = pair[1].span[0], pair[0].span[0]
        for booking, unit, told in zip(pair, units, answer.json()["data"], strict=True):
            booking.span, booking.etag = (unit, *booking.span[1:]), None
            self.same(booking, told)

    @rule(wheres=st.lists(spans, min_size=2, max_size=3, unique_by=lambda where: where[0]))
    def book_together(self, wheres: list[tuple[int, int, int]]) -> None:
        stays = [self.span(where) for where in wheres]
        wanted = [self.stay(span) | {"guests": 2, "guest": {"name": "Grace Guest"}} for span in stays]
        body, events = {"bookings": wanted}, [("booking.created", None)]
        answer = self.ask("POST", "/v1/booking_groups", body, self.model.group(stays), events)
        if answer is not None:
            told = answer.json()
            made = [self._made(one, span, False, None) for one, span in zip(told["bookings"], stays, strict=True)]
            self.model.bookings += made
            self.model.groups.append((told["id"], made))

    @precondition(lambda self: self.model.groups)
    @rule(which=index)
    def cancel_together(self, which: int) -> None:
        group, bookings = of(self.model.groups, which)
        wanted = next((no for one in bookings if (no := self.model.verb(one, "cancel")) is not None), None)
        open_ = [one for one in bookings if one.status != "cancelled"]
        events = [("booking.cancelled", one.id) for one in open_]
        events += [more for one in open_ for more in self.model.told(one, one.parts(), [], {one.span[0]})]
        if self.ask("POST", f"/v1/booking_groups/{group}/cancel", {}, wanted, events) is not None:
            for one in open_:
                self.model.cancelled(one)
                one.status, one.etag = "cancelled", None

    @precondition(lambda self: self.model.bookings)
    @rule(which=index, guests=st.integers(1, 4), seen=st.sampled_from(["right", "stale", "weak", "none"]))
    def edit(self, which: int, guests: int, seen: str) -> None:
        booking = of(self.model.bookings, which)
        if booking.etag is None:
            booking.etag = self.api.get_booking(booking.id).headers["etag"]
        etag = {"right": booking.etag, "stale": '"0"', "weak": f"W/{booking.etag}", "none": None}[seen]
        refused = {"right": None, "none": (428, "if_match_required")}.get(seen, (412, "changed_meanwhile"))
        events = [] if guests == booking.guests else [("booking.updated", booking.id)]
        answer = self.ask("PATCH", f"/v1/bookings/{booking.id}", {"guests": guests}, refused, events, etag)
        if answer is not None:
            if guests != booking.guests:
                self.model.edited(booking)
            booking.guests, booking.etag = guests, answer.headers["etag"]
            self.same(booking, answer.json())

    # Quotes, holds, blocks, leases ---------------------------------------------------------------------------------

    @rule(where=spans)
    def quote(self, where: tuple[int, int, int]) -> None:
        span = self.span(where)
        wanted = None if self.model.allowed(span) else (422, "stay_not_allowed")
        answer = self.ask("POST", "/v1/quotes", self.stay(span) | {"guests": 2}, wanted)
        if answer is not None:
            assert answer.json()["total"]["amount"] == RATE * (span[2] - span[1])
            self.model.quotes.append((answer.json()["id"], span))

    @rule(where=spans)
    def hold(self, where: tuple[int, int, int]) -> None:
        span = self.span(where)
        body, events = self.stay(span) | {"ttl_seconds": 1800}, [("hold.created", None)]
        answer = self.ask("POST", "/v1/holds", body, self.model.stay(span), events)
        if answer is not None:
            self.model.holds.append(Hold(answer.json()["id"], span))

    @precondition(lambda self: self.model.holds)
    @rule(which=index)
    def release(self, which: int) -> None:
        hold = of(self.model.holds, which)
        wanted = (409, "hold_used") if hold.status == "used" else None
        events = [("hold.released", hold.id)] if hold.status == "live" else []
        if self.ask("DELETE", f"/v1/holds/{hold.id}", None, wanted, events) is not None:
            hold.status = "released"

    @rule(where=spans)
    def block(self, where: tuple[int, int, int]) -> None:
        unit, start, end = span = self.span(where)
        body = {"unit_id": unit, "start": self.day(start), "end": self.day(end), "kind": "owner"}
        wanted = self.model.stay(span, rules=False)
        answer = self.ask("POST", "/v1/blocks", body, wanted, [("block.created", None)])
        if answer is not None:
            self.model.blocks.append(Block(answer.json()["id"], span, answer.headers["etag"]))

    @precondition(lambda self: self.model.blocks)
    @rule(which=index, where=spans, stale=st.booleans())
    def move_block(self, which: int, where: tuple[int, int, int], stale: bool) -> None:
        block = of(self.model.blocks, which)
        to = (block.span[0], *where[1:])
        wanted = self.model.stay(to, [block], rules=False) if to != block.span else None
        wanted = (412, "changed_meanwhile") if stale else wanted
        wanted = wanted if block.live else (404, "block_not_found")
        body = {"start": self.day(to[1]), "end": self.day(to[2])}
        events = [("block.moved", block.id)] if to != block.span else []
        etag = '"77"' if stale else block.etag
        answer = self.ask("PATCH", f"/v1/blocks/{block.id}", body, wanted, events, etag)
        if answer is not None:
            block.span, block.etag = to, answer.headers["etag"]

    @precondition(lambda self: self.model.blocks)
    @rule(which=index)
    def free(self, which: int) -> None:
        block = of(self.model.blocks, which)
        wanted = None if block.live else (404, "block_not_found")
        self.ask("DELETE", f"/v1/blocks/{block.id}", None, wanted, [("block.deleted", block.id)])
        block.live = False

    @rule(where=spans, open_end=st.booleans())
    def draft(self, where: tuple[int, int, int], open_end: bool) -> None:
        unit, start, end = self.span(where)
        end = OPEN if open_end else end
        body = {"unit_id": unit, "start": self.day(start), "end": self.end(end), "renter": {"name": "Rita"},
                "rent": {"amount": 100_000, "currency": "EUR"}}  # fmt: skip
        answer = self.ask("POST", "/v1/leases", body, None, [("lease.created", None)])
        assert answer is not None
        self.model.leases.append(Lease(answer.json()["id"], (unit, start, end)))

    @precondition(lambda self: self.model.leases)
    @rule(which=index, verb=st.sampled_from(["activate", "activate", "renew", "terminate", "cancel"]), day=starts,
          open_end=st.booleans())  # fmt: skip
    def change_lease(self, which: int, verb: str, day: int, open_end: bool) -> None:
        lease = of(self.model.leases, which)
        end = OPEN if verb == "renew" and open_end else day
        body: Json = {"renew": {"end": self.end(end)}, "terminate": {"date": self.end(end)}}.get(verb, {})
        wanted, name = self.model.lease(lease, verb, end), lease.status
        after = {"activate": "active", "renew": "active", "terminate": "terminated", "cancel": "cancelled"}[verb]
        event = {"activate": "activated", "renew": "renewed"}.get(verb, after)
        same = name == after and verb != "renew"
        events = [] if same else [(f"lease.{event}", lease.id)]
        answer = self.ask("POST", f"/v1/leases/{lease.id}/{verb}", body, wanted, events)
        if answer is not None and not same:
            start = lease.span[1]
            lease.status = after
            lease.span = (lease.span[0], start, end if verb in ("renew", "terminate") else lease.span[2])
            assert (answer.json()["status"], answer.json()["end"]) == (after, self.end(lease.span[2]))

    # Channels -----------------------------------------------------------------------------------------------------

    @rule(whole=st.booleans(), start=starts, length=st.integers(2, 8))
    def channel_sells(self, whole: bool, start: int, length: int) -> None:
        """Nights that it has sold to nobody; it knows of no others."""
        span = (self.model.units[int(whole)], start + 1, start + 1 + length)
        if self.model.unsold(span):
            self.model.stays.append(Stay(f"1418fb94e984-{secrets.token_hex(5)}@airbnb.com", span))
            self.sync(span[0])

    @precondition(lambda self: self.model.stays)
    @rule(which=index, start=starts, length=st.integers(1, 6))
    def channel_moves(self, which: int, start: int, length: int) -> None:
        stay = of(self.model.stays, which)
        to = (stay.span[0], start + 1, start + 1 + length)
        if stay.listed and self.model.unsold(to, stay):
            stay.span = to
            self.sync(stay.span[0])

    @precondition(lambda self: self.model.stays)
    @rule(which=index)
    def channel_cancels(self, which: int) -> None:
        """What is gone in two readings, an hour apart, is gone, if the calendar is not empty by it."""
        stay = of(self.model.stays, which)
        if stay.listed and sum(one.listed for one in self.model.stays if one.span[0] == stay.span[0]) > 1:
            stay.listed = False
            self.vanish(stay.span[0])
            self.sync(stay.span[0])

    # The same again, and what can be seen ---------------------------------------------------------------------------

    @precondition(lambda self: self.last is not None)
    @rule(other=st.booleans())
    def ask_again(self, other: bool) -> None:
        """The same key is the same answer, and nothing happens; with another body it is refused."""
        assert self.last is not None
        (method, path, body, key), first = self.last
        again = self.api.request(method, path, json=body, key=key)
        assert (again.status_code, again.text) == (first.status_code, first.text)
        assert again.headers["idempotency-replayed"] == "true"
        if other and method == "POST":
            changed = self.api.request(method, path, json=body | {"another": 1}, key=key)
            assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
        assert self.happened() == []

    @rule(start=starts, length=nights)
    def search(self, start: int, length: int) -> None:
        found = ok(self.api.availability(self.day(start), self.day(start + length)), 200)["data"]
        free = [unit for unit in self.model.units if self.model.stay((unit, start, start + length)) is None]
        assert {one["unit_id"] for one in found} == set(free)
        assert {one["total"]["amount"] for one in found} <= {RATE * length}


def of(things: Sequence[T], which: int) -> T:
    return things[which % len(things)]


@pytest.mark.timeout(300 + 30 * RUNS)
def test_no_sequence_of_requests_leaves_the_model(suite: Suite, standin: StandIn, alice: Manager) -> None:
    space = Space(suite, standin, alice)
    units = [space.unit_id, *(space.new_unit() for _ in range(3))]
    ok(space.api.set_parts(units[1], units[2:]), 200)
    channels = {}
    for unit in units[:2]:
        space.unit_id = unit
        channels[unit] = space.connect([])
    machine = type("Here", (Calendar,), {"space": space, "units": units, "channels": channels})
    print(f"{RUNS} runs of {STEPS} steps, seed {SEED}")
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
        ),
    )  # fmt: skip
