"""RealtimePresence: who looks at calendars and who edits, and every change of them pushed to who looks.

One object per room, `rt:{tenantId}` or `rt:{tenantId}:{propertyId}`. It sleeps between messages (hibernation), so what
it must know stands with each connection; its storage holds which room it is and the tickets of the last minute.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from workers import DurableObject, Response

from api.access.bucket import Take, Window, live, take
from api.activity.realtime import frames, repository
from api.activity.realtime.errors import access_ended, ticket_invalid, too_many_connections
from api.activity.realtime.frames import Frame
from api.activity.realtime.repository import HappenedRow, Known, Last, Standing
from api.activity.realtime.rules import PROTOCOL, Claims
from api.core.watchers import Changed, Told
from api.edge.errors import problem_of
from api.inventory.units.errors import unit_not_found
from api.objects import room
from api.objects.room import MOST_OF_A_PERSON, MOST_OF_A_TENANT, Viewer
from propflow import ids, log, rpc
from propflow.bindings.env import Env
from propflow.bindings.objects import JOIN
from propflow.bindings.sockets import Socket, Sockets, text_of
from propflow.clock import MINUTE, SECOND, now_ms
from propflow.errors import AppError
from propflow.json_text import json_text

LOOK_EVERY = 30 * SECOND  # at who may stay, and at what nobody told: so long may a session that ended stay connected
WATCHED_FOR = 10 * MINUTE  # from a renewal; half of it must be left
PAGE = 200  # events read at once
FLOODED, ENDED = 4008, 4403  # close codes


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """api → RealtimePresence, with the upgrade."""

    claims: Claims
    request_id: str


class Room(msgspec.Struct, frozen=True):
    """Which room this object is."""

    tenant_id: str
    property_id: str


class RealtimePresence(DurableObject):
    """What waits for the database does so in one line, so everybody is told everything once and in order."""

    def __init__(self, ctx: Any, env: Any) -> None:
        super().__init__(ctx, env)
        self._sockets = Sockets(ctx)
        self._core = Env(self.env).database("DB_CORE")
        self._order = asyncio.Lock()
        self._behind = False
        self._windows: Mapping[str, Window] = {}

    # --- coming and going -------------------------------------------------------------------------------------------

    async def fetch(self, request: Any) -> Any:
        """The upgrade: 101, or a problem document that says why not."""
        join = msgspec.json.decode(request.headers.get(JOIN), type=Join)
        try:
            async with self._order:
                return await self._enter(join.claims)
        except AppError as refused:
            found = problem_of(refused, join.request_id)
            return Response(found.body, status=found.status, headers=found.headers)

    async def _enter(self, claims: Claims) -> Any:
        now = now_ms()
        self._spend(claims, now)
        if len(self._sockets.open(claims.user_id)) >= MOST_OF_A_PERSON:
            raise too_many_connections(MOST_OF_A_PERSON)
        place = Room(claims.tenant_id, claims.property_id)
        self.ctx.storage.kv.put("room", json_text(place))
        if await self.ctx.storage.getAlarm() is None:
            await self.ctx.storage.setAlarm(now + LOOK_EVERY)
        viewer = await self._viewer(claims, now)
        others = [room.person(one, now) for _, one in self._present()]
        socket, response = self._sockets.accept(_text(viewer), [viewer.user_id], PROTOCOL)
        hello = frames.Hello(
            connection_id=viewer.id, property_id=claims.property_id or None, position=viewer.position, people=others
        )
        socket.send(frames.write(hello))
        self._tell(frames.Joined(person=room.person(viewer, now)), but=viewer.id)
        return response

    def _spend(self, claims: Claims, now: int) -> None:
        """Nothing is awaited between reading and writing, so of any number at once one gets through."""
        spent = self._spent(now)
        if claims.id in spent or claims.expires_at <= now:
            raise ticket_invalid()
        self.ctx.storage.kv.put("spent", json_text(spent | {claims.id: claims.expires_at}))

    def _spent(self, now: int) -> dict[str, int]:
        """The tickets that were used and are not too old anyway."""
        text = self.ctx.storage.kv.get("spent")
        found = {} if text is None else msgspec.json.decode(text, type=dict[str, int])
        return {ticket: until for ticket, until in found.items() if until > now}

    async def _viewer(self, claims: Claims, now: int) -> Viewer:
        """From the commit of this batch on whoever changes a calendar sees that somebody watches."""
        tenant_id, connection = claims.tenant_id, ids.new_id("live", now)
        count = len(self._sockets.open()) + 1
        standing, entered, last = await self._core.batch([
            repository.standing(
                tenant_id, claims.property_id, [(connection, claims.session_id, claims.user_id)], now
            ),
            repository.enter(tenant_id, claims.property_id, count, now + WATCHED_FOR, now, MOST_OF_A_TENANT),
            repository.last(tenant_id),
        ])  # fmt: skip
        who, position = standing.one(Standing), last.rows(Last)[0].position
        if who is None:
            raise access_ended()
        if not entered.changed:
            raise too_many_connections(MOST_OF_A_TENANT)
        return Viewer(
            id=connection, user_id=claims.user_id, session_id=claims.session_id, name=who.name, position=position
        )

    async def webSocketClose(self, ws: Any, code: int, reason: str, clean: bool) -> None:  # noqa: N802
        """Somebody left."""
        await self._gone(Socket(ws))

    async def webSocketError(self, ws: Any, error: Any) -> None:  # noqa: N802
        """Their connection broke."""
        await self._gone(Socket(ws))

    async def _gone(self, socket: Socket) -> None:
        async with self._order:
            viewer = _viewer_of(socket)
            if viewer is not None:  # else we closed it, and told the others then
                socket.remember("")
                self._tell(frames.Left(connection_id=viewer.id))
            if not self._present():
                await self._empty()

    def _close(self, socket: Socket, viewer: Viewer, code: int, why: Frame) -> None:
        socket.send(frames.write(why))
        socket.remember("")
        socket.close(code, "")
        self._tell(frames.Left(connection_id=viewer.id))

    async def _empty(self) -> None:
        place = self._room()
        if place is not None:
            await self._core.run(repository.empty(place.tenant_id, place.property_id))

    # --- what viewers say -------------------------------------------------------------------------------------------

    async def webSocketMessage(self, ws: Any, message: Any) -> None:  # noqa: N802
        """What is not understood is answered with an error; only a flood ends the connection."""
        socket = Socket(ws)
        async with self._order:
            viewer = _viewer_of(socket)
            if viewer is None:
                return
            try:
                if self._may_speak(socket, viewer):
                    await self._hear(socket, viewer, frames.read(text_of(message)))
            except AppError as refused:
                socket.send(frames.write(frames.Refused(code=refused.code, detail=refused.detail)))

    def _may_speak(self, socket: Socket, viewer: Viewer) -> bool:
        now = now_ms()
        for limit in reversed(room.limits_of(viewer.id)):
            windows, levels = take(self._windows, Take(limits=[limit]), now)
            self._windows = live(windows, now)
            if levels[0].empty:
                why = frames.Refused(code="rate_limited", detail="Too many messages. Slow down.")
                if limit.name.startswith("flood:"):
                    self._close(socket, viewer, FLOODED, why)
                else:
                    socket.send(frames.write(why))
                return False
        return True

    async def _hear(self, socket: Socket, viewer: Viewer, said: frames.Said) -> None:
        if isinstance(said, frames.Viewing) and said.unit_id not in (None, viewer.unit_id):
            await self._require_unit(str(said.unit_id))
        now = now_ms()
        changed = room.after(viewer, said, now)
        socket.remember(_text(changed))
        self._tell(frames.Changed(person=room.person(changed, now)), but=viewer.id)

    async def _require_unit(self, unit_id: str) -> None:
        place = self._room()
        if place is None or not await self._knows(place, unit_id):
            raise unit_not_found("unit_id")

    async def _knows(self, place: Room, unit_id: str) -> bool:
        statement = repository.unit(place.tenant_id, place.property_id, unit_id)
        return (await self._core.run(statement)).one(Known) is not None

    # --- what happened ----------------------------------------------------------------------------------------------

    async def changed(self, text: str) -> str:
        """`Changed` → `Told`: read the events and pass them on. Calls that come meanwhile are served together."""
        return await rpc.serve(text, Changed, self._changed)

    async def _changed(self, request: Changed) -> Told:
        self._behind = True
        async with self._order:
            if self._behind:
                await self._catch_up()
            return Told(sockets=len(self._present()))

    async def _catch_up(self) -> None:
        """Who may not stay is closed; who may is told what they do not know. Both are read in one transaction."""
        self._behind = False
        place, present = self._room(), self._present()
        if place is None or not present:
            return
        after = min(viewer.position for _, viewer in present)
        while True:
            who = [(viewer.id, viewer.session_id, viewer.user_id) for _, viewer in present]
            standing, happened = await self._core.batch([
                repository.standing(place.tenant_id, place.property_id, who, now_ms()),
                repository.happened(place.tenant_id, after, PAGE),
            ])  # fmt: skip
            present = self._keep({one.id for one in standing.rows(Standing)})
            rows = happened.rows(HappenedRow)
            for socket, viewer in present:
                self._push(socket, viewer, rows, place.property_id)
            if len({row.position for row in rows}) < PAGE:
                return
            after = rows[-1].position

    def _keep(self, welcome: set[str]) -> list[tuple[Socket, Viewer]]:
        for socket, viewer in self._present():
            if viewer.id not in welcome:
                why = access_ended()
                self._close(socket, viewer, ENDED, frames.Refused(code=why.code, detail=why.detail))
        return self._present()

    def _push(self, socket: Socket, viewer: Viewer, rows: list[HappenedRow], property_id: str) -> None:
        for frame in room.news(rows, viewer.position, property_id):
            socket.send(frames.write(frame))
        if rows and rows[-1].position > viewer.position:
            socket.remember(_text(msgspec.structs.replace(viewer, position=rows[-1].position)))

    async def alarm(self, info: Any = None) -> None:
        """Look at who may stay and at what was not told. Ends when nobody is there."""
        async with self._order:
            now = now_ms()
            spent = self._spent(now)
            try:
                await self._catch_up()
                await self._still_watched(now)
            except AppError as error:  # no reason to stop looking
                log.warning("realtime.not_looked", code=error.code)
            if self._present() or spent:
                await self.ctx.storage.setAlarm(now + LOOK_EVERY)
            else:
                await self.ctx.storage.deleteAll()

    async def _still_watched(self, now: int) -> None:
        place, count = self._room(), len(self._present())
        if place is None:
            return
        if not count:
            await self._empty()
            return
        until, due = now + WATCHED_FOR, now + WATCHED_FOR // 2
        await self._core.run(repository.renew(place.tenant_id, place.property_id, count, until, due))

    # --- the connections --------------------------------------------------------------------------------------------

    def _present(self) -> list[tuple[Socket, Viewer]]:
        found = [(socket, _viewer_of(socket)) for socket in self._sockets.open()]
        return [(socket, viewer) for socket, viewer in found if viewer is not None]

    def _tell(self, frame: Frame, but: str | None = None) -> None:
        text = frames.write(frame)
        for socket, viewer in self._present():
            if viewer.id != but:
                socket.send(text)

    def _room(self) -> Room | None:
        text = self.ctx.storage.kv.get("room")
        return None if text is None else msgspec.json.decode(text, type=Room)


def _viewer_of(socket: Socket) -> Viewer | None:
    """None for a connection that is over."""
    return msgspec.json.decode(socket.memory, type=Viewer) if socket.memory else None


def _text(viewer: Viewer) -> str:
    return json_text(viewer)
