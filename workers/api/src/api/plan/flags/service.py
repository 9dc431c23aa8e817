"""Feature flags: read the document and evaluate it."""

import msgspec

from api.core.context import Context
from api.edge.answers import Answer, answer
from api.plan.flags.rules import Document, evaluate
from api.plan.flags.views import FeatureFlags
from propflow import log
from propflow.bindings.kv import KeyValue
from propflow.errors import Unavailable
from propflow.json_text import json_text

KEY = "flags"
NOTHING = Document(flags={})


async def show(ctx: Context) -> Answer:
    """The flags of the caller's tenant."""
    document = await read(ctx.bindings.config)
    return answer(200, FeatureFlags(flags=evaluate(document, ctx.tenant_id, ctx.caller.features)))


async def read(config: KeyValue) -> Document:
    """The document. One that is missing, cannot be read or is malformed says nothing: the defaults hold."""
    try:
        text = await config.get(KEY)
    except Unavailable as error:
        log.exception("flags.unreadable", error)
        return NOTHING
    return NOTHING if text is None else decode(text)


def decode(text: str) -> Document:
    """A document from its text."""
    try:
        return msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, UnicodeError) as error:
        log.exception("flags.malformed", error)
        return NOTHING


async def write(config: KeyValue, document: Document) -> None:
    """Replace the document."""
    await config.put(KEY, json_text(document))
