"""After a commit: tell the rooms that somebody is in. Where nobody watches this costs one look at no row.

Only that something happened is told; the room reads what it was from the events, in the order of commits. So what gets
lost here is told with the next change, or when the room looks by itself.
"""

from collections.abc import Iterable

import msgspec

from api.core import watchers_repository as repository
from api.core.watchers_repository import Watched
from propflow import log
from propflow.bindings.d1 import Database, Result, Statement
from propflow.bindings.objects import ObjectNamespace
from propflow.clock import now_ms
from propflow.errors import AppError
from propflow.events import Event


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """api → RealtimePresence `changed`: there are new events."""

    tenant_id: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """RealtimePresence → api: how many connections were told."""

    sockets: int = 0


def units_of(happened: Iterable[Event]) -> list[str]:
    """The units that these events name, former ones as well."""
    named = {unit for event in happened for unit in (event.unit_id, event.previous.get("unit_id"))}
    return sorted(unit for unit in named if unit is not None)


def look(tenant_id: str, unit_ids: list[str]) -> Statement:
    """For the batch of the change, as its last statement. In real time, whatever the clock of a test space says."""
    return repository.watched(tenant_id, unit_ids, now_ms())


async def tell(rooms: ObjectNamespace, tenant_id: str, looked: Result) -> None:
    """Tell the rooms that `look` found. A room that does not answer is left to itself."""
    for one in looked.rows(Watched):
        try:
            await rooms.call(room_of(tenant_id, one.property_id), "changed", Changed(tenant_id=tenant_id), Told)
        except AppError as error:
            log.warning("realtime.not_told", code=error.code, tenant_id=tenant_id, property_id=one.property_id)


async def look_again(core: Database, rooms: ObjectNamespace, tenant_id: str) -> None:
    """Have all rooms of a tenant look at who may stay, and close the others."""
    await tell(rooms, tenant_id, await core.run(repository.rooms(tenant_id)))


def room_of(tenant_id: str, property_id: str) -> str:
    """The name of the object."""
    return f"rt:{tenant_id}:{property_id}" if property_id else f"rt:{tenant_id}"
