"""What the doors of the Workers share: who may come in, and which queue a batch came from."""

import gc
from collections.abc import Callable, Collection
from typing import Any

from propflow import log, rpc
from propflow.errors import Forbidden
from propflow.models import Health, HealthRequest

CALLERS = ("api",)  # whom most Workers answer to


def keep_imports() -> None:
    """For the end of an entry module: what was imported lives as long as the isolate, so that no collection needs to
    look at it while everybody waits (125 ms for the api's 110,000 objects).
    """
    gc.freeze()


def admit(ctx: Any, worker: str, callers: Collection[str] = CALLERS) -> None:
    """Let in the Workers we know. The binding's props name the caller; the caller cannot choose them."""
    log.bind(worker=worker)
    if getattr(getattr(ctx, "props", None), "caller", None) not in callers:
        raise Forbidden("unknown_caller", "This Worker answers only to Workers it knows.")


async def health(text: str, ctx: Any, worker: str, environment: Callable[[], str]) -> str:
    """Answer `HealthRequest`. `environment` loads the settings, so that a Worker that lacks one is not healthy."""

    async def answer(_: HealthRequest) -> Health:
        admit(ctx, worker)
        return Health(worker=worker, environment=environment())

    return await rpc.serve(text, HealthRequest, answer)


def queue_name(batch: Any) -> str:
    """`propflow360-billing-dlq-stg` → `billing-dlq`."""
    return str(batch.queue).removeprefix("propflow360-").rsplit("-", 1)[0]
