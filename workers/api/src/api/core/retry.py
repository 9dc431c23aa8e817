"""Once more for whom somebody else was faster."""

from collections.abc import Awaitable, Callable, Container
from typing import TypeVar

from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.errors import AppError

Done = TypeVar("Done")
ATTEMPTS = 3  # each is beaten only by somebody's change that succeeded between our reading and our writing


async def retried(
    attempt: Callable[[], Awaitable[Done]],
    beaten: Callable[[], AppError],
    *,
    attempts: int = ATTEMPTS,
    races: Container[str] = (),
) -> Done:
    """What the first attempt returns that nobody was faster than; raises `beaten` when there is none.

    Each attempt has to read anew what it writes. `races` are other names by which the database says who was faster.
    """
    for _ in range(attempts):
        try:
            return await attempt()
        except GuardFailed:
            continue
        except ConstraintFailed as refused:
            if refused.name not in races:
                raise
    raise beaten()
