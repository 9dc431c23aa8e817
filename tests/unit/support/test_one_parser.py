"""Threads that parse Python source take turns."""

from __future__ import annotations

import threading
import time

from support.surface.one_parser import one_at_a_time


def most_at_once(parse, patience: float, threads: int = 8) -> int:
    """Whoever is inside stays until somebody else is there too, or for so many seconds."""
    inside, most = [], []

    def parsing() -> None:
        inside.append(1)
        until = time.monotonic() + patience
        while not most or (max(most) < 2 and time.monotonic() < until):
            most.append(len(inside))
            time.sleep(0.001)
        most.append(len(inside))
        inside.pop()

    entered = parse(parsing)
    work = [threading.Thread(target=entered) for _ in range(threads)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(most) >= threads and not inside
    return max(most)


def test_one_thread_at_a_time_is_inside() -> None:
    assert most_at_once(lambda function: function, patience=60) > 1
    assert most_at_once(one_at_a_time, patience=0.01) == 1


def test_a_thread_that_is_inside_may_enter_again() -> None:
    parse = one_at_a_time(lambda depth: depth and parse(depth - 1))
    assert parse(3) == 0
