"""A test clock as the API shows it."""

import msgspec


class TestClock(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is what time it is for the space: `frozen_time`, or the real time while that is null."""

    __test__ = False  # for pytest, which takes the name for a test's

    now: str
    frozen_time: str | None
