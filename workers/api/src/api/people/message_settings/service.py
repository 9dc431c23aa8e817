"""The settings of messages: show them, and choose anew."""

import msgspec

from api.core.commit import commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.edge.preconditions import check, stale
from api.people.message_settings import repository
from api.people.message_settings.errors import unknown_country
from api.people.message_settings.repository import SettingsRow
from api.people.message_settings.views import MessageSettings
from propflow import guards
from propflow.bindings.d1 import GuardFailed
from propflow.calling_codes import COUNTRIES, USUAL
from propflow.json_text import json_text


async def show(ctx: Context) -> Answer:
    """What was chosen, or what holds for who has chosen nothing."""
    row = await _get(ctx)
    return answer(200, _view(row), version=row.version)


async def change(ctx: Context, countries: list[str], if_match: str | None) -> Answer:
    """Other countries, each once."""
    unknown = next((one for one in countries if one not in COUNTRIES), None)
    if unknown is not None:
        raise unknown_country(unknown)
    row = await _get(ctx)
    check(if_match, row.version)
    chosen = SettingsRow(countries=json_text(sorted(set(countries))), version=row.version + 1)
    statements = [repository.change(ctx.tenant_id, chosen.countries, row.version, ctx.real_now), guards.changed()]
    before, after = _view(row), _view(chosen)
    fact = noted(ctx, "message_settings.changed", ctx.tenant_id, before=before, after=after)
    try:
        return await commit(ctx, answer(200, after, version=chosen.version), statements, fact)
    except GuardFailed:
        raise stale() from None


async def _get(ctx: Context) -> SettingsRow:
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id))).one(SettingsRow)
    return row or SettingsRow(countries=json_text(sorted(USUAL)), version=1)


def _view(row: SettingsRow) -> MessageSettings:
    return MessageSettings(countries=msgspec.json.decode(row.countries, type=list[str]))
