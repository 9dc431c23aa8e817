"""The api Worker's doors: HTTP, the cron and the calls of other Workers."""

from typing import Any

from workers import Response, WorkerEntrypoint

from api import adapter, door
from api.access import precedence
from api.app import app
from api.channels.channel_nights.service import commit_import
from api.core.context import Bindings
from api.core.settings import Settings
from api.edge.answers import Answer
from api.ingress import files, ical, realtime
from api.objects.rate_limit import TenantRateLimit
from api.objects.realtime_presence import RealtimePresence
from api.objects.unit_lock import UnitLock
from api.operations import upkeep
from propflow import doors, log, rpc
from propflow.bindings import meter
from propflow.bindings.convert import fields_of, lines
from propflow.bindings.env import Env
from propflow.bindings.http import pass_over
from propflow.bindings.streams import Incoming
from propflow.handover import Import, Imported
from propflow.settings import SettingsInvalid, kept

IP = "cf-connecting-ip"
doors.keep_imports()
__all__ = ["Default", "Internal", "RealtimePresence", "TenantRateLimit", "UnitLock"]


class Default(WorkerEntrypoint):
    """Each request and each tick of the cron gets an instance of its own."""

    async def fetch(self, request: Any) -> Any:
        """503 for everything while the Worker must not run with what it was given."""
        log.bind(worker="api")
        try:
            settings = kept(Settings, Env(self.env))
        except SettingsInvalid as error:
            log.exception("settings.refused", error)
            answer = door.out_of_order()
            return Response(answer.body, status=answer.status, headers=answer.headers)
        return await self._fetch(request, settings)

    async def _fetch(self, request: Any, settings: Settings) -> Any:
        """Calendars, files and live connections pass without a framework; everything else is the REST API."""
        raw = request.js_object
        method, url, headers = raw.method, raw.url, lines(raw.headers)
        refused = door.too_large(url, headers)
        if refused is not None:
            return Response(refused.body, status=refused.status, headers=refused.headers)
        call = adapter.Call(method=method, url=url, fields=fields_of(headers))
        target, header = call.target, call.header
        path = target.split("?")[0]
        if ical.is_ours(path):
            core = Env(self.env).database("DB_CORE")
            asked = ical.Asked(
                method=method, path=path, if_none_match=header("if-none-match"),
                if_modified_since=header("if-modified-since"), ip=header(IP) or "", limited=settings.limits_rates,
            )  # fmt: skip
            page = await ical.serve(core, asked, door.new_request_id(), self.ctx.waitUntil)
            return Response(page.body, status=page.status, headers=page.headers)
        if files.is_ours(path):
            asked_for = files.Call(
                method=method, target=target, header=header, body=Incoming(raw.body), ip=header(IP) or ""
            )  # fmt: skip
            page = await files.serve(self._bindings(), asked_for, door.new_request_id())
            return Response(page.body, status=page.status, headers=page.headers)
        if path == realtime.PATH:
            request_id = door.new_request_id()
            answer = await realtime.connect(self._bindings(), method, url, header, request_id)
            if not isinstance(answer, Answer):
                return answer
            answer = door.dressed(answer, request_id)
            return Response(answer.body, status=answer.status, headers=answer.headers)
        refused = door.refusal(method, path, header("content-length"), header("content-type"), bool(raw.body))
        if refused is not None:
            return Response(refused.body, status=refused.status, headers=refused.headers)
        bindings = self._bindings()
        if not settings.limits_rates:
            return await adapter.fetch(app, raw, call, bindings)
        refused = door.refused_file(bindings, method, path, header)
        if refused is not None:
            await pass_over(raw)
            return Response(refused.body, status=refused.status, headers=refused.headers)
        return await precedence.serve(precedence.caller_of(header), lambda: adapter.fetch(app, raw, call, bindings))

    async def scheduled(self, controller: Any, env: Any = None, ctx: Any = None) -> None:
        """Each minute: upkeep."""
        log.bind(worker="api")
        await upkeep.run(self._bindings(), int(controller.scheduledTime))

    def _bindings(self) -> Bindings:
        return Bindings(Env(self.env), self.ctx.waitUntil)


class Internal(WorkerEntrypoint):
    """What other Workers call."""

    async def commit_import(self, text: str) -> str:
        async def answer(request: Import) -> Imported:
            doors.admit(self.ctx, "api", ("calsync",))
            meter.start()
            return await commit_import(Bindings(Env(self.env), self.ctx.waitUntil), request)

        return await rpc.serve(text, Import, answer)
