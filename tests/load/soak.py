"""`make soak`: one abuser of each kind beside fifty ordinary tenants, for SOAK_SECONDS, and what those feel of it.

Minutes without the abusers and minutes with them take turns in one run, so that the machine is the same for both. It
fails when an ordinary tenant's p95 of some kind of call is more than 1.5 times as long with them, when an ordinary call
is refused, and when a mail, an imported stay or a booking of theirs is lost or later than a minute.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path as File
from statistics import quantiles

sys.path.insert(0, str(File(__file__).resolve().parents[1]))

from support.seeds import SEED
from support.standin_client import StandIn
from support.suite import Suite

from load.abusers import Abusers
from load.apart import Apart
from load.ordinary import Ms, Ordinary, Tally

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
TENANTS = int(os.environ.get("SOAK_TENANTS", "50"))
PER_SECOND = float(os.environ.get("SOAK_ABUSE", "2"))  # calls of each abuser
# A fifth is one tenant's: more than a new one that is ordinary sends, and less than the abuser tries to.
BREAKERS = {"UNPROVEN_EMAILS_HOURLY_MOST": f"{SECONDS:.0f}", "SMS_HOURLY_MOST": f"{SECONDS:.0f}"}
PHASE = 60.0  # s, or less where the whole is short
SLOWER = 1.5
LATEST = 60_000  # ms
NEVER = 1 << 50
IN_TIME = "SELECT unit_id, start_date, created_at FROM occupancies WHERE kind = 'ical' AND live = 1"
TAKEN = "SELECT id FROM occupancies WHERE kind = 'booking' AND live = 1"


def main() -> int:
    """Run it, report, and return 1 where a bound was broken."""
    standin = StandIn().start()
    suite = Suite(standin.url, limits="on", cron="on", passwords="strong", vars={"notify": BREAKERS}).start()
    try:
        tenants = [Ordinary(suite, standin, number) for number in range(TENANTS)]
        abusers = Apart(Abusers(suite, standin, tenants[0].manager, TENANTS), PER_SECOND, SEED)
        alone, beside = Tally(), Tally()
        asyncio.run(_phases(tenants, abusers, alone, beside))
        abusers.stop()
        worse = [*_judged("alone", suite, standin, alone), *_judged("beside", suite, standin, beside)]
    finally:
        suite.stop()
        standin.stop()
    worse += _slower(alone, beside)
    for name, answers in abusers.answers.items():
        print(f"{name}: {dict(sorted(answers.items()))}")
    print("\n".join(worse) or "No bound was broken.")
    return 1 if worse else 0


async def _phases(tenants: list[Ordinary], abusers: Apart, alone: Tally, beside: Tally) -> None:
    pairs = max(round(SECONDS / PHASE / 2), 1)
    seconds, dice = SECONDS / pairs / 2, random.Random(SEED)
    warm = Tally()
    await asyncio.gather(*[one.live(warm, min(seconds, 10), dice) for one in tenants])
    for _ in range(pairs):
        await asyncio.gather(*[one.live(alone, seconds, dice) for one in tenants])
        await asyncio.gather(abusers.live(seconds), *[one.live(beside, seconds, dice) for one in tenants])


def _judged(name: str, suite: Suite, standin: StandIn, tally: Tally) -> list[str]:
    """What was refused, lost or late. Waits for what may still be in time."""
    until = time.monotonic() + LATEST / 1_000
    while True:
        mails = {str(mail["to"][0]): Ms(mail["at_ms"]) for mail in reversed(standin.emails())}
        stays = {(row["unit_id"], row["start_date"]): Ms(row["created_at"]) for row in suite.d1(IN_TIME)}
        if (tally.mails.keys() <= mails.keys() and tally.stays.keys() <= stays.keys()) or time.monotonic() > until:
            break
        time.sleep(1)
    taken = {row["id"] for row in suite.d1(TAKEN)}
    worse = [f"{name}: refused {one}" for one in tally.refused[:10]]
    if tally.written - taken:
        worse.append(f"{name}: {len(tally.written - taken)} of {len(tally.written)} bookings are lost")
    worse += _late(f"{name}: {len(tally.mails)} mails", [mails.get(to, NEVER) - at for to, at in tally.mails.items()])
    worse += _late(f"{name}: {len(tally.stays)} stays", [stays.get(of, NEVER) - at for of, at in tally.stays.items()])
    return worse


def _late(what: str, took: list[Ms]) -> list[str]:
    came = [one for one in took if one < NEVER // 2]
    late = f"{len(took) - len(came)} lost, the latest after {max(came, default=0) / 1_000:.1f} s"
    print(f"{what}, {late}")
    return [f"{what}: {late}"] if len(came) < len(took) or any(one > LATEST for one in came) else []


def _slower(alone: Tally, beside: Tally) -> list[str]:
    """Kinds of calls whose p95 is too much longer beside the abusers."""
    worse = []
    for kind in sorted(alone.seconds.keys() & beside.seconds.keys()):
        before, after = _percentiles(alone.seconds[kind]), _percentiles(beside.seconds[kind])
        times = after[1] / before[1]
        print(f"{kind:>9}: p50 {before[0]:4.0f} → {after[0]:4.0f} ms, p95 {before[1]:4.0f} → {after[1]:4.0f} ms"
              f" (× {times:.2f} of {len(alone.seconds[kind])} and {len(beside.seconds[kind])} calls)")  # fmt: skip
        if times > SLOWER:
            worse.append(f"{kind}: the p95 is × {times:.2f} beside the abusers")
    return worse


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p95 in ms."""
    cuts = quantiles([*seconds, *seconds[:1]], n=100, method="inclusive")
    return cuts[49] * 1_000, cuts[94] * 1_000


if __name__ == "__main__":
    sys.exit(main())
