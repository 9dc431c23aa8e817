"""Feature flags: show and replace the document."""

from typing import Any

import msgspec

from api.core.context import Anonymous
from api.edge.answers import Answer, answer
from api.operations.operators import facts
from api.plan.flags import service
from api.plan.flags.rules import Document


async def show(ctx: Anonymous) -> Answer:
    """What is written, which may be older than the last change."""
    return answer(200, await service.read(ctx.bindings.config))


async def replace(ctx: Anonymous, fields: dict[str, Any]) -> Answer:
    """Write the document, then its audit entry. It is the same to write it twice, so a failure between is harmless."""
    document = msgspec.convert(fields, Document)
    before = await service.read(ctx.bindings.config)
    await service.write(ctx.bindings.config, document)
    await facts.commit(ctx, facts.INSTALLATION, "flags.replaced", "flags", [], before=before, after=document)
    return answer(200, document)
