"""`/v1/api_keys`."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.schemas import Identifier
from api.people.api_keys import service
from api.people.api_keys.schemas import ApiKeyCreate, ApiKeyRotate
from api.people.api_keys.views import ApiKey, NewApiKey

router = APIRouter(prefix="/v1/api_keys", tags=["api keys"])
Reader = Annotated[Context, Allowed("keys:read")]
Writer = Annotated[Context, Allowed("keys:write")]


@router.post("", status_code=201, responses=shows(201, NewApiKey, fails=(409,)))
async def create(body: ApiKeyCreate, ctx: Writer) -> Response:
    """A key for a program. It is shown once: a replay of this request does not show it again.

    The owners are told by mail of a live key that may change anything.
    """
    return to_response(await service.create(ctx, **body.model_dump()))


@router.get("", responses=shows(200, ApiKey, listed=True))
async def list_all(ctx: Reader, limit: Limit = 50, after: After = None) -> Response:
    """The keys of both modes, by id, without the keys themselves."""
    return to_response(await service.list_all(ctx, cursor(after, "key"), limit))


@router.get("/{key_id}", responses=shows(200, ApiKey))
async def show(key_id: Identifier, ctx: Reader) -> Response:
    """One key, without the key itself."""
    return to_response(await service.show(ctx, key_id))


@router.post("/{key_id}/rotate", status_code=201, responses=shows(201, NewApiKey, fails=(409,)))
async def rotate(key_id: Identifier, ctx: Writer, body: Annotated[ApiKeyRotate | None, Body()] = None) -> Response:
    """A new key with the same scopes. The old one ends after the overlap, at most a week."""
    return to_response(await service.rotate(ctx, key_id, **(body or ApiKeyRotate()).model_dump()))


@router.delete("/{key_id}", status_code=204, responses=no_content())
async def revoke(key_id: Identifier, ctx: Writer) -> Response:
    """The key opens nothing from the next request on."""
    return to_response(await service.revoke(ctx, key_id))
