"""`make bench`: one run that starts the product and measures its hot paths.

Timings are ratios to the no-op of the same run, because machines differ; counted figures are exact and are committed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

import httpx

sys.path.insert(0, str(File(__file__).resolve().parents[1]))

from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite

from load.feeds import per_minute
from load.figures import FILE, count, grown, recorded
from load.paths import Path, Request, Walk
from load.postgres.server import INSTALL, Native, binaries
from load.reading import measure_reading

SECONDS, CLIENTS = 4.0, 16
FEW = {"log-in": 3}  # hashing is slow on purpose; more clients would only wait


@dataclass
class Timing:
    """One path under load."""

    requests_per_second: float
    cpu_ms: float


async def load(url: str, calls: Iterator[Request], status: int, clients: int) -> int:
    """Send calls for a while; returns how many were answered as they should be."""
    until, done = time.monotonic() + SECONDS, 0

    async def one(client: httpx.AsyncClient) -> None:
        nonlocal done
        while time.monotonic() < until:
            method, path, headers, body = next(calls)
            answer = await client.request(method, path, headers=headers, json=body)
            assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
            done += 1

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await asyncio.gather(*[one(client) for _ in range(clients)])
    return done


def measure(suite: Suite, path: Path) -> Timing:
    """Warm up, then measure requests per second and CPU of the runtime per request."""
    calls = path.requests()
    clients = FEW.get(path.name, CLIENTS)
    asyncio.run(load(suite.url, itertools.islice(calls, 10_000), path.status, clients))
    before, begun = suite.stats()["cpu_ms"], time.monotonic()
    done = asyncio.run(load(suite.url, calls, path.status, clients))
    elapsed = time.monotonic() - begun
    return Timing(done / elapsed, (suite.stats()["cpu_ms"] - before) / done)


def main() -> int:
    """Measure, report, and write or check the counted figures."""
    standin = StandIn().start()
    suite = Suite(standin.url, passwords="strong").start()
    try:
        counted = count(suite, standin)
        walk = Walk(suite)
        read_ms, event_us = measure_reading(suite, standin)
        read_a_minute = per_minute(Walk(suite), standin)
        timings = {path.name: _announce(path, measure(suite, path), walk) for path in walk.paths() if path.timed}
        stats = suite.stats()
        other = native(walk)
    finally:
        suite.stop()
        standin.stop()
    print(report(counted, timings, stats["import_ms"], stats["rss_kb"]))
    print(compared(timings, other))
    print(f"ical read: {event_us:.1f} µs per event; check of an address with 1,000 of them {read_ms:.1f} ms of CPU")
    print(f"feeds without news: {read_a_minute:.0f} a minute")
    if "--check" in sys.argv:
        worse = grown(recorded(), counted)
        print("\n".join(worse) or "No counted figure grew.")
        return 1 if worse else 0
    FILE.write_text(json.dumps({"generated_by": "make bench", "counted": counted}, indent=2) + "\n")
    return 0


def native(walk: Walk) -> dict[str, float] | None:
    """Requests per second of the same booking on PostgreSQL, after ours; None where it is not installed."""
    programs = binaries()
    if programs is None:
        return None
    application = Native(programs).start()
    try:
        floor = Path("no-op", 401, lambda: itertools.repeat(("GET", "/no-op", {}, None)))
        booking = next(path for path in walk.paths() if path.name == "booking commit")
        return {path.name: asyncio.run(_rate(application.url, path)) for path in (floor, booking)}
    finally:
        application.stop()


async def _rate(url: str, path: Path) -> float:
    calls = path.requests()
    await load(url, itertools.islice(calls, 10_000), path.status, CLIENTS)
    begun = time.monotonic()
    return await load(url, calls, path.status, CLIENTS) / (time.monotonic() - begun)


def compared(timings: dict[str, Timing], other: dict[str, float] | None) -> str:
    """Our booking beside FastAPI, asyncpg and an exclusion constraint, each as a part of its own no-op."""
    if other is None:
        return f"PostgreSQL for comparison: {INSTALL}"
    ours, floor = (timings[name].requests_per_second for name in ("booking commit", "fastapi no-op"))
    theirs, native_floor = other["booking commit"], other["no-op"]
    return (
        f"booking commit: {ours:.0f} req/s, {ours / floor:.2f} of the no-op through FastAPI; natively on PostgreSQL "
        f"with an exclusion constraint {theirs:.0f} req/s, {theirs / native_floor:.2f} of its no-op: "
        f"{ours / theirs:.2f} of its speed, {ours / floor / (theirs / native_floor):.2f} of its ratio"
    )


def _announce(path: Path, timing: Timing, walk: Walk) -> Timing:
    print(f"  measured {path.name}", file=sys.stderr, flush=True)
    walk.settle()
    return timing


def report(
    counted: dict[str, dict[str, int]], timings: dict[str, Timing], import_ms: dict[str, float], rss_kb: int
) -> str:
    """A table of all paths."""
    floor = timings["no-op"]
    columns = ["statements", "batches", "rows_read", "rows_written", "subrequests", "queued"]
    lines = [
        f"{'path':28} {'req/s':>7} {'ratio':>6} {'CPU ms':>7} {'ratio':>6}  " + " ".join(f"{c:>12}" for c in columns)
    ]
    for name, cost in counted.items():
        timing = timings.get(name)
        speed = (
            " " * 29
            if timing is None
            else (
                f"{timing.requests_per_second:7.0f} {timing.requests_per_second / floor.requests_per_second:6.2f} "
                f"{timing.cpu_ms:7.2f} {timing.cpu_ms / floor.cpu_ms:6.2f}"
            )
        )
        lines.append(f"{name:28} {speed}  " + " ".join(f"{cost.get(column, 0):12}" for column in columns))
    lines.append(
        "CPU is the whole runtime's: a booking's includes its e-mail, SMS, invoice and export in the background."
    )
    sizes = json.loads((ROOT / "infra/sizes.json").read_text())
    lines += [f"{worker}: import {ms:.0f} ms" for worker, ms in import_ms.items()]
    lines += [f"sizes: {json.dumps(sizes)}", f"memory of the runtime: {rss_kb // 1024} MiB"]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
