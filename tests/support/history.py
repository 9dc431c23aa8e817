"""Records calls for the ledger checker while a race is on: what was asked, when, and what was answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx

from support.ledger_checker import Op


def asks(key: str, **fields: Any) -> Op:
    """What a call asks for, before it is sent; the fields are those of `Op`."""
    return Op(key=key, invoke=0, complete=None, status=None, **fields)


class History:
    """The calls of one race, in the order in which they ended."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    async def record(
        self,
        call: Awaitable[httpx.Response],
        *,
        key: str,
        unit_id: str | None = None,
        start: str | None = None,
        end: str | None = None,
        occupancy_id: str | None = None,
        releases: tuple[str, ...] = (),
        lapses: bool = False,
    ) -> httpx.Response | None:
        """Await the call and note it; None when no answer came. The fields are those of `Op`."""
        asked = asks(
            key, unit_id=unit_id, start=start, end=end, occupancy_id=occupancy_id, releases=releases, lapses=lapses
        )
        invoke = time.monotonic()
        answer = await answer_of(call)
        self.note([asked], answer, invoke)
        return answer

    def note(self, asked: Sequence[Op], answer: httpx.Response | None, invoke: float) -> None:
        """A call that was first sent at `invoke` and has just been answered; several asked are one call."""
        complete = time.monotonic() if answer is not None else None
        status, body = answer.status_code if answer is not None else None, _body(answer)
        for index, (op, told) in enumerate(zip(asked, _each(body, len(asked)), strict=True)):
            evidence = tuple(one for one in body.get("conflicts", ()) if one.get("index", index) == index)
            found = replace(
                op, invoke=invoke, complete=complete, status=status, code=body.get("code"), evidence=evidence,
                occupancy_id=op.occupancy_id or told.get("occupancy_id"),
                answered=_answered(told) if op.unit_id is not None else None,
            )  # fmt: skip
            # Of a call that wants several ranges those are refused that are named; the others may well have been free.
            if len(asked) == 1 or found.outcome != "refused" or evidence:
                self.ops.append(found)

    def tally(self) -> Counter[str]:
        """How many calls ended how."""
        return Counter(op.outcome for op in self.ops)

    def done(self) -> Counter[str]:
        """How many calls of each kind succeeded, by what their keys begin with."""
        return Counter(op.key.partition("-")[0] for op in self.ops if op.outcome == "ok")


async def answer_of(call: Awaitable[httpx.Response]) -> httpx.Response | None:
    """None when none came: the effect is unknown, which the checkers allow for."""
    try:
        return await call
    except (httpx.TransportError, TimeoutError):
        return None


def _each(body: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """What was answered about each range: of a group its bookings, of a swap both, of a stay in parts each of them."""
    several: Iterable[dict[str, Any]] = body.get("bookings") or body.get("data") or [body]
    listed = list(several if count == 1 else body.get("parts", several))
    for index in range(count):
        yield listed[index] if len(listed) == count else {}


def _body(answer: httpx.Response | None) -> dict[str, Any]:
    if answer is None or "json" not in answer.headers.get("content-type", ""):
        return {}
    body = answer.json()
    return body if isinstance(body, dict) else {}


def _answered(body: dict[str, Any]) -> tuple[str, str, str] | None:
    start, end = body.get("check_in", body.get("start")), body.get("check_out", body.get("end"))
    if not (isinstance(body.get("unit_id"), str) and isinstance(start, str) and isinstance(end, str)):
        return None
    return body["unit_id"], start, end
