"""The abusers in a process of their own: what their own calls cost must not delay the clock of the ordinary ones."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from multiprocessing.connection import Connection

from load.abusers import Abusers


class Apart:
    """Abusers who live elsewhere, for as long as they are told."""

    def __init__(self, abusers: Abusers, per_second: float, seed: int) -> None:
        context = multiprocessing.get_context("fork")  # they keep what they have: tenants, tokens, the calendar
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(theirs, abusers, per_second, seed), daemon=True)
        self._process.start()
        self.answers: dict[str, Counter[int]] = {}

    async def live(self, seconds: float) -> None:
        """Let them go on for so long; raises EOFError when they have died."""
        self._ours.send(seconds)
        self.answers = await asyncio.to_thread(self._ours.recv)

    def stop(self) -> None:
        """They go away."""
        self._process.kill()
        self._process.join()


def _live(theirs: Connection, abusers: Abusers, per_second: float, seed: int) -> None:
    dice = random.Random(seed)
    with asyncio.Runner() as runner:
        while True:
            runner.run(abusers.live(theirs.recv(), per_second, dice))
            theirs.send(abusers.answers)
